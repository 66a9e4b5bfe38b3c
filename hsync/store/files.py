"""files: read and write whole texts, with errors for people.

Rule 1: a text is written by `hsync.files.replace_file`: a reader sees the old text or the new one.
Rule 2: a text is bytes with surrogates for what is not UTF-8 (`surrogateescape`): the bytes that were read are the
bytes that are written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hsync.errors import InputError
from hsync.files import MAX_BYTES, FileTooLargeError, read_file, reason, replace_file

__all__ = ["read_text", "timestamp", "typed_path", "write_text"]


def timestamp() -> str:
    """The time now, `2026-11-23T21:20:04Z`: the one clock of the files."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def typed_path(path: Path | str) -> str:
    """A path as an argument: one that begins with a dash is no option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def read_text(path: Path, *, max_bytes: int = MAX_BYTES, kind: str, follow: bool = True) -> str:
    """Read a whole file.

    Args:
        path: the file; anything but a regular file is refused, since a pipe may never end.
        max_bytes: a longer file is refused.
        kind: what the file should be, for messages: `plan file`.
        follow: whether the path may be a symbolic link.

    Returns:
        Its text, line ends untouched, undecodable bytes as surrogates.

    Raises:
        InputError: it cannot be read, is no regular file, or is too long.
    """
    try:
        data = read_file(path, max_bytes=max_bytes, follow=follow)
    except FileTooLargeError as fault:
        raise InputError(f"{path}: {reason(fault)}", hint=f"a {kind} of hsync is never that large") from fault
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot read the {kind} {path}: {reason(fault)}", hint="check the path and its mode"
        ) from fault
    return data.decode("utf-8", "surrogateescape")


def write_text(path: Path, text: str, *, mode: int | None = None) -> None:
    """Put a text in the place of a file, atomically.

    Args:
        path: the file. A symbolic link is replaced, not followed.
        text: the whole text.
        mode: permission bits; None keeps those of the file that is there, else PRIVATE.

    Raises:
        InputError: the folder cannot be written; nothing was changed then.
    """
    try:
        replace_file(path, text.encode("utf-8", "surrogateescape"), mode=mode)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot write {path}: {reason(fault)}", hint="check the folder, its mode and its space"
        ) from fault
