"""The two stories of hsync, one line per hop: `make_plan` and `apply_plan`; `verify_plan` rehearses the second.

What they share is the promise of a plan: see `promise`.
"""

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
