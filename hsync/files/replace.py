"""replace: put a content in the place of a file as a whole or not at all.

Rule 1: a reader of the path sees the old content or the new one, even if the process is killed or the power fails.
Rule 2: a symbolic link at the path is replaced, and so is one of several names of a file: nothing is written through
them. A folder, a pipe or a device at the path is refused.
Rule 3: new files are private, whatever the umask is.

Theory of operation: the content goes to a new file in a private folder (see `private`) in the same folder, is synced,
and is renamed over the old one; then the folder is synced, so that the rename survives a power failure.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

from hsync.files.private import Folder, opened_folder, private_folder
from hsync.files.reading import refuse_irregular

__all__ = ["PRIVATE", "reason", "replace_file", "stage", "sync_folder"]

PRIVATE = 0o600
"""Mode of new files: they may hold secrets."""

_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""Errors of file systems that cannot sync a folder."""

_STREAMS = "/proc/"
"""Where links such as `/dev/stdout` lead: they are no places for a file."""


def replace_file(path: Path, content: bytes, *, mode: int | None = None, like: Path | None = None) -> None:
    """Replace the content of a file atomically, or create the file.

    Args:
        path: the file. Its folder must exist.
        content: the whole new content.
        mode: permission bits; None keeps mode and owner of the file `like`, and is PRIVATE where there is none.
        like: the file whose mode and owner are kept; None means `path` itself.

    Raises:
        OSError: nothing was changed; or only the sync of the folder failed, and the new file is in place.
        ValueError: the path cannot be one, for example because of a null byte.
    """
    with opened_folder(path.parent) as parent:
        _refuse_places(path)
        with private_folder(parent) as own:
            stage(own, "new", content, mode=mode, like=like or path)
            own.move("new", parent, path.name)
        sync_folder(parent)


def stage(folder: Folder, name: str, content: bytes, *, mode: int | None = None, like: Path | None = None) -> None:
    """Write a file that waits to be renamed, with its final mode, and sync it.

    Args:
        folder: a private one.
        name: of the file.
        content: the whole content.
        mode: permission bits; None keeps mode and owner of `like`.
        like: a file; anything else, also a link, gives PRIVATE.

    Raises:
        OSError: it cannot be written.
    """
    handle = folder.create(name, content)
    try:
        kept = _regular(like) if like and mode is None else None
        if kept is not None:
            _keep(handle, kept)
        elif mode is not None:
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_places(path: Path) -> None:
    """Refuse what is no place for a file.

    Raises:
        OSError: a folder, a pipe, a device, or a link to one of the streams of the process.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISLNK(found.st_mode):
        refuse_irregular(found, path)
    elif str(path.readlink()).startswith(_STREAMS):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _regular(path: Path) -> os.stat_result | None:
    """Status of a regular file; None for anything else, also for a link."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _keep(handle: int, kept: os.stat_result) -> None:
    """Give a new file owner and mode of another one. The owner comes first: a change of owner clears mode bits.

    Only root may give a file away. A group that cannot be kept gets no more than all others have: what it was allowed
    was meant for another group.
    """
    mode, made = stat.S_IMODE(kept.st_mode), os.fstat(handle)
    if made.st_uid != kept.st_uid:
        with suppress(PermissionError):
            os.fchown(handle, kept.st_uid, -1)
    if made.st_gid != kept.st_gid:
        try:
            os.fchown(handle, -1, kept.st_gid)
        except PermissionError:
            mode = mode & ~0o070 | (mode & 0o007) << 3
    os.fchmod(handle, mode)


def sync_folder(folder: Folder) -> None:
    """Make renames in a folder survive a power failure, where the file system can.

    Raises:
        OSError: the disk failed.
    """
    try:
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder.handle)
    except OSError:
        return  # a folder that may be written but not read
    try:
        os.fsync(handle)
    except OSError as fault:
        if fault.errno not in _NOT_SYNCED:
            raise
    finally:
        os.close(handle)


def reason(fault: OSError | ValueError) -> str:
    """The text of an error of the operating system, without number and path."""
    return getattr(fault, "strerror", None) or str(fault)
