"""reading: regular files as a whole. Pipes and devices may never end, or do something when they are opened.

Rule 1: what is there is looked at before it is opened, and again when it is open: it may have been replaced meanwhile.
Rule 2: no more is read than the bound and one byte. The size that a file names need not be true: those of the kernel
name none.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MAX_BYTES", "FileTooLargeError", "check_file", "read_file", "read_head", "refuse_irregular"]

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of a file, unless its reader allows fewer: a configuration of a million lines."""

_PIECE_BYTES = 1024 * 1024


class FileTooLargeError(OSError):
    """A file has more bytes than its reader allows."""


def read_file(
    path: Path,
    *,
    max_bytes: int = MAX_BYTES,
    follow: bool = True,
    judge: Callable[[os.stat_result], None] | None = None,
) -> bytes:
    """The content of a regular file.

    Args:
        path: the file.
        max_bytes: a longer file is refused.
        follow: whether the path may be a symbolic link.
        judge: is given the status of the open file, and may refuse it.

    Raises:
        FileTooLargeError: it is longer.
        OSError: it cannot be read, or is no regular file.
        ValueError: the path cannot be one, for example because of a null byte.
    """
    with _opened(path, follow=follow) as handle:
        found = os.fstat(handle)
        if judge is not None:
            judge(found)
        if found.st_size > max_bytes:
            raise _too_large(max_bytes, path)
        data = _read(handle, max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_large(max_bytes, path)
    return data


def read_head(path: Path, size: int) -> bytes:
    """The first bytes of a regular file, however long it is.

    Args:
        path: the file.
        size: how many.

    Raises:
        OSError: it cannot be read, or is no regular file.
        ValueError: the path cannot be one.
    """
    with _opened(path, follow=True) as handle:
        return _read(handle, size)


def check_file(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Refuse a path that somebody else is about to read, unless it leads to a regular file that is not too large.

    Args:
        path: the file.
        max_bytes: a longer file is refused.

    Raises:
        FileTooLargeError: it is longer.
        OSError: it is no regular file, or there is none.
        ValueError: the path cannot be one.
    """
    found = path.stat()
    refuse_irregular(found, path)
    if found.st_size > max_bytes:
        raise _too_large(max_bytes, path)


@contextmanager
def _opened(path: Path, *, follow: bool) -> Iterator[int]:
    """A regular file, open for reading for the time of the block."""
    refuse_irregular(path.stat() if follow else path.lstat(), path)
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    handle = os.open(path, flags)
    try:
        refuse_irregular(os.fstat(handle), path)
        yield handle
    finally:
        os.close(handle)


def refuse_irregular(found: os.stat_result, path: Path) -> None:
    """Refuse anything but a regular file.

    Args:
        found: the status of what is there.
        path: for the error.

    Raises:
        OSError: it is a folder, a pipe, a device, a socket or a link.
    """
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _read(handle: int, size: int) -> bytes:
    pieces = []
    while size > 0 and (piece := os.read(handle, min(size, _PIECE_BYTES))):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _too_large(max_bytes: int, path: Path) -> FileTooLargeError:
    return FileTooLargeError(errno.EFBIG, f"larger than {max_bytes} bytes", str(path))
