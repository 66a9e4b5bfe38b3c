"""Storage: where the configuration text lies. A file, replaced as a whole or not at all; or memory.

Rule 1: a reader sees the old text or the new one, never a mixture: temporary file beside it, fsync, rename.
Rule 2: whoever reads and then writes holds `lock`: two processes on one file never interleave.
Rule 3: text is decoded with surrogateescape, so that bytes that are no UTF-8 go back to disk as they were.

Source: reference/dataplane-api.md 2.3.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from hsync.errors import LockedError, TargetError

__all__ = ["FileStorage", "MemoryStorage", "Storage"]


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
            replace_file(self.path, text.encode("utf-8", "surrogateescape"))
        except OSError as error:
            raise TargetError(f"{self.path}: cannot be replaced: {error.strerror}") from error

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


def replace_file(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a file's new content atomically.

    Args:
        path: the file to replace.
        content: its new bytes.
        mode: of the new file; None for that of the old one, 0644 if there is none.

    Raises:
        OSError: nothing was changed.
    """
    if mode is None:
        mode = path.stat().st_mode & 0o7777 if path.exists() else 0o644
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
