"""transaction: operations in one transaction of the Data Plane API. The preferred lane.

Rule: this lane is chosen if the API can express every change and its place, unless a raw push would be much faster.

Source: docs/reference/dataplane-api.md 2.2 (transactions), 5 (cost).
"""

from __future__ import annotations

from collections.abc import Sequence

from hsync.errors import UnsafePlanError
from hsync.lanes.lane import Lane, Replay, Task
from hsync.lanes.run import Outcome, Run
from hsync.plan import allowed
from hsync.plan.layout import laid_out
from hsync.plan.obstacles import obstacles
from hsync.plan.operations import operations_for
from hsync.plan.plan import RAW, Operation, Plan
from hsync.plan.snapshot import Snapshot

_NOT_HERE = "the transaction lane has no raw operation"

MUCH = 10.0
"""Seconds that a transaction may take, however fast a raw push would be: its operations can be reviewed one by one."""

MUCH_LONGER = 10
"""Factor by which operations must be slower than a raw push before the raw lane is chosen."""


class Transaction(Lane):
    """Operations in one transaction."""

    name = "transaction"
    preference = 10
    reason = "every change has an address in the API"
    sends = "one transaction"
    proof = "replayed on a copy: the result means the desired configuration"
    whole = False
    comments = False

    def why_not(self, task: Task) -> str:
        """The first change that the API cannot express, and the number of others."""
        if task.whole:
            return task.whole
        if not task.deltas:
            return _only_text(task)
        found = list(obstacles(task.deltas, task.api))
        if not found:
            return ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return f"{found[0].address}: {found[0].reason}{more}"

    def operations(self, task: Task) -> tuple[Operation, ...]:
        """One or a few requests for each resource that changes."""
        return operations_for(task.deltas, task.api)

    def too_slow(self, task: Task, operations: Sequence[Operation]) -> str:
        """The estimated times, if a raw push is much faster."""
        lines = sum(section.text.count("\n") for section in task.desired.document.sections)
        slow, fast = _seconds(len(operations), lines)
        if slow <= MUCH or slow <= MUCH_LONGER * fast:
            return ""
        return f"{len(operations)} operations on {lines} lines would take about {slow:.0f} s, one push {fast:.0f} s"

    def promised(self, base: str, plan: Plan, replay: Replay) -> str:
        """The result of the operations on the base; with the layout of the plan, for a target that keeps text."""
        text = replay(base, plan.operations)
        try:
            return laid_out(text, plan.result.layout) if plan.result.layout else text
        except ValueError as fault:
            raise UnsafePlanError(
                f"the layout of the plan does not fit: {fault}", hint="make the plan again"
            ) from fault

    def fault_of(self, operation: Operation) -> str:
        """A request must be the one that follows from address and action."""
        return _NOT_HERE if operation.address == RAW else allowed.fault_of(operation)

    def fault_in(self, plan: Plan) -> str:
        """Only plans for files have a layout, and a transaction has no raw operation."""
        if any(operation.address == RAW for operation in plan.operations):
            return _NOT_HERE
        laid = plan.result.layout and not (plan.target.keeps_text and plan.operations)
        return "only operations on a file have a layout" if laid else ""

    def unfinished(self, plan: Plan, snapshot: Snapshot) -> bool:
        """False: a commit stores and reloads in one request."""
        del plan, snapshot
        return False

    def run(self, run: Run, base: Snapshot, promised: str) -> Outcome:
        """Begin, send, prove, commit with the reload, read again. If its end is not known, reload again, and wait."""
        del base
        with run.transaction() as transaction:
            staged = _stage(run, promised, transaction)
            if run.validate:
                run.server.validate_raw(staged.text)
            certain = run.commit(transaction, staged)
        assert run.landed is not None, "committed"
        return run.settle() if certain else run.reload_stored(run.landed)

    def rehearse(self, run: Run, promised: str) -> tuple[str, str]:
        """Stage the plan in a transaction, and delete the transaction."""
        with run.transaction() as transaction:
            staged = _stage(run, promised, transaction)
        return staged.text, "staged on the server in a transaction (now deleted): the text has the promised meaning"


def _only_text(task: Task) -> str:
    """Why the raw lane must apply a change of layout only, on a target that keeps text; "" if the texts are equal."""
    if not task.kept or task.same_text:
        return ""
    what = "comments, blank lines or spelling" if task.same_words else "the order of lines or sections"
    return f"only the layout differs: {what}; the meaning is the same"


def _seconds(requests: int, lines: int) -> tuple[float, float]:
    """Seconds for operations (1 ms + 1.3 µs per line each) and for two raw pushes (5 ms + 15 µs per line each)."""
    return requests * (0.001 + 1.3e-6 * lines), 2 * (0.005 + 15e-6 * lines)


def _stage(run: Run, promised: str, transaction: str) -> Snapshot:
    """Send the operations in a transaction, and prove the staged text."""
    staged = run.send(transaction)
    run.prove(promised, staged)
    return _lay_out(run, promised, transaction) if run.plan.result.layout else staged


def _lay_out(run: Run, promised: str, transaction: str) -> Snapshot:
    """Replace the staged text by the promised one, which has the same meaning and the layout of the plan."""
    run.server.lay_out(promised, transaction)
    staged = run.server.snapshot(transaction)
    if staged.body.lstrip("\n") != promised.lstrip("\n"):
        raise UnsafePlanError(
            "the staged text differs from the text that the plan promised",
            hint="the transaction was deleted, nothing was changed: make the plan again: hsync plan",
        )
    return staged


LANE = Transaction()
