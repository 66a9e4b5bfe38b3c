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

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Protocol

from hsync.errors import InputError, StalePlanError, UsageError
from hsync.plan.plan import Target
from hsync.store.owners import Owner, locked
from hsync.store.state import Run, State, chained

__all__ = [
    "HISTORY",
    "Kept",
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
class Kept:
    """A kept text in a list.

    Args:
        digest: of the text, from `keep`.
        when: when it was kept last, `2026-11-23T21:20:04Z`.
    """

    digest: str
    when: str


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

    def unlock(self, agree: Callable[[Owner], object]) -> Owner | None:
        """Release a lock whose owner has died, or is on another host, where nobody here can see whether it lives.

        Args:
            agree: called with the owner before anything is released; its error keeps the lock.

        Returns:
            The owner whose lock was released; None if there was no lock.

        Raises:
            LockedError: the owner is at work on this host, or is unknown.
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

    def texts(self) -> tuple[Kept, ...]:
        """The kept texts, the newest last; their content is not read.

        Raises:
            InputError: the store cannot be read.
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


def digest_of_text(text: str) -> str:
    """`sha256:` and the hexadecimal digest of a text's bytes: the name of a kept text."""
    return f"sha256:{sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()}"
