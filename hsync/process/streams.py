"""streams: standard input, output and error of the process, which may be closed, full or not UTF-8.

Rule 1: texts are written unchanged; the caller has escaped them.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from hsync.errors import OutputError

__all__ = ["complete_streams", "end_streams", "write_error", "write_output"]


class _Closed(io.TextIOBase):
    """Standard output if it was closed before hsync started: Python has no stream for it."""

    def write(self, text: str, /) -> int:
        del text
        raise OSError(errno.EBADF, "it is closed")


def complete_streams() -> None:
    """Replace closed standard streams, so that no other file gets their file descriptors."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - the same


def end_streams() -> bool:
    """Flush standard output and error. Returns False if standard output could not be written.

    Then the rest of the output is discarded, so that Python does not try again when the process ends.
    """
    _ended(sys.stderr)
    return _ended(sys.stdout)


def _ended(stream: TextIO) -> bool:
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True


def write_output(text: str) -> None:
    """Write data to standard output; bytes that are not UTF-8 are written as they were read.

    Raises:
        OutputError: standard output is closed or full.
        BrokenPipeError: the reader of a pipe has closed it.
    """
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        hint = "write to a place with free space; the actions of the command itself are finished"
        raise OutputError(f"cannot write to standard output: {why}", hint=hint) from fault


def _write(stream: TextIO, text: str) -> None:
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text)
        return
    stream.flush()
    binary.write(text.encode("utf-8", "surrogateescape"))
    binary.flush()


def write_error(text: str) -> None:
    """Write a text to standard error. Errors are ignored: there is no other place to report them."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    with suppress(OSError, ValueError):
        sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
        sys.stderr.flush()
