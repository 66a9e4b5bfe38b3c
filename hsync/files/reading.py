"""reading: regular files as a whole. Pipes and devices may never end, or do something when they are read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

__all__ = ["read_file", "refuse_irregular"]


def read_file(path: Path, *, max_bytes: int, follow: bool = True) -> bytes:
    """The content of a regular file.

    Args:
        path: the file.
        max_bytes: of a longer file this and one byte more are returned.
        follow: whether the path may be a symbolic link.

    Raises:
        OSError: it cannot be read, or is no regular file.
        ValueError: the path cannot be one, for example because of a null byte.
    """
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    handle = os.open(path, flags)
    try:
        refuse_irregular(os.fstat(handle), path)
        with open(handle, "rb", closefd=False) as file:
            return file.read(max_bytes + 1)
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
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
