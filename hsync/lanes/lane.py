"""lane: what every lane knows. A lane is the way in which a plan reaches the server.

Theory: a lane is one object in one file. It knows whether it can carry the changes of a plan, which operations say
them, what text these lead to, which of them a plan file may hold, how to run them, and its words for people. Nobody
else asks which lane a plan takes.

Rule 1: a lane has no state. What a run remembers is in its `Run`.
Rule 2: the lane of a plan is chosen when planning, printed with its reason, and never switched while applying.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hsync.plan.snapshot import split_header
from hsync.syntax import emit

if TYPE_CHECKING:
    from hsync.lanes.run import Outcome, Run
    from hsync.model import Configuration
    from hsync.plan.compare import Delta
    from hsync.plan.plan import Operation, Plan
    from hsync.plan.snapshot import Snapshot

__all__ = ["Lane", "Replay", "Task"]

Replay = Callable[[str, "Sequence[Operation]"], str]
"""A text and operations -> the text that a server makes of them, without its header lines."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a lane is asked to carry.

    Args:
        current: what the target runs.
        desired: what it should run.
        deltas: the sections that change their meaning.
        api: the target's API release, `3.2`.
        kept: whether the target keeps the text that it is given, byte for byte.
        whole: why only a push of the whole text is right, whatever changes; "" for no such reason.
    """

    current: Configuration
    desired: Configuration
    deltas: tuple[Delta, ...]
    api: str
    kept: bool = False
    whole: str = ""

    @property
    def same_words(self) -> bool:
        """Whether HAProxy reads the same words in the same order on both sides."""
        return _words(self.current) == _words(self.desired)

    @property
    def same_text(self) -> bool:
        """Whether both sides are the same text, apart from header lines of a server."""
        current, desired = (split_header(emit(side.document))[1] for side in (self.current, self.desired))
        return current.lstrip("\n") == desired.lstrip("\n")


def _words(configuration: Configuration) -> list[tuple[tuple[str, ...], ...]]:
    return [section.meaning for section in configuration.document.sections if section.kind or section.directives]


class Lane(ABC):
    """One lane."""

    name: ClassVar[str]
    """As in the plan file."""

    preference: ClassVar[int]
    """Of the lanes that can carry a plan the one with the lowest number is taken."""

    reason: ClassVar[str]
    """Why a plan takes this lane when it is the first choice."""

    sends: ClassVar[str]
    """`one transaction`, behind "operations, in"."""

    proof: ClassVar[str]
    """How the result is proved, for people."""

    whole: ClassVar[bool]
    """Whether the operations say the whole text, also of what does not change."""

    comments: ClassVar[bool]
    """Whether comments travel with the lines that are sent."""

    @abstractmethod
    def why_not(self, task: Task) -> str:
        """Why this lane cannot carry a task; "" when it can."""

    @abstractmethod
    def operations(self, task: Task) -> tuple[Operation, ...]:
        """The operations that carry a task, in order."""

    @abstractmethod
    def too_slow(self, task: Task, operations: Sequence[Operation]) -> str:
        """Why another lane should carry these operations, by the cost model; "" when they are fast enough."""

    @abstractmethod
    def promised(self, base: str, plan: Plan, replay: Replay) -> str:
        """The text that a plan leads to, without header lines.

        Args:
            base: the text that the plan was made on.
            plan: of this lane.
            replay: makes a text of operations.

        Raises:
            ServerRefused: the operations do not fit the text.
            UnsafePlanError: the layout of the plan does not fit what they lead to.
        """

    @abstractmethod
    def fault_of(self, operation: Operation) -> str:
        """Why a plan file of this lane may not hold an operation; "" when it may."""

    @abstractmethod
    def fault_in(self, plan: Plan) -> str:
        """Why the operations of a plan file do not fit together; "" when they do."""

    @abstractmethod
    def unfinished(self, plan: Plan, snapshot: Snapshot) -> bool:
        """Whether the target has stored the result of a plan, and HAProxy was not told to reload it."""

    @abstractmethod
    def run(self, run: Run, base: Snapshot, promised: str) -> Outcome:
        """Send a plan, prove what the server made of it, commit it and await the reload.

        Args:
            run: the plan, the server, and who is told.
            base: what the target runs now.
            promised: the text that the plan leads to.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """

    def finish(self, run: Run, stored: Snapshot) -> Outcome:
        """Tell HAProxy to reload what an earlier run of the plan has stored.

        Args:
            run: the plan and the server.
            stored: what the target has stored: the result of the plan.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """
        return run.reload_stored(stored)

    @abstractmethod
    def rehearse(self, run: Run, promised: str) -> tuple[str, str]:
        """Try a plan on the server, as far as that leaves nothing behind.

        Args:
            run: the plan and the server.
            promised: the text that the plan leads to.

        Returns:
            The text that the server would store, and what was shown, in words; "" when nothing was tried.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """
