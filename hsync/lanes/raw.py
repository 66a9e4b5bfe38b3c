"""raw: one versioned push of the whole text, for changes that the API cannot express or would execute too slowly.

Theory of operation: hsync pushes the text without a reload and proves the stored text, which is in the answer. If that
is not the promised text, hsync restores the old text before any reload. Else it pushes the text again, with the reload.

Source: docs/reference/dataplane-api.md 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from hsync.errors import StalePlanError, TargetError, UnsafePlanError
from hsync.events import Phase
from hsync.lanes.lane import Lane, Replay, Task
from hsync.lanes.run import Outcome, Run, named
from hsync.model import CONFIGURATION
from hsync.plan.difference import lines_that_differ, remedy_for
from hsync.plan.plan import RAW, Action, Operation, Plan, Request
from hsync.plan.snapshot import Snapshot, split_header
from hsync.syntax import emit

PATH = f"{CONFIGURATION}/raw"
"""Path of the endpoint."""


class Raw(Lane):
    """One push of the whole text."""

    name = "raw"
    preference = 90
    reason = "the whole text is pushed"
    sends = "one push of the whole text"
    proof = "the text that is pushed is the desired one; what the server stores is compared before the reload"
    whole = True
    comments = True

    def why_not(self, task: Task) -> str:
        """A raw push can execute all changes."""
        del task
        return ""

    def operations(self, task: Task) -> tuple[Operation, ...]:
        """One push of the desired text, with a reload if the words that HAProxy reads, or their order, change."""
        reload = bool(task.whole or task.deltas) or not task.same_words
        request = Request("POST", PATH, (), emit(task.desired.document))
        return (Operation(1, "update", Action.REPLACE, RAW, request, reload=reload),)

    def too_slow(self, task: Task, operations: Sequence[Operation]) -> str:
        """No lane is faster."""
        del task, operations
        return ""

    def promised(self, base: str, plan: Plan, replay: Replay) -> str:
        """The pushed text, for any base."""
        del base, replay
        return split_header(_text(plan))[1]

    def fault_of(self, operation: Operation) -> str:
        """The only operation is a POST of a text."""
        request = operation.request
        if operation.address != RAW:
            return f"the raw lane has no operation on {operation.address}"
        if operation.action is not Action.REPLACE or operation.inverse:
            return "the raw operation replaces the whole text, and its inverse is the base"
        if (request.method, request.path, request.query) != ("POST", PATH, ()):
            return f"the raw operation must be POST {PATH} without a query"
        return "" if isinstance(request.body, str) else "the body of the raw operation must be a text"

    def fault_in(self, plan: Plan) -> str:
        """A raw plan has one operation and no layout."""
        other = next((one.address for one in plan.operations if one.address != RAW), "")
        if other or len(plan.operations) > 1:
            return f"the raw lane has no operation on {other}" if other else "the raw lane has only one operation"
        return "only operations on a file have a layout" if plan.result.layout else ""

    def unfinished(self, plan: Plan, snapshot: Snapshot) -> bool:
        """Whether a run died between its two pushes: each increments the version, but only the second one reloads."""
        reloads = plan.operations[0].reload or not plan.target.keeps_text
        return reloads and snapshot.version == plan.base.version + 1 and not snapshot.split_brain

    def run(self, run: Run, base: Snapshot, promised: str) -> Outcome:
        """Push without a reload, prove the stored text, push again with the reload, read again."""
        text = _text(run.plan)
        if run.validate:
            run.server.validate_raw(text)
        run.begins(Phase.PUSH, version=str(base.version))
        run.step("pushing the whole text", 0)
        stored = run.server.push_raw(text, base.version, skip_reload=True).snapshot
        _prove(run, base, promised, stored)
        if run.plan.target.keeps_text and not run.plan.operations[0].reload:
            run.committed(stored, "")
            return run.settle()
        return self.finish(run, stored)

    def finish(self, run: Run, stored: Snapshot) -> Outcome:
        """Push again, with the reload: to a server the text that it stored, to a file the text of the plan."""
        return run.reload_stored(stored, _text(run.plan) if run.plan.target.keeps_text else "")

    def rehearse(self, run: Run, promised: str) -> tuple[str, str]:
        """Send nothing: a server has no staged text for a raw push."""
        del run
        return promised, ""


def _text(plan: Plan) -> str:
    return str(plan.operations[0].request.body)


def _prove(run: Run, base: Snapshot, promised: str, stored: Snapshot) -> None:
    """Check that the stored text has the promised meaning; else restore the old text and raise UnsafePlanError."""
    left = run.left(promised, stored)
    if not left:
        return
    run.begins(Phase.RESTORE, version=str(stored.version))
    message = run.differs("the stored text differs from the result that the plan promised", left)
    hint, lines = _restore(run, base, stored.version)
    raise UnsafePlanError("\n  ".join([message, *lines]), hint=f"{hint}; {remedy_for(left)}")


def _restore(run: Run, base: Snapshot, version: int) -> tuple[str, tuple[str, ...]]:
    """Restore the old text. Returns the outcome, and the lines that the server changed in it."""
    try:
        back = run.server.push_raw(base.body, version, skip_reload=True).snapshot
    except (StalePlanError, TargetError) as error:
        return f"the old text could NOT be restored, and the next reload would load the new one: {error}", ()
    left = run.left(base, back)
    if left:
        what = f"the old text was restored before any reload, but the server has changed it in {named(left)}"
        return what, ("the old text, and as the server stored it:", *lines_that_differ(left, run.secrets))
    return "the old text was restored before any reload", ()


LANE = Raw()
