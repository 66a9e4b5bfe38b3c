"""private: folders without access for other users, for files that are being written.

Rule 1: a private folder has a random name and mode 0700, and is locked (flock(2)) while a process uses it. A process
that gets the lock of such a folder knows that its owner is dead, and deletes it. This is done whenever a private folder
is created at the same place.
Rule 2: files in an open folder are accessed through its handle, so a renamed parent folder cannot redirect them.
Rule 3: only folders of the current user with a name of this form are deleted, and only the files directly in them.

On a file system without locks for folders (NFS) a folder is deleted after `LEFTOVER_S` seconds.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Folder", "opened_folder", "private_folder", "renamed_folder"]

LEFTOVER_S = 3600
"""Age in seconds after which the owner of a private folder without a lock counts as dead: no write takes an hour."""

TRIES = 100
"""Maximum number of names to try. A name exists by chance (2**-64), or while another process deletes its folder."""

_NAME = re.compile(r"\.hsync-[0-9a-f]{16}\.tmp")

_ONLY_NAMES: int = getattr(os, "O_PATH", os.O_RDONLY)
"""Flag to open a folder for operations on its names; it also works for a folder that is writable but not readable."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder.

    Args:
        path: the path that was opened.
        handle: file descriptor; valid until the end of the block that opened it.
    """

    path: Path
    handle: int

    def create(self, name: str, content: bytes) -> int:
        """Write a new file and return its open handle; the caller closes it.

        Raises:
            OSError: the file cannot be written, or the name exists.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(name, flags, 0o600, dir_fd=self.handle)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(handle, left) :]
        except BaseException:
            os.close(handle)
            raise
        return handle

    def move(self, name: str, folder: Folder, new_name: str) -> None:
        """Rename a file of this folder; an existing file of the new name is replaced.

        Args:
            name: in this folder.
            folder: the new folder.
            new_name: in the new folder.

        Raises:
            OSError: the file does not exist, or the new name is a folder.
        """
        os.replace(name, new_name, src_dir_fd=self.handle, dst_dir_fd=folder.handle)

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)


@contextmanager
def opened_folder(path: Path) -> Iterator[Folder]:
    """An existing folder, open during the block.

    Raises:
        OSError: the folder does not exist, or there is no permission to enter it.
    """
    handle = os.open(path, _ONLY_NAMES | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Folder(path, handle)
    finally:
        os.close(handle)


@contextmanager
def private_folder(parent: Folder) -> Iterator[Folder]:
    """A new private folder for the block; it is deleted at the end, unless it was renamed.

    Args:
        parent: the parent folder; private folders of dead processes in it are deleted first.

    Raises:
        OSError: the folder cannot be created.
    """
    _sweep(parent)
    name, handle = _made(parent)
    try:
        yield Folder(parent.path / name, handle)
    finally:
        if _is(parent, name, handle):
            _delete(parent, name, handle)
        os.close(handle)


@contextmanager
def renamed_folder(parent: Folder, name: str) -> Iterator[Folder | None]:
    """A private folder that was renamed, perhaps by a process that is dead. It is deleted at the end.

    Args:
        parent: the parent folder.
        name: of the folder.

    Returns:
        The folder; None if it does not exist.

    Raises:
        OSError: the name is a file, a link, or a folder of another user.
    """
    try:
        handle = _opened(parent, name)
    except FileNotFoundError:
        yield None
        return
    try:
        found = os.fstat(handle)
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(errno.EPERM, "not a private folder of this user", str(parent.path / name))
        yield Folder(parent.path / name, handle)
        _delete(parent, name, handle)
    finally:
        os.close(handle)


def _made(parent: Folder) -> tuple[str, int]:
    """Name and handle of a new, locked folder. If another process has deleted it as a dead one, try again."""
    for _ in range(TRIES):
        name = f".hsync-{secrets.token_hex(8)}.tmp"
        with suppress(FileExistsError, FileNotFoundError):
            os.mkdir(name, 0o700, dir_fd=parent.handle)
            handle = _opened(parent, name)
            if _lock(handle) is not False and _is(parent, name, handle):
                return name, handle
            os.close(handle)
    raise FileExistsError(errno.EEXIST, "no name for a new folder is free", str(parent.path))


def _opened(parent: Folder, name: str) -> int:
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent.handle)


def _lock(handle: int) -> bool | None:
    """Lock a folder. False if another process holds the lock; None if the file system has no such locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is(parent: Folder, name: str, handle: int) -> bool:
    """Whether a name still refers to an open folder."""
    try:
        return os.path.samestat(os.stat(name, dir_fd=parent.handle, follow_symlinks=False), os.fstat(handle))
    except FileNotFoundError:
        return False


def _sweep(parent: Folder) -> None:
    """Delete the private folders of dead processes."""
    with suppress(OSError):
        for name in filter(_NAME.fullmatch, _names(parent)):
            with suppress(OSError):  # a link, a file, or a folder that another process deletes
                handle = _opened(parent, name)
                try:
                    if _is_left(handle):
                        _delete(parent, name, handle)
                finally:
                    os.close(handle)


def _names(parent: Folder) -> list[str]:
    """The names in a folder, even if its handle has no read access."""
    handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=parent.handle)
    try:
        return os.listdir(handle)  # noqa: PTH208 - of a handle
    finally:
        os.close(handle)


def _is_left(handle: int) -> bool:
    found = os.fstat(handle)
    if found.st_uid != os.geteuid():
        return False
    locked = _lock(handle)
    return locked if locked is not None else found.st_mtime < time.time() - LEFTOVER_S


def _delete(parent: Folder, name: str, handle: int) -> None:
    """Delete a private folder and the files in it. What cannot be deleted is tried again at the next write."""
    with suppress(OSError):
        for one in os.listdir(handle):
            with suppress(OSError):
                os.unlink(one, dir_fd=handle)
        os.rmdir(name, dir_fd=parent.handle)
