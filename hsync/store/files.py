"""files: read and write whole texts, with readable errors.

Rule 1: a text is written by `hsync.files.replace_file`: a reader sees the old text or the new one.
Rule 2: bytes that are not UTF-8 are surrogates in a text (`surrogateescape`), so that they are written as they were
read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hsync.errors import InputError
from hsync.files import MAX_BYTES, FileTooLargeError, read_file, reason, replace_file

__all__ = ["read_text", "timestamp", "typed_path", "write_text"]


def timestamp(seconds: float | None = None) -> str:
    """A time, `2026-11-23T21:20:04Z`, as in all files of hsync.

    Args:
        seconds: since 1970; None for now.
    """
    time = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def typed_path(path: Path | str) -> str:
    """A path as an argument of a command: `./-x` for `-x`, which would be an option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def read_text(path: Path, *, max_bytes: int = MAX_BYTES, kind: str, follow: bool = True) -> str:
    """Read a whole file.

    Args:
        path: a regular file; anything else is refused, since a pipe may never end.
        max_bytes: maximum size.
        kind: kind of the file, for messages: `plan file`.
        follow: whether the path may be a symbolic link.

    Returns:
        Its text with unchanged line ends, and surrogates for undecodable bytes.

    Raises:
        InputError: the file cannot be read, is not a regular file, or is too large.
    """
    try:
        data = read_file(path, max_bytes=max_bytes, follow=follow)
    except FileTooLargeError as fault:
        raise InputError(f"{path}: {reason(fault)}", hint=f"a {kind} of hsync is never this large") from fault
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot read the {kind} {path}: {reason(fault)}", hint="check the path and its mode"
        ) from fault
    return data.decode("utf-8", "surrogateescape")


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Replace a file by a text, atomically.

    Args:
        path: the file. A symbolic link is replaced, not followed.
        text: the whole text.
        mode: permission bits; None for those of the old file, or PRIVATE if there is none.

    Raises:
        InputError: the file cannot be written; the old file is unchanged.
    """
    try:
        replace_file(path, text.encode("utf-8", "surrogateescape"), mode=mode)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot write {path}: {reason(fault)}", hint="check the folder, its mode and its space"
        ) from fault
