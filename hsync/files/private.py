"""private: folders in which nobody else can do anything, for files that are being written.

Rule 1: a private folder has a random name, mode 0700, and is locked (flock(2)) for as long as somebody uses it. So
whoever gets the lock knows that the owner is dead, however it died, and deletes what it left: this is done each time
that a private folder is made at the same place.
Rule 2: what is done in an open folder is done through its handle: whoever renames folders above leads nobody elsewhere.
Rule 3: only folders of our own user and of this form of name are deleted, and only the files directly in them.

A file system without locks for folders (NFS) gives no answer: there a folder stays until it is `LEFTOVER_S` old.
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
"""Seconds after which a private folder that cannot be locked belongs to a dead process: no write takes an hour."""

TRIES = 100
"""Names that are tried. A name is taken by chance only once in 2**64, or for a moment by a process that sweeps."""

_NAME = re.compile(r"\.hsync-[0-9a-f]{16}\.tmp")

_ONLY_NAMES: int = getattr(os, "O_PATH", os.O_RDONLY)
"""Enough to work with names in a folder, also in one that may be written and not read."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An open folder.

    Args:
        path: by which it was opened.
        handle: open until the end of the block that opened it.
    """

    path: Path
    handle: int

    def create(self, name: str, content: bytes) -> int:
        """Write a new file, and return its open handle, for more to be done with it before it is closed.

        Raises:
            OSError: it cannot be written, or something of this name is there.
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
        """Rename something in this folder, over what is there.

        Args:
            name: in this folder.
            folder: where it goes.
            new_name: in that folder.

        Raises:
            OSError: there is nothing of this name, or a folder is in its place.
        """
        os.replace(name, new_name, src_dir_fd=self.handle, dst_dir_fd=folder.handle)

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.handle)


@contextmanager
def opened_folder(path: Path) -> Iterator[Folder]:
    """A folder that is there, open for the time of the block.

    Raises:
        OSError: there is none, or it may not be entered.
    """
    handle = os.open(path, _ONLY_NAMES | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield Folder(path, handle)
    finally:
        os.close(handle)


@contextmanager
def private_folder(parent: Folder) -> Iterator[Folder]:
    """A new private folder for the time of the block; it is deleted at the end, unless it was renamed.

    Args:
        parent: where it is made; what dead processes left there is deleted first.

    Raises:
        OSError: it cannot be made.
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
    """A private folder that was given a name, perhaps by a process that died since. It is deleted at the end.

    Args:
        parent: where it is.
        name: of the folder.

    Returns:
        The folder; None when there is none.

    Raises:
        OSError: something else is there: a file, a link, a folder of another user.
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
    """Name and handle of a new folder, which is locked. One that a sweep took for a dead one is made again."""
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
    """Lock a folder: whether that was possible; None where the file system has no such locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is(parent: Folder, name: str, handle: int) -> bool:
    """Whether a name is still that of an open folder."""
    try:
        return os.path.samestat(os.stat(name, dir_fd=parent.handle, follow_symlinks=False), os.fstat(handle))
    except FileNotFoundError:
        return False


def _sweep(parent: Folder) -> None:
    """Delete the private folders of dead processes."""
    with suppress(OSError):
        for name in filter(_NAME.fullmatch, _names(parent)):
            with suppress(OSError):  # a link, a file, or a folder that somebody else sweeps
                handle = _opened(parent, name)
                try:
                    if _is_left(handle):
                        _delete(parent, name, handle)
                finally:
                    os.close(handle)


def _names(parent: Folder) -> list[str]:
    """Names in a folder that may have been opened for names only."""
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
