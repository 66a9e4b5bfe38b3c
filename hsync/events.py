"""events: the progress of a session, as one stream of values for the journal, a progress bar and a log.

Rule 1: the event of a phase comes before the request of the phase, so that a journal of the events shows what may have
happened.
Rule 2: an error of a consumer of events ends the session, like an error of the session itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Event", "Listener", "Phase", "PhaseBegan", "Recovered", "Step", "TakenOver", "silent"]


class Phase(StrEnum):
    """A phase of apply. Each has one meaning; state files have the values."""

    BEGIN = "begin"
    """Open a transaction. Facts: `version`."""
    SEND = "send"
    """Send the operations. Facts: `transaction`."""
    COMMIT = "commit"
    """Commit the transaction. Facts: `transaction`, `sha256` of the staged text."""
    PUSH = "push"
    """Store the whole text without a reload. Facts: `version`."""
    RESTORE = "restore"
    """Restore the old text after a push that stored another text than promised. Facts: `version`."""
    FINISH = "finish"
    """Push the stored text again, with the reload. Facts: `sha256`."""
    RELOAD = "reload"
    """Wait for the reload and read the target again. Facts: `reload`, `sha256`."""

    @property
    def stored(self) -> bool:
        """Whether the target may have stored the result of the plan after this phase has begun."""
        return self in {Phase.COMMIT, Phase.FINISH, Phase.RELOAD}

    @property
    def behind_commit(self) -> bool:
        """Whether the run must go on even if the journal cannot be written: the target has already changed."""
        return self in {Phase.RESTORE, Phase.FINISH, Phase.RELOAD}

    @classmethod
    def of_record(cls, name: str, facts: Mapping[str, str]) -> Phase | None:
        """The phase of a record in a state file; None if it is unknown to this version of hsync.

        hsync 0.1 called FINISH `commit`, without a transaction.
        """
        if name == cls.COMMIT and "transaction" not in facts:
            return cls.FINISH
        return cls(name) if name in set(cls) else None


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """A phase is about to begin.

    Args:
        phase: the phase.
        facts: data with which a later run can find out whether it happened; see `Phase`. No secrets.
    """

    phase: Phase
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the work.

    Args:
        what: for people: `create backends/web`, `waiting for the reload`.
        done: number of operations done.
        total: number of all operations.
    """

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """An earlier run had died, and its outcome was found out.

    Args:
        phase: the last phase that it had begun.
        outcome: for people.
    """

    phase: str
    outcome: str

    @property
    def words(self) -> str:
        """The outcome as a sentence."""
        return f"An earlier run died before its end (phase {self.phase}): {self.outcome}."


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The lock of an earlier run, whose process has died, was taken over.

    Args:
        name: of the target.
        owner: the dead process, for people.
    """

    name: str
    owner: str

    @property
    def words(self) -> str:
        """The same as a sentence."""
        return f"The lock of {self.name} was taken over from a dead run ({self.owner})."


Event = PhaseBegan | Step | Recovered | TakenOver

Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Ignore an event."""
