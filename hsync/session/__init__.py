"""Sessions: `make_plan`, `apply_plan` and `verify_plan`, and the steps of a command on one target.

They share the promised text of a plan: see `promise`. A name is imported when it is first used, so that a command that
only reads its options imports nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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

_HOMES = {
    **dict.fromkeys(("Desired", "read_desired"), "session.desired"),
    **dict.fromkeys(("make_plan", "plan_on", "reduced"), "session.planning"),
    **dict.fromkeys(("refuse_split_brain", "replay"), "session.promise"),
    "apply_plan": "session.applying",
    "verify_plan": "session.verifying",
}
"""The module of each name; the other names are in `hsync.lanes`."""


def __getattr__(name: str) -> object:
    """Import a name at its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'hsync.session' has no attribute {name!r}")
    value: object = getattr(import_module(f"hsync.{_HOMES.get(name, 'lanes')}"), name)
    globals()[name] = value
    return value
