"""log: the file that gets the standard error of a program which outlives hsync.

Rule 1: it is in a private folder, and begins anew with each program.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hsync.files.folders import make_private_folder
from hsync.files.reading import refuse_irregular

__all__ = ["opened_log"]


@contextmanager
def opened_log(path: Path | None) -> Iterator[int]:
    """An empty file, open for writing.

    Args:
        path: the file; its folder is created, or made private. None for no file: what is written is dropped.

    Returns:
        Its file descriptor, for the duration of the block.

    Raises:
        OSError: it cannot be written, or is a link, a folder, a pipe or a device.
    """
    if path is None:
        handle = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    else:
        make_private_folder(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
    try:
        if path is not None:
            refuse_irregular(os.fstat(handle), path)
            os.ftruncate(handle, 0)
        yield handle
    finally:
        os.close(handle)
