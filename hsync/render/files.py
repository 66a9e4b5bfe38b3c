"""files: reads the inputs of a rendering, and names them independently of the machine."""

from __future__ import annotations

from pathlib import Path

from hsync.errors import InputError
from hsync.files import MAX_BYTES, FileTooLargeError, read_file, reason
from hsync.trust.reach import Reach

__all__ = ["read_bytes", "shown"]


def shown(path: Path, root: Path | None) -> str:
    """The name of a file in messages and plans.

    Args:
        path: the file.
        root: the folder of the project; None for the given path.

    Returns:
        The path relative to the root, with slashes; the given path if it is elsewhere.
    """
    if root is not None:
        full, base = path.resolve(), root.resolve()
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return path.as_posix()


def read_bytes(
    path: Path, kind: str, *, max_bytes: int = MAX_BYTES, reach: Reach | None = None, setting: str = ""
) -> bytes:
    """The content of a file.

    Args:
        path: the file.
        kind: kind of the file, for messages.
        max_bytes: maximum size.
        reach: the files that may be read; None for any.
        setting: the setting that names the file, for messages.

    Raises:
        InputError: the file cannot be read, is not a regular file, or is too long.
        NotAllowedError: the file may not be read.
    """
    real = reach.real(path, setting=setting or f"the {kind} {path}") if reach else path
    try:
        return read_file(real, max_bytes=max_bytes)
    except FileTooLargeError as fault:
        raise InputError(f"the {kind} {path} is {reason(fault)}", hint="use a smaller file") from fault
    except (OSError, ValueError) as fault:
        raise InputError(f"cannot read the {kind} {path}: {reason(fault)}", hint="check the path") from fault
