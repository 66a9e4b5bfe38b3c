"""starting: creates a small project, a copy of the files in `starter`. No file is overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from hsync.errors import InputError
from hsync.files import make_folder, read_file, reason, replace_file

__all__ = ["FILES", "start"]

STARTER = Path(__file__).with_name("starter")
FILES = (
    "hsync.toml",
    "templates/haproxy.cfg.j2",
    "vars/common.yaml",
    "vars/prod.yaml",
    "state/README.md",
)
"""The files of a new project."""


def start(folder: Path) -> Iterator[Path]:
    """Write the files of a project.

    Args:
        folder: the folder of the project.

    Yields:
        Each file, after it is written.

    Raises:
        InputError: a file already exists, or cannot be written.
    """
    there = [name for name in FILES if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise InputError(f"{folder} already has {', '.join(there)}", hint="hsync init NEW_FOLDER")
    for name in FILES:
        path = folder.resolve() / name
        try:
            make_folder(path.parent)
            replace_file(path, read_file(STARTER / name), mode=_mode())
        except OSError as fault:
            raise InputError(f"cannot write {folder / name}: {reason(fault)}", hint="hsync init NEW_FOLDER") from fault
        yield folder / name


def _mode() -> int:
    """Permissions of files that the user edits: according to the umask, but never writable for others."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o644 & ~mask
