"""files: whole texts read with a bound and written at once or not at all.

Rule 1: a reader of a path sees the old text or the new one, whatever dies and whenever.
Rule 2: a text is bytes with surrogates for what is not UTF-8 (`surrogateescape`): what is read goes back as it was.

Theory of operation: the new text goes to a temporary file in the same folder, which is synced and then renamed over
the old one; the folder is synced, so that the rename survives a power cut.
"""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hsync.errors import InputError

__all__ = ["CONFIGURATION_BYTES", "PRIVATE", "read_text", "timestamp", "write_text"]

CONFIGURATION_BYTES = 256 * 1024 * 1024
"""Limit of a configuration that is read as it stands."""

PRIVATE = 0o600
"""Mode of files that may hold secrets, and of all files that did not exist before."""


def timestamp() -> str:
    """The time now, `2026-11-23T21:20:04Z`: the one clock of the files."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_text(path: Path, *, max_bytes: int, kind: str) -> str:
    """Read a whole file.

    Args:
        path: the file; anything but a regular file is refused, since a pipe may never end.
        max_bytes: a longer file is refused.
        kind: what the file should be, for messages: `plan file`.

    Returns:
        Its text, line ends untouched, undecodable bytes as surrogates.

    Raises:
        InputError: it cannot be read, is no regular file, or is too long.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InputError(f"{path}: not a regular file", hint=f"give the path of a {kind}")
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot read the {kind} {path}: {reason(fault)}", hint="check the path and its mode"
        ) from fault
    if len(data) > max_bytes:
        raise InputError(f"{path}: larger than {max_bytes} bytes", hint=f"a {kind} of hsync is never that large")
    return data.decode("utf-8", "surrogateescape")


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end of a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


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
        _replace(path, text.encode("utf-8", "surrogateescape"), _mode_of(path) if mode is None else mode)
    except (OSError, ValueError) as fault:
        raise InputError(
            f"cannot write {path}: {reason(fault)}", hint="check the folder, its mode and its space"
        ) from fault


def _mode_of(path: Path) -> int:
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return PRIVATE
    return stat.S_IMODE(found) if stat.S_ISREG(found) else PRIVATE


def _replace(path: Path, data: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def reason(fault: OSError | ValueError) -> str:
    """What an operating system's error says, without number and path; Python's own for a path that is none."""
    return getattr(fault, "strerror", None) or str(fault)
