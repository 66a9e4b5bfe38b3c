"""A store in SQLite databases: it shows that the contract does not depend on files, and that a store is one module.

The lock is an exclusive transaction on a database of its own: SQLite releases it when the process dies.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from hsync.errors import InputError
from hsync.plan.plan import Target
from hsync.store.files import timestamp
from hsync.store.state import Run, State, dump_state, load_state
from hsync.store.stores import (
    Kept,
    Owner,
    Policy,
    Subject,
    check_write,
    digest_of_text,
    locked,
    next_state,
    with_run,
)

TABLES = """
create table if not exists states (identity text primary key, text text);
create table if not exists owners (identity text primary key, text text);
create table if not exists texts (identity text, digest text, bytes blob, time real, primary key (identity, digest));
"""

PUT = "insert into states values (?, ?) on conflict (identity) do update set text = excluded.text"
ANNOUNCE = "insert into owners values (?, ?) on conflict (identity) do update set text = excluded.text"
KEEP = "insert or replace into texts values (?, ?, ?, ?)"
PRUNE = """
delete from texts where identity = :identity and digest != :newest and (time < :oldest or digest not in
(select digest from texts where identity = :identity order by digest = :newest desc, time desc, rowid desc limit :kept))
"""


class SqliteStore:
    """A store in a folder of databases.

    Args:
        folder: the folder of the databases.
        subject: the target.
        policy: limits for the amount of data.
        clock: seconds since 1970.
    """

    def __init__(
        self, folder: Path, subject: Subject, policy: Policy, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self.subject = subject
        self.policy = policy
        self._clock = clock

    @contextmanager
    def database(self, begin: str = "begin") -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with closing(sqlite3.connect(self.folder / "hsync.db", timeout=60, isolation_level=None)) as database:
                for statement in TABLES.strip().split("\n"):
                    database.execute(statement)
                database.execute(begin)
                yield database
                database.execute("commit")
        except sqlite3.Error as fault:
            raise InputError(f"{self.folder}: {fault}", hint="check the disk") from fault

    def _state(self, database: sqlite3.Connection) -> State | None:
        row = database.execute("select text from states where identity = ?", [self.subject.identity]).fetchone()
        return None if row is None else load_state(row[0], self.subject.name, "take it back from a backup")

    def _put(self, database: sqlite3.Connection, state: State) -> State:
        database.execute(PUT, [self.subject.identity, dump_state(state)])
        return state

    def warnings(self) -> tuple[str, ...]:
        return ()

    def read(self) -> State | None:
        with self.database() as database:
            return self._state(database)

    def write(self, state: State, *, expected_serial: int) -> State:
        with self.database("begin immediate") as database:
            found = self._state(database)
            check_write(found, state, expected_serial, self.subject.name)
            return self._put(database, next_state(found, state, expected_serial, self.subject.identity, self.policy))

    def append(self, run: Run) -> State:
        target = Target(self.subject.name, self.subject.identity, "")
        with self.database("begin immediate") as database:
            return self._put(database, with_run(self._state(database), run, target, self.policy))

    @contextmanager
    def _exclusive(self, timeout: float = 0.0) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = sha256(self.subject.identity.encode()).hexdigest()
        with closing(sqlite3.connect(self.folder / f"{name}.lock", timeout=timeout, isolation_level=None)) as held:
            try:
                held.execute("begin exclusive")
            except sqlite3.OperationalError:
                raise locked(self.subject.name, self._owner()) from None
            yield

    @contextmanager
    def lock(self, owner: Owner, *, timeout: float = 0.0) -> Iterator[Owner | None]:
        with self._exclusive(timeout):
            dead = self._owner()
            with self.database("begin immediate") as database:
                database.execute(ANNOUNCE, [self.subject.identity, owner.dump()])
            try:
                yield dead
            finally:
                self._forget()

    def _forget(self) -> None:
        with self.database("begin immediate") as database:
            database.execute("delete from owners where identity = ?", [self.subject.identity])

    def unlock(self, agree: Callable[[Owner], object]) -> Owner | None:
        with self._exclusive():  # SQLite ends a lock with its process: only the name of a dead one is left
            owner = self._owner()
            if owner is not None:
                agree(owner)
                self._forget()
        return owner

    def texts(self) -> tuple[Kept, ...]:
        query = "select digest, time from texts where identity = ? order by time, rowid"
        with self.database() as database:
            return tuple(Kept(one, timestamp(when)) for one, when in database.execute(query, [self.subject.identity]))

    def _owner(self) -> Owner | None:
        with self.database() as database:
            row = database.execute("select text from owners where identity = ?", [self.subject.identity]).fetchone()
        return None if row is None else Owner.load(row[0])

    def keep(self, text: str) -> str:
        digest, now, identity = digest_of_text(text), self._clock(), self.subject.identity
        oldest = now - self.policy.kept_days * 86400
        with self.database("begin immediate") as database:
            database.execute(KEEP, [identity, digest, text.encode("utf-8", "surrogateescape"), now])
            database.execute(
                PRUNE, {"identity": identity, "newest": digest, "oldest": oldest, "kept": self.policy.kept}
            )
        return digest

    def fetch(self, digest: str) -> str:
        with self.database() as database:
            row = database.execute(
                "select bytes from texts where identity = ? and digest = ?", [self.subject.identity, digest]
            ).fetchone()
        if row is None:
            raise InputError(f"{digest} is not kept", hint="keep it first")
        text: str = row[0].decode("utf-8", "surrogateescape")
        if digest_of_text(text) != digest:
            raise InputError(f"{digest}: the text was changed after it was kept", hint="keep it again")
        return text
