"""folders: create the folders for hsync's own files.

Rule 1: a folder of hsync is not a symbolic link, so that nobody can redirect its files.
Rule 2: other users cannot write to a new folder, whatever the umask is.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["is_private_folder", "make_folder", "make_private_folder"]


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """Create a folder and its missing parents.

    Args:
        path: of the folder.
        mode: permission bits of new folders, before the umask.

    Raises:
        OSError: the folder cannot be created, or the path is a link or a file.
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
    """Create a folder that only the current user can enter; change the mode of an existing one.

    Args:
        path: of the folder.

    Raises:
        OSError: the folder cannot be created, is a link or a file, or belongs to another user.
    """
    make_folder(path.parent)
    make_folder(path, mode=0o700)
    found = path.lstat()
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, f"the folder belongs to another user (uid {found.st_uid})", str(path))
    if found.st_mode & 0o077:
        path.chmod(0o700)


def is_private_folder(path: Path) -> bool:
    """Whether a folder of the current user exists that no other user can enter."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
