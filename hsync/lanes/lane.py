"""lane: the interface of lanes. A lane is the way in which a plan is applied.

Theory: a lane is one object in one file. It decides whether it can execute the changes of a plan, converts them into
operations, predicts the resulting text, checks the operations of a plan file, runs them, and has the descriptions of
itself for people. No other code tests which lane a plan has.

Rule 1: a lane has no state. The state of a run is in its `Run`.
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
    from hsync.syntax import Section

__all__ = ["Lane", "Replay", "Task"]

Replay = Callable[[str, "Sequence[Operation]"], str]
"""From a text and operations to the text that a server makes of them, without header lines."""


@dataclass(frozen=True, slots=True)
class Task:
    """The input of a lane: the changes, and the target.

    Args:
        current: the configuration of the target.
        desired: the configuration of the templates.
        deltas: the sections whose meaning changes.
        api: the target's API release, `3.2`.
        kept: whether the target stores a text byte for byte.
        whole: why only a raw push is possible, whatever the changes are; "" if there is no such reason.
    """

    current: Configuration
    desired: Configuration
    deltas: tuple[Delta, ...]
    api: str
    kept: bool = False
    whole: str = ""

    @property
    def same_words(self) -> bool:
        """Whether HAProxy reads the same words in the same order in both configurations."""
        olds, news = _with_words(self.current), _with_words(self.desired)
        pairs = zip(olds, news, strict=False)
        return len(olds) == len(news) and all(old.text == new.text or old.meaning == new.meaning for old, new in pairs)

    @property
    def same_text(self) -> bool:
        """Whether both configurations have the same text, except for header lines of a server."""
        current, desired = (split_header(emit(side.document))[1] for side in (self.current, self.desired))
        return current.lstrip("\n") == desired.lstrip("\n")


def _with_words(configuration: Configuration) -> list[Section]:
    return [section for section in configuration.document.sections if section.kind or section.directives]


class Lane(ABC):
    """A lane."""

    name: ClassVar[str]
    """The name in the plan file."""

    preference: ClassVar[int]
    """The possible lane with the lowest number is chosen."""

    reason: ClassVar[str]
    """Why the lane was chosen, if it is the most preferred one."""

    sends: ClassVar[str]
    """How the operations are sent, for people: `one transaction`, after "operations, in"."""

    proof: ClassVar[str]
    """How the result is proved, for people."""

    whole: ClassVar[bool]
    """Whether the operations have the whole text, including unchanged sections."""

    comments: ClassVar[bool]
    """Whether the operations keep comments."""

    @abstractmethod
    def why_not(self, task: Task) -> str:
        """Why this lane cannot execute a task; "" if it can."""

    @abstractmethod
    def operations(self, task: Task) -> tuple[Operation, ...]:
        """The operations for a task, in order."""

    @abstractmethod
    def too_slow(self, task: Task, operations: Sequence[Operation]) -> str:
        """Why another lane is better according to the cost model; "" if these operations are fast enough."""

    @abstractmethod
    def promised(self, base: str, plan: Plan, replay: Replay) -> str:
        """The text that results from a plan, without header lines.

        Args:
            base: the text on which the plan is based.
            plan: a plan of this lane.
            replay: applies operations to a text.

        Raises:
            ServerRefused: the operations do not fit the text.
            UnsafePlanError: the layout of the plan does not fit the result of the operations.
        """

    @abstractmethod
    def fault_of(self, operation: Operation) -> str:
        """Why an operation is not allowed in a plan file of this lane; "" if it is."""

    @abstractmethod
    def fault_in(self, plan: Plan) -> str:
        """Why the operations of a plan file do not fit together; "" if they do."""

    @abstractmethod
    def unfinished(self, plan: Plan, snapshot: Snapshot) -> bool:
        """Whether the target has stored the result of a plan, but no reload was requested."""

    @abstractmethod
    def run(self, run: Run, base: Snapshot, promised: str) -> Outcome:
        """Send a plan, prove the result, commit it and wait for the reload.

        Args:
            run: the plan, the server, and the function for events.
            base: the current text of the target.
            promised: the text that results from the plan.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """

    def finish(self, run: Run, stored: Snapshot) -> Outcome:
        """Request the reload for a result that an earlier run of the plan has stored.

        Args:
            run: the plan and the server.
            stored: the text of the target: the result of the plan.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """
        return run.reload_stored(stored)

    @abstractmethod
    def rehearse(self, run: Run, promised: str) -> tuple[str, str]:
        """Try a plan on the server, without any effect that remains.

        Args:
            run: the plan and the server.
            promised: the text that results from the plan.

        Returns:
            The text that the server would store, and what was proved, for people; "" if nothing was sent.

        Raises:
            The errors of `hsync.session.apply_plan`.
        """
