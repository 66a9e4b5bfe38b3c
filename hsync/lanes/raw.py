"""raw: one versioned push of the whole text. For what the API cannot say, and what would take far too long to say.

Theory of operation: the text is pushed without a reload, and what the server answers that it stored is proved. If that
is not what was promised, the old text goes back before any reload; else it is pushed again, with the reload.

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
"""Where the whole text is pushed."""


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
        """A text says everything."""
        del task
        return ""

    def operations(self, task: Task) -> tuple[Operation, ...]:
        """The desired text. HAProxy is reloaded only if words that it reads, or their order, are others."""
        reload = bool(task.whole or task.deltas) or not task.same_words
        request = Request("POST", PATH, (), emit(task.desired.document))
        return (Operation(1, "update", Action.REPLACE, RAW, request, reload=reload),)

    def too_slow(self, task: Task, operations: Sequence[Operation]) -> str:
        """Nothing is faster."""
        del task, operations
        return ""

    def promised(self, base: str, plan: Plan, replay: Replay) -> str:
        """The pushed text; the base does not matter."""
        del base, replay
        return split_header(_text(plan))[1]

    def fault_of(self, operation: Operation) -> str:
        """The one operation is a POST of a text."""
        request = operation.request
        if operation.address != RAW:
            return f"{operation.address} does not travel in the raw lane"
        if operation.action is not Action.REPLACE or operation.inverse:
            return "the raw operation replaces the whole text, and its inverse is the base"
        if (request.method, request.path, request.query) != ("POST", PATH, ()):
            return f"the raw operation is POST {PATH} without a query"
        return "" if isinstance(request.body, str) else "the body of the raw operation is the text"

    def fault_in(self, plan: Plan) -> str:
        """There is one operation, and nothing to lay out."""
        other = next((one.address for one in plan.operations if one.address != RAW), "")
        if other or len(plan.operations) > 1:
            return f"{other} does not travel in the raw lane" if other else "the raw lane has one operation"
        return "only operations on a file have a layout" if plan.result.layout else ""

    def unfinished(self, plan: Plan, snapshot: Snapshot) -> bool:
        """Whether a run died between its two pushes: each counts the version up, and only the second one reloads."""
        reloads = plan.operations[0].reload or not plan.target.keeps_text
        return reloads and snapshot.version == plan.base.version + 1 and not snapshot.split_brain

    def run(self, run: Run, base: Snapshot, promised: str) -> Outcome:
        """Push without a reload, prove what was stored, push again with the reload, read again."""
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
        """Push once more, with the reload: to a server in its own words, to a file in those of the plan."""
        return run.reload_stored(stored, _text(run.plan) if run.plan.target.keeps_text else "")

    def rehearse(self, run: Run, promised: str) -> tuple[str, str]:
        """A push cannot be tried: the server has no place for a text that it does not store."""
        del run
        return promised, ""


def _text(plan: Plan) -> str:
    return str(plan.operations[0].request.body)


def _prove(run: Run, base: Snapshot, promised: str, stored: Snapshot) -> None:
    """The stored text must mean what the plan promised; else the old one goes back."""
    left = run.left(promised, stored)
    if not left:
        return
    run.begins(Phase.RESTORE, version=str(stored.version))
    message = run.differs("the server stored something else than the plan promised", left)
    hint, lines = _restore(run, base, stored.version)
    raise UnsafePlanError("\n  ".join([message, *lines]), hint=f"{hint}; {remedy_for(left)}")


def _restore(run: Run, base: Snapshot, version: int) -> tuple[str, tuple[str, ...]]:
    """Put the old text back. What came of it, and the lines that the server wrote in another way."""
    try:
        back = run.server.push_raw(base.body, version, skip_reload=True).snapshot
    except (StalePlanError, TargetError) as error:
        return f"the old text could NOT be put back, the next reload would take the new one: {error}", ()
    left = run.left(base, back)
    if left:
        what = f"the old text was put back before any reload, but the server has changed it in {named(left)}"
        return what, ("the old text and what the server made of it:", *lines_that_differ(left, run.secrets))
    return "the old text was put back before any reload", ()


LANE = Raw()
