"""origin: time, place and author of a plan, for people only.

Rule 1: a repository may come from others, and its configuration can name programs. git is called such that it runs none
of them: no file system monitor, no hooks, no filters of the repository, no external diff, no pager, no transport.

Source: git-config(1) (core.fsmonitor, core.hooksPath, safe.bareRepository, filter.<driver>.clean, protocol.allow);
git(1) (GIT_OPTIONAL_LOCKS, GIT_CONFIG_COUNT, GIT_ALLOW_PROTOCOL).
"""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from hsync import processes
from hsync.store import Meta, timestamp
from hsync.version import __version__

__all__ = ["meta"]

TIMEOUT_S = 5

_SETTINGS = (
    "core.fsmonitor=false",
    f"core.hooksPath={os.devnull}",
    "safe.bareRepository=explicit",
    "protocol.allow=never",
)

_KEPT = ("GIT_CONFIG_", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""Variables of git with the operator's trust; others could select another repository, or name a program."""

_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}

_OF_REPOSITORY = frozenset({"local", "worktree"})


def meta(root: Path, environment: str = "") -> Meta:
    """The origin of a plan that is made now.

    Args:
        root: folder of the project.
        environment: of hsync.toml, for which it is made; "" for none.
    """
    return Meta(timestamp(), _commit(root), __version__, _user(), environment)


def _user() -> str:
    with suppress(OSError, KeyError):
        return getpass.getuser()
    return ""


def _commit(root: Path) -> str:
    """The commit of the project, with `-dirty` if files differ from it; "" outside of a repository."""
    git = shutil.which("git")
    if git is None:
        return ""
    command = [git, "--no-pager", *(word for one in _SETTINGS for word in ("-c", one)), "-C", str(root)]
    variables = _variables(os.environ)
    with suppress(OSError):
        commit = _asked([*command, "rev-parse", "--short", "--verify", "--quiet", "HEAD"], variables)
        names = _asked([*command, "config", "--list", "--show-scope", "--name-only", "-z"], variables)
        without = _without_filters(names.split("\0"), variables)
        diff = ["diff", "--quiet", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "HEAD", "--"]
        same = processes.run([*command, *diff], seconds=TIMEOUT_S, variables=without).code == 0
        return commit.strip() + ("" if same else "-dirty")
    return ""


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for git, without those for another repository, and without passwords of hsync."""
    mine = {
        name: value
        for name, value in environment.items()
        if not name.startswith(("GIT_", "HSYNC_")) or name.startswith(_KEPT)
    }
    return {**mine, **_VARIABLES}


def _without_filters(words: Sequence[str], variables: Mapping[str, str]) -> dict[str, str]:
    """Variables that turn off the filters of the repository, but not those of the user.

    Args:
        words: alternately scope and name of each setting.
        variables: the variables to extend.
    """
    count = int(variables.get("GIT_CONFIG_COUNT") or 0)
    added = dict(variables)
    for number, (name, value) in enumerate(_off(words), count):
        added |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
        count = number + 1
    return {**added, "GIT_CONFIG_COUNT": str(count)}


def _off(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for scope, name in zip(words[::2], words[1::2], strict=False):
        driver, _, what = name.rpartition(".")
        if scope in _OF_REPOSITORY and name.startswith("filter.") and what in {"clean", "process"}:
            yield name, ""
            yield f"{driver}.required", "false"


def _asked(command: Sequence[str], variables: Mapping[str, str]) -> str:
    """The output of git.

    Raises:
        OSError: git fails, is not installed, or exceeds the time limit.
    """
    done = processes.run(command, seconds=TIMEOUT_S, variables=variables)
    if done.code:
        raise OSError(f"git ended with {done.code}")
    return done.stdout.decode("utf-8", "replace")
