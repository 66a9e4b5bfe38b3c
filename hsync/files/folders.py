"""folders: make those that hsync keeps its files in.

Rule 1: a folder of ours is no link, so that nothing lands where somebody else wants it.
Rule 2: nobody else may write in a new one, whatever the umask is.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["is_private_folder", "make_folder", "make_private_folder"]


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """Make a folder and those above it, if they are missing.

    Args:
        path: of the folder.
        mode: permission bits of the new ones, less what the umask takes.

    Raises:
        OSError: it cannot be made, or something else is there: a link, a file.
    """
    with suppress(FileExistsError):
        try:
            path.mkdir(mode)
        except FileNotFoundError:
            make_folder(path.parent, mode=mode)
            path.mkdir(mode)
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, f"the folder is a link to {path.readlink()}", str(path))
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))


def make_private_folder(path: Path) -> None:
    """Make a folder that only we can enter; one that is there becomes so.

    Args:
        path: of the folder.

    Raises:
        OSError: it cannot be made, is a link or a file, or belongs to another user.
    """
    make_folder(path.parent)
    make_folder(path, mode=0o700)
    found = path.lstat()
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, f"the folder belongs to another user (number {found.st_uid})", str(path))
    if found.st_mode & 0o077:
        path.chmod(0o700)


def is_private_folder(path: Path) -> bool:
    """Whether there is a folder of ours that nobody else can enter."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
