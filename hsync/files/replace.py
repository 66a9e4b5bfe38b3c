"""replace: replace a file atomically.

Rule 1: a reader sees the old content or the new one, even if the process is killed or the power fails.
Rule 2: a symbolic or hard link at the path is replaced, so its target is not changed. A folder, a pipe or a device at
the path is refused.
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
"""Mode of new files: they may contain secrets."""

_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""Errors of file systems that cannot sync a folder."""

_STREAMS = "/proc/"
"""Targets of links such as `/dev/stdout`, which must not be replaced."""


def replace_file(path: Path, content: bytes, *, mode: int | None = None, like: Path | None = None) -> None:
    """Replace the content of a file atomically, or create the file.

    Args:
        path: the file. Its folder must exist.
        content: the whole new content.
        mode: permission bits; None for mode and owner of the file `like`, or PRIVATE if that does not exist.
        like: the file whose mode and owner are copied; None for `path` itself.

    Raises:
        OSError: nothing was changed; or the new file is in place, and only the sync of the folder failed.
        ValueError: the path is invalid, for example because of a null byte.
    """
    with opened_folder(path.parent) as parent:
        _refuse_places(path)
        with private_folder(parent) as own:
            stage(own, "new", content, mode=mode, like=like or path)
            own.move("new", parent, path.name)
        sync_folder(parent)


def stage(folder: Folder, name: str, content: bytes, *, mode: int | None = None, like: Path | None = None) -> None:
    """Write a file with its final mode, and sync it, before it is renamed to its place.

    Args:
        folder: a private folder.
        name: of the file.
        content: the whole content.
        mode: permission bits; None for mode and owner of `like`.
        like: a regular file; for anything else, including a link, the mode is PRIVATE.

    Raises:
        OSError: the file cannot be written.
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
    """Refuse a path that a file must not replace.

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
    """Status of a regular file; None for anything else, including a link."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _keep(handle: int, kept: os.stat_result) -> None:
    """Copy owner and mode to a new file. The owner comes first: a change of owner clears mode bits.

    Only root can change the owner. If the group cannot be copied, the file's group gets only the permissions of all
    other users, since those of the old group were not meant for it.
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
    """Make renames in a folder durable, if the file system supports that.

    Raises:
        OSError: an error of the disk.
    """
    try:
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder.handle)
    except OSError:
        return  # the folder is writable but not readable
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
