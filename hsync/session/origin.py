"""origin: when, where and by whom a plan is made. Decides nothing."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from hsync.store import Meta, timestamp
from hsync.version import __version__

__all__ = ["meta"]

TIMEOUT_S = 5


def meta(root: Path) -> Meta:
    """What is written beside a plan.

    Args:
        root: folder of the project.
    """
    return Meta(created=timestamp(), git=_commit(root), hsync=__version__, user=_user())


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""


def _commit(root: Path) -> str:
    """The commit of the project, with `-dirty` when files differ from it; "" outside a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    with suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)  # noqa: S603
        return done.stdout.strip()
    return ""
