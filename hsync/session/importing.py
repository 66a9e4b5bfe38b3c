"""importing: writes the text of a target to a file, and records it in the state.

Rule 1: a file with another text is overwritten only on demand, and the target itself never.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane import Snapshot
from hsync.errors import InputError
from hsync.files import read_file
from hsync.session.session import Session
from hsync.store import State, write_text

__all__ = ["take_over"]


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import.

    Args:
        file: the file with the text.
        snapshot: the text of the target.
        state: the new state.
    """

    file: Path
    snapshot: Snapshot
    state: State

    @property
    def split(self) -> str:
        """A warning if disk and memory of the server differ, else ""."""
        if not self.snapshot.memory_ahead:
            return ""
        what = f"{self.state.target.name}: {self.snapshot.split_brain}"
        return f"{what}. The text on disk is imported; `hsync plan` makes both equal."


def take_over(session: Session, file: Path | None = None, *, force: bool = False) -> Imported:
    """Write the text of a target to a file, and record it. The caller holds the lock.

    Args:
        session: the session with the target.
        file: the file for the text; None for a file with the name of the target.
        force: whether to overwrite a file with another text.

    Raises:
        InputError: the file is the target itself, or has another text.
        StalePlanError: the server has not read an edited file yet.
        TargetError: the target cannot be read.
    """
    snapshot = session.to_take_over()
    chosen = file or _default_file(session.name, snapshot.body)
    _refuse_overwriting(chosen, snapshot.body, session.client.identity, force=force)
    write_text(chosen, snapshot.body)
    return Imported(chosen, snapshot, session.take_over(snapshot))


def _default_file(name: str, text: str) -> Path:
    """TARGET.imported.cfg; with a number if that file has another text."""
    tails = ("", *(f"-{number}" for number in range(2, 1000)))
    files = [Path(f"{name}.imported{tail}.cfg") for tail in tails]
    return next((file for file in files if not file.exists() or _has(file, text)), files[0])


def _has(file: Path, text: str) -> bool:
    return file.is_file() and read_file(file) == text.encode("utf-8", "surrogateescape")


def _refuse_overwriting(file: Path, text: str, identity: str, *, force: bool) -> None:
    if identity in {f"file:{file.absolute()}", f"file:{file.resolve()}"}:
        raise InputError(f"{file} is the target itself", hint="choose another file: -o FILE")
    if not force and file.exists() and not _has(file, text):
        raise InputError(f"{file} already exists, with another text", hint="choose another file (-o FILE) or --force")
