"""Storage: where the configuration text lies. A file, replaced as a whole or not at all; or memory.

Rule 1: a reader sees the old text or the new one, never a mixture (see `hsync.files`).
Rule 2: whoever reads and then writes holds `lock`: two processes on one file never interleave.
Rule 3: text is decoded with surrogateescape, so that bytes that are no UTF-8 go back to disk as they were.

Source: docs/reference/dataplane-api.md 2.3.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from shlex import quote
from typing import Protocol

from hsync.dataplane.deadline import left
from hsync.errors import LockedError, TargetError
from hsync.files import MAX_BYTES, FileLock, FileTooLargeError, read_file, real_path, reason, replace_file

__all__ = ["FileStorage", "MemoryStorage", "Storage", "read_configuration", "resolved", "unwritten"]


class Storage(Protocol):
    """A place for one text."""

    @property
    def name(self) -> str:
        """How messages name the place."""

    @property
    def folder(self) -> Path | None:
        """Where relative paths in the text begin; None for a text in memory."""

    def read(self) -> str:
        """The text."""

    def write(self, text: str) -> None:
        """Replace the text."""

    def stamp(self) -> Hashable:
        """A cheap value that differs after somebody wrote."""

    def lock(self) -> AbstractContextManager[object]:
        """Keeps other processes from writing; the same thread may enter it again."""


class MemoryStorage:
    """A text in memory."""

    def __init__(self, text: str = "") -> None:
        self._text = text

    @property
    def name(self) -> str:
        """Nothing on disk."""
        return "memory"

    @property
    def folder(self) -> Path | None:
        """None."""
        return None

    def read(self) -> str:
        """The text."""
        return self._text

    def write(self, text: str) -> None:
        """Replace the text."""
        self._text = text

    def stamp(self) -> Hashable:
        """The text itself."""
        return self._text

    def lock(self) -> AbstractContextManager[object]:
        """No other process can see the text."""
        return contextlib.nullcontext()


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name that the system has no room for
        return False


def resolved(path: str | os.PathLike[str]) -> Path:
    """The path of a configuration without symbolic links.

    Raises:
        TargetError: a link is not to be trusted.
    """
    try:
        return real_path(os.fspath(path))
    except OSError as error:
        hint = "give the path that it should lead to, in a folder that only you may write"
        raise TargetError(f"{error.filename}: {reason(error)}: it is not followed", hint=hint) from error


def read_configuration(path: Path) -> str:
    """The text of a file.

    Raises:
        TargetError: it cannot be read, or is no regular file.
        FileNotFoundError: there is none.
    """
    try:
        data = read_file(path, max_bytes=MAX_BYTES)
    except FileNotFoundError:
        raise
    except FileTooLargeError as error:
        raise TargetError(f"{path}: {reason(error)}", hint="a configuration is never that large") from error
    except OSError as error:
        hint = "give the path of a haproxy.cfg that you may read"
        raise TargetError(f"{path}: cannot be read: {reason(error)}", hint=hint) from error
    return data.decode("utf-8", "surrogateescape")


class FileStorage:
    """A text in a file. A missing file is an empty configuration; its folder must exist.

    Args:
        path: the file. A symbolic link stays one: the file behind it is replaced.
        lock_timeout_s: how long to wait for another process.

    Raises:
        TargetError: there is no folder for it, or a link that another user put there.
    """

    def __init__(self, path: str | os.PathLike[str], lock_timeout_s: float = 30.0) -> None:
        self.path = resolved(path)
        if not _is_folder(self.path.parent):
            raise TargetError(f"{self.path}: there is no folder {self.path.parent}", hint="create it, or fix the path")
        self._lock = FileLock(Path(f"{self.path}.lock"))
        self._lock_timeout_s = lock_timeout_s

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def folder(self) -> Path | None:
        """The file's folder."""
        return self.path.parent

    def read(self) -> str:
        """The text; empty for a missing file."""
        try:
            return read_configuration(self.path)
        except FileNotFoundError:
            return ""

    def write(self, text: str) -> None:
        """Replace the file; on an error it is as it was."""
        try:
            replace_file(self.path, text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise unwritten(self.path, error) from error

    def stamp(self) -> Hashable:
        """Inode, size and time of change."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return (status.st_ino, status.st_size, status.st_mtime_ns)

    def lock(self) -> AbstractContextManager[object]:
        """A lock on a file beside it: the file itself is replaced at each write."""
        return self._locked()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        path, timeout = self._lock.path, left(self._lock_timeout_s)
        try:
            held = self._lock.acquire(timeout)
        except OSError as error:
            hint = f"check the folder and its mode; if another thing is in the place of the lock: rm {quote(str(path))}"
            raise TargetError(f"{path}: cannot be locked: {reason(error)}", hint=hint) from error
        if not held:
            raise LockedError(
                f"{self.path}: another process has been writing for {timeout:g} s", hint="wait for it, or end it"
            )
        try:
            yield
        finally:
            self._lock.release()


def unwritten(path: Path, error: OSError) -> TargetError:
    """The error that says that a configuration could not be replaced.

    Args:
        path: of the file or folder.
        error: why.
    """
    hint = f"check the folder {path if path.is_dir() else path.parent}, its mode and its space"
    return TargetError(f"{path}: cannot be replaced: {reason(error)}", hint=hint)
