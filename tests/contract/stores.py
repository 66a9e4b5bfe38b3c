"""The stores of the contract suite. A new store needs only an entry in `KITS`."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hsync.store.filestore import FileStore
from hsync.store.places import Place
from hsync.store.stores import Policy, StateStore, Subject
from tests.contract.memory_store import MemoryStore, Shelf
from tests.contract.sqlite_store import PUT, SqliteStore

__all__ = ["EDGE", "KITS", "SHARED", "Kit"]

EDGE = Subject("edge1", "https://edge1.example:5555")

Clock = Callable[[], float]


@dataclass(frozen=True)
class Kit:
    """A store, and access to its data for the suite.

    Args:
        open: opens the store of a target; all data are in the folder, or beside it with its name as a prefix.
        raw: the stored text of the state.
        plant: replaces the stored text of the state, without the store.
        damage: changes the stored text with a digest, without the store.
        shared: whether other processes see the same data.
    """

    open: Callable[[Path, Subject, Policy, Clock], StateStore]
    raw: Callable[[Path, Subject], str]
    plant: Callable[[Path, Subject, str], object]
    damage: Callable[[Path, Subject, str], object]
    shared: bool = True

    def store(
        self, folder: Path, subject: Subject = EDGE, policy: Policy | None = None, clock: Clock = time.time
    ) -> StateStore:
        """Open the store of a target; the defaults are for most tests."""
        return self.open(folder, subject, policy or Policy(), clock)


# Files


def file_store(folder: Path, subject: Subject, policy: Policy, clock: Clock) -> StateStore:
    return FileStore(place(folder, subject), policy, clock=clock)


def place(folder: Path, subject: Subject) -> Place:
    return Place(folder, subject.name, subject.identity, subject.derived)


def state_file(folder: Path, subject: Subject) -> Path:
    return place(folder, subject).found() or place(folder, subject).unreadable() or place(folder, subject).new()


def damage_file(folder: Path, subject: Subject, digest: str) -> None:
    stem = place(folder, subject).lock_file("").name
    (folder / ".kept" / stem / digest.removeprefix("sha256:")).write_bytes(b"another text")


# Memory

SHELVES: dict[tuple[Path, str], Shelf] = defaultdict(Shelf)


def shelf(folder: Path, subject: Subject) -> Shelf:
    return SHELVES[folder, subject.identity]


def memory_store(folder: Path, subject: Subject, policy: Policy, clock: Clock) -> StateStore:
    return MemoryStore(subject, policy, shelf(folder, subject), clock=clock)


def damage_memory(folder: Path, subject: Subject, digest: str) -> None:
    texts = shelf(folder, subject).texts
    texts[digest] = (texts[digest][0], "another text")


# SQLite


def sqlite_store(folder: Path, subject: Subject, policy: Policy, clock: Clock) -> StateStore:
    return SqliteStore(folder, subject, policy, clock=clock)


def sqlite_raw(folder: Path, subject: Subject) -> str:
    with SqliteStore(folder, subject, Policy()).database() as database:
        text = database.execute("select text from states where identity = ?", [subject.identity]).fetchone()[0]
    return str(text)


def sqlite_plant(folder: Path, subject: Subject, text: str) -> None:
    with SqliteStore(folder, subject, Policy()).database("begin immediate") as database:
        database.execute(PUT, [subject.identity, text])


def sqlite_damage(folder: Path, subject: Subject, digest: str) -> None:
    with SqliteStore(folder, subject, Policy()).database("begin immediate") as database:
        database.execute("update texts set bytes = ? where digest = ?", [b"another text", digest])


KITS = {
    "file": Kit(
        open=file_store,
        raw=lambda folder, subject: state_file(folder, subject).read_text(encoding="utf-8"),
        plant=lambda folder, subject, text: state_file(folder, subject).write_text(text, encoding="utf-8"),
        damage=damage_file,
    ),
    "memory": Kit(
        open=memory_store,
        raw=lambda folder, subject: shelf(folder, subject).text or "",
        plant=lambda folder, subject, text: setattr(shelf(folder, subject), "text", text),
        damage=damage_memory,
        shared=False,
    ),
    "sqlite": Kit(open=sqlite_store, raw=sqlite_raw, plant=sqlite_plant, damage=sqlite_damage),
}

SHARED = [name for name, kit in KITS.items() if kit.shared]
