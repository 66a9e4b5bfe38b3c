"""lanes: the ways in which a plan is applied, one file each.

To add a lane, add a module with an object `LANE`, and its cases in `tests/unit/lanes`. There is no list to edit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hsync.errors import BugError
from hsync.lanes.lane import Lane, Task
from hsync.lanes.run import (
    OperationRefused,
    Outcome,
    Run,
    Stage,
    current_of,
    deleting,
    named,
    send_operations,
)
from hsync.plan.plan import Operation
from hsync.registered import registered

__all__ = [
    "LANES",
    "Lane",
    "OperationRefused",
    "Outcome",
    "Run",
    "Stage",
    "Task",
    "choose",
    "current_of",
    "deleting",
    "lane_of",
    "named",
    "send_operations",
]

LANES = tuple(sorted(registered(__name__, "LANE", Lane), key=lambda lane: lane.preference))  # type: ignore[type-abstract]
"""All lanes, the preferred one first."""


Prove = Callable[[Lane, tuple[Operation, ...]], tuple[str, str]]
"""Replays the operations of a lane: returns the resulting text, and which of its lines are misplaced; "" for none."""


class Way(NamedTuple):
    """The lane of a plan, why it was chosen, its operations, and their result as a text."""

    lane: Lane
    reason: str
    operations: tuple[Operation, ...]
    promised: str


def lane_of(name: str) -> Lane:
    """The lane with a name. KeyError if there is none."""
    return {lane.name: lane for lane in LANES}[name]


def _unproved(lane: Lane, operations: tuple[Operation, ...]) -> tuple[str, str]:
    """A `Prove` that proves nothing."""
    del lane, operations
    return "", ""


def choose(task: Task, prove: Prove = _unproved) -> Way:
    """The first lane that can execute a task, is fast enough, and whose operations have the desired result.

    Args:
        task: the changes.
        prove: replays the operations of a lane; default: no proof. It raises an error if they result in other objects.

    Returns:
        The lane. Its reason says why the lane before it was not chosen.

    Raises:
        BugError: no lane has the desired result.
    """
    reason = ""
    for lane in LANES:
        operations: tuple[Operation, ...] = ()
        why, promised = lane.why_not(task), ""
        if not why:
            operations = lane.operations(task)
            why = lane.too_slow(task, operations)
        if not why and operations:
            promised, why = prove(lane, operations)
        if not why:
            return Way(lane, reason or (lane.reason if operations else "nothing to do"), operations, promised)
        reason = why
    raise BugError(f"no lane can apply these changes: {reason}")
