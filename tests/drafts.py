"""A plan without a target: comparison, lane and operations, without a proof."""

from __future__ import annotations

from typing import NamedTuple

from hsync.lanes import Task, choose
from hsync.model import Configuration
from hsync.plan import review
from hsync.plan.carry import carried
from hsync.plan.changes import Where, changes_for
from hsync.plan.compare import Delta, compare
from hsync.plan.plan import Change, Operation, Unaddressed
from hsync.plan.risk import Risk
from hsync.risks import risks_between

__all__ = ["Draft", "draft"]


class Draft(NamedTuple):
    """The draft of a plan; for the fields see `Plan`."""

    lane: str
    lane_reason: str
    operations: tuple[Operation, ...]
    changes: tuple[Change, ...]
    deltas: tuple[Delta, ...]
    unaddressed: tuple[Unaddressed, ...]
    risks: tuple[Risk, ...]
    notes: tuple[str, ...]


def draft(
    current: Configuration, desired: Configuration, *, api: str, where: Where | None = None, kept: bool = False
) -> Draft:
    """Compare two configurations, and choose lane and operations."""
    where = where or desired.document.where
    deltas = compare(current, desired)
    changes = changes_for(deltas, where)
    way = choose(Task(current, desired, tuple(deltas), api, kept))
    return Draft(
        way.lane.name,
        way.reason,
        carried(way.operations, changes),
        changes,
        tuple(deltas),
        tuple(review.unaddressed(current, desired, deltas, where)),
        risks_between(current, desired, desired, where),
        tuple(review.notes(current, desired, deltas, kept=kept, comments=way.lane.comments)),
    )
