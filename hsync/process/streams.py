"""streams: standard input, output and error of the process, whatever they are: closed, full, not of UTF-8, gone.

Rule 1: what is written was made safe to look at before; here nothing is changed.
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
    """A standard output that was closed before hsync started: Python has no stream for it."""

    def write(self, text: str, /) -> int:
        del text
        raise OSError(errno.EBADF, "it is closed")


def complete_streams() -> None:
    """Put something in the place of standard streams that are closed, so that no file gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - the same


def end_streams() -> bool:
    """Write out what is left in the standard streams; False when standard output does not take it.

    What cannot be written is given up, so that Python does not try again when the process ends.
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
    """Write data to standard output; bytes that are no UTF-8 go out as they came in.

    Raises:
        OutputError: it is closed or full.
        BrokenPipeError: whoever read it has gone.
    """
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as fault:
        why = getattr(fault, "strerror", None) or str(fault)
        hint = "give it a place where there is room; what the command did before is done"
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
    """Write words to standard error. Where that is closed or full nobody can be told, and nothing else changes."""
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    with suppress(OSError, ValueError):
        sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
        sys.stderr.flush()
