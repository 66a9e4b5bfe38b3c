"""stores: the interface of a store, which has the state, lock, history and kept texts of one target.

Rule 1: a store belongs to one target identity (its URL, or the resolved path of its file).
Rule 2: `write` is compare-and-swap: it fails if the serial in the store is not the expected one. It is atomic even
without the lock, so a process that does not hold the lock cannot damage the state.
Rule 3: `append` does not change the serial, and `write` keeps all runs in the store, so that concurrent calls lose
neither a run of the history nor a state.
Rule 4: a store keeps the text of `state.dump_state`, and refuses a newer format, even before it writes.
Rule 5: kept texts may contain secrets, so only the owner may read them.

Theory of operation: the protocols are small, so that a function can require only those that it uses: `Reader`,
`Writer`, `Locker`, `History`, `Keeper`. `StateStore` has all of them, for one target. `FileStore` is the first store
(see `filestore`).

To add a store, add one module to `hsync/store/kinds`, with a class that has these methods:

    class PostgresStore:
        def __init__(self, where: str, subject: Subject, policy: Policy) -> None: ...
        def read(self) -> State | None: ...          # select state, history from hsync where identity = ...
        def write(self, state, *, expected_serial):  # update ... where identity = ... and serial = expected_serial
        ...

    KIND = Kind("postgres", PostgresStore)

Then `state = "postgres://db.example/hsync"` in hsync.toml selects it, and one entry in tests/contract/stores.py runs
the contract suite on it (tests/contract/test_stores.py). No other file changes.

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
from hsync.store.state import Run, State, chained

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
"""Default number of runs in the history."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The target of a store.

    Args:
        name: of the target, for messages and names.
        identity: the URL, or `file:` or `unix://` with the resolved path. The key of the target.
        derived: whether the name was derived from the identity, so that other targets may have the same name.
    """

    name: str
    identity: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a store.

    Args:
        history: maximum number of runs in the history.
        kept: maximum number of texts of `keep`; the latest text is never deleted.
        kept_days: maximum age of a text in days.

    Raises:
        UsageError: a number is less than 1.
    """

    history: int = HISTORY
    kept: int = 50
    kept_days: int = 90

    def __post_init__(self) -> None:
        for name, number in asdict(self).items():
            if number < 1:
                raise UsageError(f"{name} = {number}: the minimum is 1", hint=f"set {name} to 1 or more")


@dataclass(frozen=True, slots=True)
class Owner:
    """The run that holds a lock, for messages only.

    Args:
        user: its user.
        host: its host.
        pid: its process id on the host.
        since: time of the lock, `2026-11-23T21:20:04Z`.
        command: its command, without values of options: `hsync apply`.
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

    @property
    def person(self) -> str:
        """User and host, `ann@host7`."""
        return f"{self.user}@{self.host}"

    def words(self, now: datetime | None = None) -> str:
        """The owner in a message: `process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z (12 s)`."""
        running = f": {self.command}" if self.command else ""
        age = self.age_s(now)
        for_long = "" if age is None else f" ({_duration(age)})"
        return f"process {self.pid} of {self.user} on {self.host}{running}, since {self.since}{for_long}"

    def age_s(self, now: datetime | None = None) -> int | None:
        """Age of the lock in seconds; None if `since` is not a time."""
        try:
            return max(0, round(((now or datetime.now(UTC)) - datetime.fromisoformat(self.since)).total_seconds()))
        except (ValueError, TypeError):  # not a time, or without a zone
            return None

    def dump(self) -> str:
        """The owner as a text, which a store can write beside its lock."""
        return json.dumps(asdict(self), sort_keys=True) + "\n"

    @classmethod
    def load(cls, text: str) -> Owner | None:
        """The owner from a text of `dump`; None for any other text."""
        try:
            found = json.loads(text)
            fields = (found.get("user", ""), found["host"], found["pid"], found["since"], found.get("command", ""))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        return cls(*fields) if tuple(map(type, fields)) == (str, str, int, str, str) else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
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
        """The state with its serial and history; None if the target has no state.

        Raises:
            InputError: the state cannot be read, has a newer format, or is damaged.
        """


class Writer(Protocol):
    """Writes the state."""

    def write(self, state: State, *, expected_serial: int) -> State:
        """Write a state, if the serial in the store is the expected one.

        Args:
            state: the new state. Its target gets the identity of the store.
            expected_serial: the serial that was read; 0 if there was no state. A state that was deleted since then
                is written again.

        Returns:
            The state that was written, with the next serial, and with the runs that were appended since it was read.

        Raises:
            StalePlanError: another run wrote the state since it was read. Nothing was changed.
            InputError: the store has another history (lineage), a newer format, or cannot be written.
        """


class Locker(Protocol):
    """Excludes other runs on the same target."""

    def lock(self, owner: Owner, *, timeout: float = 0.0) -> AbstractContextManager[Owner | None]:
        """Hold the lock of the target during the block.

        Args:
            owner: this run, for messages of other runs.
            timeout: seconds to wait for another run to end.

        Returns:
            The owner that died with the lock; None if there was none.

        Raises:
            LockedError: another run holds the lock; the message has the run and its age.
            InputError: the store cannot be written.
        """


class History(Protocol):
    """The history of runs that have ended."""

    def append(self, run: Run) -> State:
        """Add a run to the history. Needs no lock; concurrent calls lose no run.

        Args:
            run: the run that ended.

        Returns:
            The state with the run; its serial is unchanged, or 1 for a new state.

        Raises:
            InputError: the store cannot be read or written.
        """


class Keeper(Protocol):
    """Keeps whole texts by their digest: plan files, and configurations before and after a run."""

    def keep(self, text: str) -> str:
        """Keep a text, and delete the oldest texts beyond the limits of the policy.

        Args:
            text: any text, with surrogates for undecodable bytes.

        Returns:
            `sha256:` and the hex digest of its bytes.

        Raises:
            InputError: the store cannot be written.
        """

    def fetch(self, digest: str) -> str:
        """The kept text with a digest.

        Args:
            digest: from `keep`.

        Raises:
            InputError: this is not a digest, or the text was deleted or damaged.
        """


class StateStore(Reader, Writer, Locker, History, Keeper, Protocol):
    """All data of a target, see the single protocols."""

    @property
    def subject(self) -> Subject:
        """The target of the store."""

    def warnings(self) -> tuple[str, ...]:
        """Problems with the place of the state, each as a sentence with a remedy."""


# Functions for all stores


def check_write(found: State | None, state: State, expected_serial: int, source: str) -> None:
    """Refuse a write if the state in the store is not the expected one.

    Args:
        found: the state in the store.
        state: the new state.
        expected_serial: the serial that the writer read.
        source: the place of the state, for messages.

    Raises:
        StalePlanError: another run wrote the state.
        InputError: the store has another history.
    """
    if found is None:
        return
    if expected_serial and found.lineage != state.lineage:
        raise InputError(
            f"{source}: the state has another history (lineage {found.lineage}, not {state.lineage})",
            hint="two projects or branches use this state: keep one of the two, then: hsync import",
        )
    if found.serial != expected_serial:
        raise StalePlanError(
            f"{source}: another run has written the state (serial {found.serial}, this run read {expected_serial})",
            hint="see its outcome with `hsync state history`, then make the plan again: `hsync plan`",
        )


def next_state(found: State | None, state: State, expected_serial: int, identity: str, policy: Policy) -> State:
    """The state that `write` stores.

    Args:
        found: the state in the store.
        state: the state from the writer.
        expected_serial: the serial that the writer read.
        identity: of the target.
        policy: for the length of the history.
    """
    return replace(
        state,
        target=replace(state.target, url=identity),
        serial=expected_serial + 1,
        history=chained(_merged(found.history if found else (), state.history, policy.history))[-policy.history :],
        owned=tuple(sorted(state.owned)),
    )


def with_run(found: State | None, run: Run, target: Target, policy: Policy) -> State:
    """The state that `append` stores.

    Args:
        found: the state in the store.
        run: the run that ended.
        target: for a new state.
        policy: for the length of the history.
    """
    state = found or State(target, serial=1)
    return replace(state, history=chained((*state.history, run))[-policy.history :])


def _merged(there: tuple[Run, ...], given: tuple[Run, ...], most: int) -> tuple[Run, ...]:
    """All runs of both histories without duplicates: those of the store first, whose order the chain holds.

    From a full store the oldest runs were removed: they are not new if another history still has them.
    """
    if given[: len(there)] == there:
        return given
    new = Counter(given) - Counter(there)
    first = there[0].when if len(there) >= most else ""
    return (*there, *sorted((run for run in new.elements() if run.when >= first), key=lambda run: run.when))


def locked(name: str, owner: Owner | None) -> LockedError:
    """The error for a lock that another run holds.

    Args:
        name: of the target.
        owner: the other run; None if it is unknown.
    """
    words = owner.words() if owner else "its process is unknown"
    return LockedError(
        f"another run of hsync holds the lock of {name} ({words})",
        owner=owner.words() if owner else "",
        age_s=owner.age_s() if owner else None,
        hint="wait for its end, or use --lock-timeout SECONDS; the lock ends with the process: do not delete a file",
    )


def digest_of_text(text: str) -> str:
    """`sha256:` and the hexadecimal digest of a text's bytes: the name of a kept text."""
    return f"sha256:{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"
