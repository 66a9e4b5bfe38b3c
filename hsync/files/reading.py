"""reading: read whole regular files. Pipes and devices are refused: they may never end, or have an effect when opened.

Rule 1: the type of a file is checked before it is opened, and again after, since it may have been replaced in between.
Rule 2: at most one byte more than the limit is read. The size in the status of a file may be wrong: it is 0 for files
of the kernel.
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
"""Default maximum size of a file: a configuration of a million lines."""

_PIECE_BYTES = 1024 * 1024


class FileTooLargeError(OSError):
    """A file is larger than its limit."""


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
        max_bytes: maximum size.
        follow: whether the path may be a symbolic link.
        judge: called with the status of the open file; may raise an error.

    Raises:
        FileTooLargeError: the file is larger.
        OSError: the file cannot be read, or is not a regular file.
        ValueError: the path is invalid, for example because of a null byte.
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
        size: number of bytes.

    Raises:
        OSError: the file cannot be read, or is not a regular file.
        ValueError: the path is invalid.
    """
    with _opened(path, follow=True) as handle:
        return _read(handle, size)


def check_file(path: Path, *, max_bytes: int = MAX_BYTES) -> None:
    """Check that a path is a regular file that is not too large, before another program or library reads it.

    Args:
        path: the file.
        max_bytes: maximum size.

    Raises:
        FileTooLargeError: the file is larger.
        OSError: the file does not exist, or is not a regular file.
        ValueError: the path is invalid.
    """
    found = path.stat()
    refuse_irregular(found, path)
    if found.st_size > max_bytes:
        raise _too_large(max_bytes, path)


@contextmanager
def _opened(path: Path, *, follow: bool) -> Iterator[int]:
    """A regular file, open for reading during the block."""
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
        found: the status of the file.
        path: for the error.

    Raises:
        OSError: a folder, a pipe, a device, a socket or a link.
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
