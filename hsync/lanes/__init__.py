"""lanes: the ways in which a plan reaches the server, one file each.

To add one: a file with an object `LANE`, and its cases in `tests/unit/lanes`. A module with a `LANE` is found.
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
"""In the order in which they are preferred."""


Prove = Callable[[Lane, tuple[Operation, ...]], tuple[str, str]]
"""Lane and operations -> the text that they lead to, and what of it is at a wrong place; "" for nothing."""


class Way(NamedTuple):
    """The lane of a plan, why it is this one, what it sends, and the text that this leads to."""

    lane: Lane
    reason: str
    operations: tuple[Operation, ...]
    promised: str


def lane_of(name: str) -> Lane:
    """The lane of a name in a plan; KeyError when there is none."""
    return {lane.name: lane for lane in LANES}[name]


def _unproved(lane: Lane, operations: tuple[Operation, ...]) -> tuple[str, str]:
    """Proves nothing."""
    del lane, operations
    return "", ""


def choose(task: Task, prove: Prove = _unproved) -> Way:
    """The first lane that can carry a task, fast enough, and whose operations lead where they should.

    Args:
        task: what is to be carried.
        prove: replays the operations of a lane; default: nothing is proved. It raises when they lead to other objects.

    Returns:
        The lane. Its reason is why the one before it was not taken.

    Raises:
        BugError: a lane that could carry the task did not lead there.
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
    raise BugError(f"no lane carries this: {reason}")
