"""importing: what a target runs, taken over: its text into a file, what is known about it into the state.

Rule 1: no file with another text is written over unless that is wanted, and the target itself never is.
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
    """What was taken over.

    Args:
        file: where the text is now.
        snapshot: what the target runs.
        state: what is remembered now.
    """

    file: Path
    snapshot: Snapshot
    state: State

    @property
    def split(self) -> str:
        """What to say if disk and memory of the server disagree; "" if they do not."""
        if not self.snapshot.memory_ahead:
            return ""
        what = f"{self.state.target.name}: {self.snapshot.split_brain}"
        return f"{what}. The text on disk is taken over; `hsync plan` makes both equal."


def take_over(session: Session, file: Path | None = None, *, force: bool = False) -> Imported:
    """Write what a target runs into a file, and remember it. The lock is held.

    Args:
        session: with the target.
        file: where the text goes; None for a file that is called after the target.
        force: write over a file with another text.

    Raises:
        InputError: the file is the target itself, or has another text.
        StalePlanError: disk and memory of the server disagree in a way that only waiting helps.
        TargetError: the target cannot be read.
    """
    snapshot = session.to_take_over()
    chosen = file or _default_file(session.name, snapshot.body)
    _refuse_overwriting(chosen, snapshot.body, session.client.identity, force=force)
    write_text(chosen, snapshot.body)
    return Imported(chosen, snapshot, session.take_over(snapshot))


def _default_file(name: str, text: str) -> Path:
    """TARGET.imported.cfg; with a number where another text is."""
    tails = ("", *(f"-{number}" for number in range(2, 1000)))
    files = [Path(f"{name}.imported{tail}.cfg") for tail in tails]
    return next((file for file in files if not file.exists() or _has(file, text)), files[0])


def _has(file: Path, text: str) -> bool:
    return file.is_file() and read_file(file) == text.encode("utf-8", "surrogateescape")


def _refuse_overwriting(file: Path, text: str, identity: str, *, force: bool) -> None:
    if identity in {f"file:{file.absolute()}", f"file:{file.resolve()}"}:
        raise InputError(f"{file} is the target itself", hint="give another file: -o FILE")
    if not force and file.exists() and not _has(file, text):
        raise InputError(f"{file} is there already, with another text", hint="give another file (-o FILE) or --force")
