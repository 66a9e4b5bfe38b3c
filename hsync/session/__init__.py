"""Sessions: `make_plan`, `apply_plan` and `verify_plan`, and the steps of a command on one target.

They share the promised text of a plan: see `promise`. A name is imported when it is first used, so that a command that
only reads its options imports nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

if TYPE_CHECKING:
    from hsync.lanes import OperationRefused, Outcome, current_of, deleting, send_operations
    from hsync.session.applying import apply_plan
    from hsync.session.desired import Desired, read_desired
    from hsync.session.planning import make_plan, plan_on, reduced
    from hsync.session.promise import refuse_split_brain, replay
    from hsync.session.verifying import verify_plan

__all__ = [
    "Desired",
    "OperationRefused",
    "Outcome",
    "apply_plan",
    "current_of",
    "deleting",
    "make_plan",
    "plan_on",
    "read_desired",
    "reduced",
    "refuse_split_brain",
    "replay",
    "send_operations",
    "verify_plan",
]

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(("OperationRefused", "Outcome", "current_of", "deleting", "send_operations"), "lanes"),
        **dict.fromkeys(("Desired", "read_desired"), "session.desired"),
        **dict.fromkeys(("make_plan", "plan_on", "reduced"), "session.planning"),
        **dict.fromkeys(("refuse_split_brain", "replay"), "session.promise"),
        "apply_plan": "session.applying",
        "verify_plan": "session.verifying",
    },
)
