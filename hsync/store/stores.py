"""stores: the interface to what hsync remembers about one target, wherever it is kept.

Rule 1: a store is about one target identity (its URL, or the resolved path of its file). It never sees another one.
Rule 2: `write` is compare-and-swap: it refuses when the serial in the store is not the expected one. It is atomic
without the lock: a process that does not hold the lock cannot damage the state either.
Rule 3: the history belongs to `append`. `append` does not change the serial, and `write` keeps all runs that are in the
store: neither a run of the history nor a state is lost when both happen at the same time.
Rule 4: a store keeps the text of `state.dump_state`, and refuses a newer format by name, also before it writes.
Rule 5: kept texts may hold secrets: nobody but the owner may read them.

Theory of operation: the protocols are small, so that a function asks for what it uses: `Reader`, `Writer`, `Locker`,
`History`, `Keeper`. `StateStore` is all of them, for one target. `FileStore` is the first store (see `filestore`).

To add a store, write one file in `hsync/store/kinds` with a class that has these methods; it is found:

    class PostgresStore:
        def __init__(self, where: str, subject: Subject, policy: Policy) -> None: ...
        def read(self) -> State | None: ...          # select state, history from hsync where identity = ...
        def write(self, state, *, expected_serial):  # update ... where identity = ... and serial = expected_serial
        ...

    KIND = Kind("postgres", PostgresStore)

Then `state = "postgres://db.example/hsync"` in hsync.toml means it, and one entry in tests/contract/stores.py runs the
contract suite over it (tests/contract/test_stores.py). No other file changes.

Source: OpenTofu `internal/states/statemgr` (small interfaces, one suite for all stores), Atlas `sql/migrate`
`RevisionReadWriter`.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

from hsync.errors import InputError, LockedError, StalePlanError, UsageError
from hsync.plan.plan import Target
from hsync.store.files import timestamp
from hsync.store.state import Run, State

__all__ = [
    "HISTORY",
    "Owner",
    "Policy",
    "StateStore",
    "Subject",
    "check_write",
    "digest_of_text",
    "locked",
    "next_state",
    "with_run",
]

HISTORY = 50
"""Runs that are remembered."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The target that a store is about.

    Args:
        name: of the target, for messages and names.
        identity: the URL, or `file:` or `unix://` with the resolved path. It alone decides.
        derived: whether the name was derived from the identity, so that other targets may have the same name.
    """

    name: str
    identity: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """How much a store keeps.

    Args:
        history: runs in the history.
        kept: texts of `keep`; the text that was kept last always stays.
        kept_days: days that a text stays.

    Raises:
        UsageError: a number is less than 1.
    """

    history: int = HISTORY
    kept: int = 50
    kept_days: int = 90

    def __post_init__(self) -> None:
        for name, number in asdict(self).items():
            if number < 1:
                raise UsageError(f"{name} = {number}: at least 1 must be kept", hint=f"set {name} to 1 or more")


@dataclass(frozen=True, slots=True)
class Owner:
    """The run that holds a lock. For messages; decides nothing.

    Args:
        user: who started it.
        host: where it runs.
        pid: its process id there.
        since: when it got the lock, `2026-11-23T21:20:04Z`.
        command: what it runs, without values of options: `hsync apply`.
    """

    user: str
    host: str
    pid: int
    since: str
    command: str = ""

    @classmethod
    def here(cls, command: str = "") -> Owner:
        """This process, now."""
        return cls(_user(), socket.gethostname(), os.getpid(), timestamp(), command)

    def words(self, now: datetime | None = None) -> str:
        """The owner in a message: `process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z (12 s)`."""
        running = f": {self.command}" if self.command else ""
        age = self.age_s(now)
        for_long = "" if age is None else f" ({_duration(age)})"
        return f"process {self.pid} of {self.user} on {self.host}{running}, since {self.since}{for_long}"

    def age_s(self, now: datetime | None = None) -> int | None:
        """Seconds since it got the lock; None when its time cannot be read."""
        try:
            return max(0, round(((now or datetime.now(UTC)) - datetime.fromisoformat(self.since)).total_seconds()))
        except (ValueError, TypeError):  # no time, or one without a zone
            return None

    def dump(self) -> str:
        """The text form that a store may keep beside its lock."""
        return json.dumps(asdict(self), sort_keys=True) + "\n"

    @classmethod
    def load(cls, text: str) -> Owner | None:
        """Read what `dump` wrote; None for anything else, since it serves messages only."""
        try:
            found = json.loads(text)
            fields = (found.get("user", ""), found["host"], found["pid"], found["since"], found.get("command", ""))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        return cls(*fields) if tuple(map(type, fields)) == (str, str, int, str, str) else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return f"user {os.getuid()}"


def _duration(seconds: int) -> str:
    """`12 s`, `3 min`, `5 h`, `2 days`."""
    for unit, size in (("days", 172800), ("h", 7200), ("min", 120)):
        if seconds >= size:
            return f"{seconds // {'days': 86400, 'h': 3600, 'min': 60}[unit]} {unit}"
    return f"{seconds} s"


class Reader(Protocol):
    """Reads the state."""

    def read(self) -> State | None:
        """The state with its serial and history; None when nothing is remembered about the target.

        Raises:
            InputError: it cannot be read, has a newer format, or is not what hsync wrote.
        """


class Writer(Protocol):
    """Writes the state."""

    def write(self, state: State, *, expected_serial: int) -> State:
        """Write the state if it is still the expected one.

        Args:
            state: what to write. Its target gets the identity of the store.
            expected_serial: the serial that was read; 0 when nothing was there. A state that somebody removed since
                then is written again.

        Returns:
            What was written: with the next serial, and with the runs that were appended since.

        Raises:
            StalePlanError: another run wrote the state since it was read. Nothing was changed.
            InputError: the store has another history (lineage), a newer format, or cannot be written.
        """


class Locker(Protocol):
    """Excludes other runs on the same target."""

    def lock(self, owner: Owner, *, timeout: float = 0.0) -> AbstractContextManager[Owner | None]:
        """Hold the lock of the target for the time of a block.

        Args:
            owner: this run, for the messages of the others.
            timeout: seconds to wait for another run to end.

        Returns:
            The owner that died with the lock, when this run took it over; else None.

        Raises:
            LockedError: another run holds it; the message names it and its age.
            InputError: the store cannot be written.
        """


class History(Protocol):
    """Remembers runs that ended."""

    def append(self, run: Run) -> State:
        """Add a run to the history. Needs no lock, and loses no other run, whoever writes at the same time.

        Args:
            run: the run that ended.

        Returns:
            The state with the run; its serial is unchanged, or 1 when nothing was there.

        Raises:
            InputError: the store cannot be read or written.
        """


class Keeper(Protocol):
    """Keeps whole texts by their digest: plan files, and configurations before and after a run."""

    def keep(self, text: str) -> str:
        """Keep a text, and let go of the oldest texts that the policy does not keep.

        Args:
            text: any text, undecodable bytes as surrogates; a plan file is kept as its text.

        Returns:
            `sha256:` and the hex digest of its bytes.

        Raises:
            InputError: the store cannot be written.
        """

    def fetch(self, digest: str) -> str:
        """The text of a digest.

        Args:
            digest: what `keep` returned.

        Raises:
            InputError: it is not a digest, not kept any more, or was damaged.
        """


class StateStore(Reader, Writer, Locker, History, Keeper, Protocol):
    """All that hsync remembers about one target."""

    @property
    def subject(self) -> Subject:
        """The target that the store is about."""

    def warnings(self) -> tuple[str, ...]:
        """What is odd about where the state is kept, a sentence each with a remedy."""


# What every store does in the same way


def check_write(found: State | None, state: State, expected_serial: int, source: str) -> None:
    """Refuse a write when the store holds another state than the writer expects.

    Args:
        found: the state in the store.
        state: what is to be written.
        expected_serial: the serial that the writer read.
        source: where the state is, for messages.

    Raises:
        StalePlanError: another run wrote the state.
        InputError: the store has another history.
    """
    if found is None:
        return
    if expected_serial and found.lineage != state.lineage:
        raise InputError(
            f"{source}: this is another history (lineage {found.lineage}, not {state.lineage})",
            hint="two projects or branches share this state: keep one of the two, then: hsync import",
        )
    if found.serial != expected_serial:
        raise StalePlanError(
            f"{source}: another run wrote the state meanwhile (serial {found.serial}, this run read {expected_serial})",
            hint="see what it did with `hsync state history`, then make the plan again: `hsync plan`",
        )


def next_state(found: State | None, state: State, expected_serial: int, identity: str, policy: Policy) -> State:
    """The state that a write puts into the store.

    Args:
        found: the state in the store.
        state: what the writer gave.
        expected_serial: the serial that the writer read.
        identity: of the target.
        policy: for the length of the history.
    """
    return replace(
        state,
        target=replace(state.target, url=identity),
        serial=expected_serial + 1,
        history=_merged(found.history if found else (), state.history)[-policy.history :],
        owned=tuple(sorted(state.owned)),
    )


def with_run(found: State | None, run: Run, target: Target, policy: Policy) -> State:
    """The state that `append` puts into the store.

    Args:
        found: the state in the store.
        run: the run that ended.
        target: for a state that is made now.
        policy: for the length of the history.
    """
    state = found or State(target, serial=1)
    return replace(state, history=(*state.history, run)[-policy.history :])


def _merged(there: tuple[Run, ...], given: tuple[Run, ...]) -> tuple[Run, ...]:
    """All runs of both, in the order of their ends. A run that both have stays once."""
    if given[: len(there)] == there:
        return given
    new = Counter(given) - Counter(there)
    return tuple(sorted([*there, *new.elements()], key=lambda run: run.when))


def locked(name: str, owner: Owner | None) -> LockedError:
    """The error when another run holds a lock.

    Args:
        name: of the target.
        owner: the other run; None when it left no word.
    """
    words = owner.words() if owner else "it did not write who it is"
    return LockedError(
        f"another run of hsync holds the lock of {name} ({words})",
        owner=owner.words() if owner else "",
        age_s=owner.age_s() if owner else None,
        hint="let it end, or wait with --lock-timeout SECONDS; the lock ends with its process, no file to delete",
    )


def digest_of_text(text: str) -> str:
    """`sha256:` and the hex digest of a text's bytes: the name of a kept text."""
    return f"sha256:{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"
