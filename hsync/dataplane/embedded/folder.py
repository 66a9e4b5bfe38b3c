"""Folder: a configuration in several files, `haproxy -f DIR`, as one text (see `syntax.folder`).

Rule 1: all files are replaced, or none: the new ones are written beside the old ones, then one file that lists them
decides. Whoever finds that list finishes what it says, so a process that dies leaves the old files or the new ones.
Rule 2: only `*.cfg` files that HAProxy reads are read, written or removed. A file that stays equal is not touched.
Rule 3: the header lines of the server (version and digest) lie in a file of their own that HAProxy does not read.

A reload that somebody else asks for between two renames would still meet files of both: no folder can be replaced at
once. The reload of hsync comes after them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from hsync.dataplane.embedded.storage import NEW_MODE, FileStorage
from hsync.errors import TargetError
from hsync.files import replace_file, sync_folder
from hsync.plan.snapshot import split_header
from hsync.syntax import is_file_name, join_files, split_files

__all__ = ["FolderStorage"]

TRIES = 20
"""How often the files are read until nobody has written meanwhile."""

HEADER_FILE = ".hsync-header"
PENDING_FILE = ".hsync-pending"
NEW = ".hsync-new-"
"""Prefix of a file that waits to take the place of another one. Hidden: HAProxy does not read it."""


class FolderStorage(FileStorage):
    """The `*.cfg` files of a folder, as one text.

    Args:
        path: the folder. It must exist.
        lock_timeout_s: how long to wait for another process.
    """

    def __init__(self, path: str | os.PathLike[str], lock_timeout_s: float = 30.0) -> None:
        self.path = Path(os.path.realpath(path))
        if not self.path.is_dir():
            raise TargetError(f"{self.path}: there is no such folder", hint="create it, or fix the path")
        self._lock = FileLock(self.path / ".hsync.lock", timeout=lock_timeout_s)

    @property
    def folder(self) -> Path | None:
        """The folder."""
        return self.path

    def read(self) -> str:
        """The text: header lines, then each file behind a line with its name."""
        for _ in range(TRIES):
            if self._pending.is_file():
                with self.lock():
                    self._finish()
            stamp, text = self.stamp(), self._read()
            if stamp == self.stamp() and not self._pending.is_file():
                return text
        raise TargetError(f"{self.path}: its files change all the time")

    def _read(self) -> str:
        try:
            text = join_files((path.name, _text(path)) for path in self._files())
        except ValueError as fault:
            raise TargetError(f"{self.path}: {fault}") from fault
        header = self.path / HEADER_FILE
        return (f"{_text(header)}\n" if header.is_file() else "") + text

    def write(self, text: str) -> None:
        """Replace the files; on an error they are as they were."""
        header, body = split_header(text)
        try:
            files = dict(split_files(body))
        except ValueError as fault:
            raise TargetError(f"{self.path} is a folder of files: {fault}") from fault
        try:
            self._write(header, files)
        except OSError as error:
            raise TargetError(f"{self.path}: cannot be replaced: {error.strerror}") from error

    def stamp(self) -> Hashable:
        """Name, inode, size and time of change of each file."""
        paths = [*self._files(), self.path / HEADER_FILE, self._pending]
        return tuple((path.name, *_status(path)) for path in paths)

    @property
    def _pending(self) -> Path:
        return self.path / PENDING_FILE

    def _files(self) -> list[Path]:
        try:
            paths = sorted(self.path.iterdir(), key=lambda path: os.fsencode(path.name))
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}") from error
        return [path for path in paths if is_file_name(path.name) and path.is_file()]

    def _write(self, header: str, files: dict[str, str]) -> None:
        old = {path.name: _text(path) for path in self._files()}
        changed = {name: text for name, text in files.items() if old.get(name) != text}
        gone = sorted(old.keys() - files.keys())
        for left in self.path.glob(f"{NEW}*"):  # of a process that died before its list was there
            left.unlink(missing_ok=True)
        for name, text in {**changed, HEADER_FILE: header}.items():
            content, old_file = text.encode("utf-8", "surrogateescape"), Path(os.path.realpath(self.path / name))
            replace_file(self.path / f"{NEW}{name}", content, new_mode=NEW_MODE, like=old_file)
        todo = json.dumps({"new": [*sorted(changed), HEADER_FILE], "gone": gone})
        replace_file(self._pending, todo.encode(), new_mode=NEW_MODE)
        self._finish()

    def _finish(self) -> None:
        """Do what the list of a write says, also that of a process that died over it. The lock is held."""
        if not self._pending.is_file():
            return
        todo = json.loads(self._pending.read_bytes())
        if not all(name == HEADER_FILE or is_file_name(name) for name in (*todo["new"], *todo["gone"])):
            raise TargetError(f"{self._pending} was not written by hsync", hint="look at it, then remove it")
        for name in todo["new"]:
            with suppress(FileNotFoundError):  # done already
                (self.path / f"{NEW}{name}").replace(self.path / name)
        for name in todo["gone"]:
            (self.path / name).unlink(missing_ok=True)
        sync_folder(self.path)
        self._pending.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise TargetError(f"{path}: {error.strerror}") from error


def _status(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns)
