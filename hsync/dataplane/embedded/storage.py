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
from typing import Protocol

from filelock import FileLock, Timeout

from hsync.errors import LockedError, TargetError
from hsync.files import reason, replace_file

__all__ = ["NEW_MODE", "FileStorage", "MemoryStorage", "Storage"]

NEW_MODE = 0o644
"""Mode of a configuration file that did not exist: HAProxy may run as another user."""


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


class FileStorage:
    """A text in a file. A missing file is an empty configuration; its folder must exist.

    Args:
        path: the file. A symbolic link stays one: the file behind it is replaced.
        lock_timeout_s: how long to wait for another process.
    """

    def __init__(self, path: str | os.PathLike[str], lock_timeout_s: float = 30.0) -> None:
        self.path = Path(os.path.realpath(path))
        if not _is_folder(self.path.parent):
            raise TargetError(f"{self.path}: there is no folder {self.path.parent}", hint="create it, or fix the path")
        self._lock = FileLock(f"{self.path}.lock", timeout=lock_timeout_s)

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
            return self.path.read_bytes().decode("utf-8", "surrogateescape")
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}") from error

    def write(self, text: str) -> None:
        """Replace the file; on an error it is as it was."""
        try:
            replace_file(self.path, text.encode("utf-8", "surrogateescape"), new_mode=NEW_MODE)
        except OSError as error:
            raise TargetError(f"{self.path}: cannot be replaced: {reason(error)}") from error

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
        try:
            self._lock.acquire()
        except Timeout:
            hint = "wait for it, or end it"
            raise LockedError(
                f"{self.path}: another process has been writing for {self._lock.timeout} s", hint=hint
            ) from None
        except OSError as error:
            raise TargetError(f"{self._lock.lock_file}: {error.strerror}") from error
        try:
            yield
        finally:
            self._lock.release()
