"""files: replace the content of a file as a whole or not at all. All parts of hsync that keep files write them here.

Rule 1: a reader of the path sees the old content or the new one, even if the process is killed or the power fails.
Rule 2: a symbolic link at the path is replaced. Nothing is ever written through a link.
Rule 3: errors are `OSError`s. The callers turn them into errors of hsync, since they know what the file is.

Theory of operation: the content goes to a temporary file in the same folder. It has a random name and is opened with
O_EXCL and O_NOFOLLOW, so a file or link that somebody put there is not used. The temporary file is synced and renamed
over the old one, then the folder is synced, so that the rename survives a power failure.

A process that is killed in between leaves its temporary file. A later write to the same path deletes it when it is
older than `LEFTOVER_S`. The times of both files come from the clock of the file system.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

__all__ = ["LEFTOVER_S", "PRIVATE", "reason", "replace_file", "sync_folder"]

PRIVATE = 0o600
"""Mode of new files: they may hold secrets."""

LEFTOVER_S = 3600
"""Seconds after which a temporary file belongs to a dead process: no write takes an hour."""

_NAME_BYTES = 64
"""Bytes of the path's name that the temporary name begins with: names may have 255 bytes in total."""

_NOT_SYNCED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""Errors of file systems that cannot sync a folder."""


def replace_file(
    path: Path, content: bytes, *, mode: int | None = None, new_mode: int = PRIVATE, like: Path | None = None
) -> None:
    """Replace the content of a file atomically, or create the file.

    Args:
        path: the file. Its folder must exist.
        content: the whole new content.
        mode: permission bits; None keeps mode and owner of the file `like`.
        new_mode: permission bits when `mode` is None and `like` is not a regular file.
        like: the file whose mode and owner are kept; None means `path` itself.

    Raises:
        OSError: nothing was changed; or only the sync of the folder failed, and the new file is in place.
        ValueError: the path cannot be one, for example because of a null byte.
    """
    kept = _regular(like or path) if mode is None else None
    prefix = _prefix(path)
    temporary = path.parent / f"{prefix}{secrets.token_hex(8)}.tmp"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            _set_mode(handle, kept, new_mode if mode is None else mode)
            os.fsync(handle)
            now = os.fstat(handle).st_mtime
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sweep(path.parent, prefix, now - LEFTOVER_S)
    sync_folder(path.parent)


def _prefix(path: Path) -> str:
    """Beginning of the names of temporary files for a path."""
    return f".{os.fsdecode(os.fsencode(path.name)[:_NAME_BYTES])}."


def _regular(path: Path) -> os.stat_result | None:
    """Status of a regular file; None for anything else, also for a link."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _set_mode(handle: int, kept: os.stat_result | None, mode: int) -> None:
    """Give the temporary file its owner and mode. The owner comes first: a change of owner clears mode bits."""
    if kept is not None:
        made = os.fstat(handle)
        if (made.st_uid, made.st_gid) != (kept.st_uid, kept.st_gid):
            with suppress(PermissionError):  # only root may give a file away
                os.fchown(handle, kept.st_uid, kept.st_gid)
    os.fchmod(handle, mode if kept is None else stat.S_IMODE(kept.st_mode))


def _sweep(folder: Path, prefix: str, before: float) -> None:
    """Delete temporary files of dead processes.

    Args:
        folder: where they are.
        prefix: of their names.
        before: time of change, in seconds; newer files may belong to a process that is writing now.
    """
    name = re.compile(re.escape(prefix) + r"[0-9a-f]{16}\.tmp")
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if name.fullmatch(entry.name):
                found = entry.stat(follow_symlinks=False)
                if stat.S_ISREG(found.st_mode) and found.st_mtime < before:
                    Path(entry.path).unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power failure, where the file system can.

    Raises:
        OSError: the disk failed.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
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
