"""events: what a session tells while it is at work. One stream; the journal, a progress bar, a log are its readers.

Rule 1: a phase is told before its request is sent, so that whoever writes phases down knows what may have happened.
Rule 2: a reader that raises ends the work, as an error of the work itself would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["Event", "Listener", "Phase", "PhaseBegan", "Recovered", "Step", "silent"]


class Phase(StrEnum):
    """What an apply is about to do. Each has one meaning; the values stand in state files."""

    BEGIN = "begin"
    """Open a transaction. Facts: `version`."""
    SEND = "send"
    """Send the operations. Facts: `transaction`."""
    COMMIT = "commit"
    """Commit the transaction. Facts: `transaction`, `sha256` of the staged text."""
    PUSH = "push"
    """Store the whole text without a reload. Facts: `version`."""
    RESTORE = "restore"
    """Put the old text back after a push that stored something else. Facts: `version`."""
    FINISH = "finish"
    """Push what is stored once more, with the reload. Facts: `sha256`."""
    RELOAD = "reload"
    """Wait for the reload and read the target again. Facts: `reload`, `sha256`."""

    @property
    def stored(self) -> bool:
        """Whether the result of the plan may be stored on the target once this phase has begun."""
        return self in {Phase.COMMIT, Phase.FINISH, Phase.RELOAD}

    @property
    def behind_commit(self) -> bool:
        """Whether the run must go on even if nobody can write this phase down: the target has changed already."""
        return self in {Phase.RESTORE, Phase.FINISH, Phase.RELOAD}

    @classmethod
    def of_record(cls, name: str, facts: Mapping[str, str]) -> Phase | None:
        """The phase of a record in a state file; None for one that this hsync does not know.

        hsync 0.1 called FINISH `commit`, without a transaction.
        """
        if name == cls.COMMIT and "transaction" not in facts:
            return cls.FINISH
        return cls(name) if name in set(cls) else None


@dataclass(frozen=True, slots=True)
class PhaseBegan:
    """A phase is about to begin.

    Args:
        phase: which.
        facts: what a later run needs to find out whether it happened; see `Phase`. No secrets.
    """

    phase: Phase
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """Something is being done.

    Args:
        what: in words, `create backends/web`, `waiting for the reload`.
        done: operations done.
        total: operations in all.
    """

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Recovered:
    """An earlier run had died, and its fate was found out.

    Args:
        phase: the last one that it had begun.
        outcome: what has become of it, in words.
    """

    phase: str
    outcome: str

    @property
    def words(self) -> str:
        """The same as a sentence."""
        return f"An earlier run died before it had finished (phase {self.phase}): {self.outcome}."


Event = PhaseBegan | Step | Recovered

Listener = Callable[[Event], None]


def silent(event: Event) -> None:
    """Reads no event."""
