"""Folder: a configuration in several files, `haproxy -f DIR`, as one text (see `syntax.folder`).

Rule 1: all files are replaced, or none: the new ones are written into a private folder beside the old ones, with a
list of what is to be done; then this folder gets the name that decides. Whoever finds it under that name finishes what
the list says, so a process that dies leaves the old files or the new ones.
Rule 2: only `*.cfg` files that HAProxy reads are read, written or removed. A file that stays equal is not touched. A
symbolic link stays one: the file behind it is replaced.
Rule 3: the header lines of the server (version and digest) lie in a file of their own that HAProxy does not read.

A reload that somebody else asks for between two renames would still meet files of both: no folder can be replaced at
once. The reload of hsync comes after them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Iterable
from pathlib import Path
from shlex import quote

from hsync.dataplane.embedded.storage import FileStorage, read_configuration, resolved, unwritten
from hsync.errors import TargetError
from hsync.files import (
    FileLock,
    Folder,
    opened_folder,
    private_folder,
    read_file,
    reason,
    renamed_folder,
    stage,
    sync_folder,
)
from hsync.plan.snapshot import split_header
from hsync.syntax import is_file_name, join_files, split_files

__all__ = ["FolderStorage"]

TRIES = 20
"""How often the files are read until nobody has written meanwhile."""

HEADER_FILE = ".hsync-header"
PENDING = ".hsync-pending"
"""Name of the private folder with the new files, once all of them are in it. Hidden: HAProxy does not read it."""

LIST = ".hsync-list"
"""The file in it that says what is to be done."""

LIST_BYTES = 16 * 1024 * 1024


class FolderStorage(FileStorage):
    """The `*.cfg` files of a folder, as one text.

    Args:
        path: the folder. It must exist.
        lock_timeout_s: how long to wait for another process.
    """

    def __init__(self, path: str | os.PathLike[str], lock_timeout_s: float = 30.0) -> None:
        self.path = resolved(path)
        if not self.path.is_dir():
            raise TargetError(f"{self.path}: there is no such folder", hint="create it, or fix the path")
        self._lock = FileLock(self.path / ".hsync.lock")
        self._lock_timeout_s = lock_timeout_s

    @property
    def folder(self) -> Path | None:
        """The folder."""
        return self.path

    def read(self) -> str:
        """The text: header lines, then each file behind a line with its name."""
        for _ in range(TRIES):
            if self._is_pending():
                with self.lock():
                    self._finish()
            stamp, text = self.stamp(), self._read()
            if stamp == self.stamp() and not self._is_pending():
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
            raise unwritten(self.path, error) from error

    def stamp(self) -> Hashable:
        """Name, inode, size and time of change of each file."""
        paths = [*self._files(), self.path / HEADER_FILE, self.path / PENDING]
        return tuple((path.name, *_status(path)) for path in paths)

    def _is_pending(self) -> bool:
        return os.path.lexists(self.path / PENDING)

    def _files(self) -> list[Path]:
        try:
            paths = sorted(self.path.iterdir(), key=lambda path: os.fsencode(path.name))
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}") from error
        return [path for path in paths if is_file_name(path.name) and path.is_file()]

    def _write(self, header: str, files: dict[str, str]) -> None:
        self._finish()
        old = {path.name: _text(path) for path in self._files()}
        changed = {name: text for name, text in files.items() if old.get(name) != text}
        for name in changed:
            FileStorage(self.path / name)  # a link that leads nowhere is refused before anything is written
        todo = {"new": [*sorted(changed), HEADER_FILE], "gone": sorted(old.keys() - files.keys())}
        with opened_folder(self.path) as folder:
            with private_folder(folder) as own:
                for name, text in {**changed, HEADER_FILE: header}.items():
                    stage(own, name, text.encode("utf-8", "surrogateescape"), like=self._model(name, old))
                stage(own, LIST, json.dumps(todo).encode())
                sync_folder(own)
                folder.move(own.path.name, folder, PENDING)
            sync_folder(folder)
        self._finish()

    def _model(self, name: str, old: Iterable[str]) -> Path | None:
        """The file whose mode and owner a new file gets: the old one, or else any other one of the folder."""
        model = next((one for one in (name, *old) if os.path.lexists(self.path / one)), None)
        return None if model is None else resolved(self.path / model)

    def _finish(self) -> None:
        """Do what the list of a write says, also that of a process that died over it. The lock is held."""
        try:
            with opened_folder(self.path) as folder, renamed_folder(folder, PENDING) as pending:
                if pending is not None:
                    self._take(folder, pending)
        except OSError as fault:
            hint = f"look at it, then: rm -r {quote(str(self.path / PENDING))}"
            raise TargetError(f"{self.path / PENDING} was not written by hsync: {reason(fault)}", hint=hint) from fault

    def _take(self, folder: Folder, pending: Folder) -> None:
        """Take the new files out of a folder, as its list says."""
        try:
            new, gone = _listed(pending.path)
            for name in new:
                self._put(name, folder, pending)
            for name in gone:
                folder.delete(name)
            sync_folder(folder)
        except OSError as fault:
            hint = "check the folder, its mode and its space: the next run goes on with it"
            raise TargetError(f"{self.path}: not all files could be replaced: {reason(fault)}", hint=hint) from fault

    def _put(self, name: str, folder: Folder, pending: Folder) -> None:
        """Put a file into its place, unless that was done already."""
        waiting, place = pending.path / name, self.path / name
        if not os.path.lexists(waiting):
            return
        if place.is_symlink():
            FileStorage(place).write(read_configuration(waiting))
            pending.delete(name)
        else:
            pending.move(name, folder, name)


def _listed(path: Path) -> tuple[list[str], list[str]]:
    """The files that a list says to put into their places, and to remove; nothing when the list has gone: it goes last.

    Raises:
        TargetError: it is no list of ours.
        OSError: it cannot be read.
    """
    try:
        todo = json.loads(read_file(path / LIST, max_bytes=LIST_BYTES, follow=False))
        new, gone = list(map(str, todo["new"])), list(map(str, todo["gone"]))
    except FileNotFoundError:
        return [], []
    except (ValueError, LookupError, TypeError):
        new, gone = ["?"], []
    if not all(name == HEADER_FILE or is_file_name(name) for name in (*new, *gone)):
        raise TargetError(f"{path} was not written by hsync", hint=f"look at it, then: rm -r {quote(str(path))}")
    return new, gone


def _text(path: Path) -> str:
    """The text of a file; empty for one that has just gone: the stamp tells that somebody writes."""
    try:
        return read_configuration(path)
    except FileNotFoundError:
        return ""


def _status(path: Path) -> tuple[int, ...]:
    try:
        status = path.stat()
    except OSError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns)
