"""applying: applies a plan: the gates, then the lane: send, prove, commit, wait for the reload, read again.

Rule 1: apply sends the operations of the plan, in order, and nothing else. It does not render, and compares only to
prove or refuse.
Rule 2: every check fails closed, in a fixed order, with its own message and exit code.
Rule 3: an error after the commit says that the plan was committed, and has the stage of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from hsync.dataplane import DataplaneClient
from hsync.errors import (
    CommittedError,
    HsyncError,
    InputError,
    OutcomeUnknown,
    ReloadFailedError,
    StalePlanError,
    UnsafePlanError,
)
from hsync.events import Listener, silent
from hsync.lanes import Outcome, Run, Stage, current_of, lane_of
from hsync.plan.plan import Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.plan.snapshot import Snapshot, digest
from hsync.plan.whose import Left
from hsync.session.discretion import discreet
from hsync.session.gates import applied_already, refuse_moved, refuse_other_target, refuse_refused
from hsync.session.promise import replay
from hsync.session.shown import refuse_contradiction, refuse_untrue

__all__ = ["Values", "apply_plan", "no_secret", "promised_on"]


def apply_plan(
    client: DataplaneClient,
    plan: Plan,
    *,
    on_event: Listener = silent,
    applied: str = "",
    validate: bool = False,
    batched: bool = False,
    reload_again: bool = False,
    secrets: Lookup | None = None,
    hidden: Iterable[str] = (),
    on_base: Callable[[Snapshot], object] | None = None,
    left: Left | None = None,
) -> Outcome:
    """Replay a plan on its target.

    Args:
        client: of the target.
        plan: the plan of a plan file.
        on_event: called with each phase before it begins, and with each step.
        applied: digest of the text after an earlier run of this plan; "" for none.
        validate: whether the server checks the staged text before the commit.
        batched: whether the reload is left to the server's next tick; default: it reloads at once.
        reload_again: whether an earlier run of this plan died after it had stored the result, which is then reloaded.
        secrets: returns the values of the references in the plan.
        hidden: further values that messages must not contain.
        on_base: called with the base of the plan before anything is sent; its errors end the run.
        left: what hsync's last apply has left; None if it is not at hand.

    Raises:
        InputError: a reference of the plan has no value.
        StalePlanError: the target is not that of the plan, or has changed.
        UnsafePlanError: the staged text does not have the promised meaning.
        ServerRefused: the server refused an operation, or HAProxy the configuration.
        OutcomeUnknown: an answer was lost, and reading does not show the outcome.
        ReloadFailedError: committed, but HAProxy could not load it.
        CommittedError: committed, but a step after the commit failed.
    """
    refuse_refused(plan)
    values = Values(secrets or no_secret, hidden)
    read, plan = plan, reveal(plan, values)
    refuse_other_target(client, plan)
    run = Run(client, plan, on_event, validate, values.seen, batched)
    with discreet(values.seen):
        try:
            return _applied(run, client, read, on_base, left, applied=applied, reload_again=reload_again)
        except ReloadFailedError:
            raise
        except HsyncError as error:
            if run.landed is None:
                raise
            raise _behind(run, run.landed, error) from error


def _applied(
    run: Run,
    client: DataplaneClient,
    read: Plan,
    on_base: Callable[[Snapshot], object] | None,
    left: Left | None,
    *,
    applied: str,
    reload_again: bool,
) -> Outcome:
    plan, lane, snapshot = run.plan, lane_of(run.plan.lane), client.snapshot()
    if applied_already(snapshot, plan, applied):
        refuse_contradiction(read)  # the whole check needs the base, which is gone
        if not reload_again and lane.unfinished(plan, snapshot):
            snapshot = client.next_after(snapshot)  # the run that has stored the result may be alive
    if applied_already(snapshot, plan, applied):
        if reload_again or lane.unfinished(plan, snapshot):
            return _finished(run, snapshot)
        message = "this plan has been applied already: the target runs its result"
        return Outcome(changed=False, message=message, snapshot=snapshot)
    refuse_moved(snapshot, plan, client)
    promised = promised_on(snapshot, plan)
    refuse_untrue(plan, current_of(snapshot), promised, run.secrets, left)
    if not plan.operations:
        return Outcome(changed=False, message="nothing to do", snapshot=snapshot)
    if on_base is not None:
        on_base(snapshot)
    return lane.run(run, snapshot, promised)


def _finished(run: Run, stored: Snapshot) -> Outcome:
    """Request the reload for the result of another run of the plan, which may still be alive and do it first."""
    try:
        return lane_of(run.plan.lane).finish(run, stored)
    except OutcomeUnknown as error:
        if isinstance(error.__cause__, StalePlanError):
            run.landed = None  # this run has stored nothing
            raise error.__cause__ from None
        raise


def promised_on(snapshot: Snapshot, plan: Plan) -> str:
    """The result of a plan, which must be the reviewed text.

    Args:
        snapshot: the base of the plan.
        plan: the plan with the values of its references.

    Raises:
        UnsafePlanError: the result is another text.
    """
    if not plan.operations:
        return snapshot.body
    promised = replay(snapshot.body, plan)
    if digest(promised) != plan.result.sha256:
        raise UnsafePlanError(
            "the plan no longer produces the recorded result: a secret or the hsync version changed",
            hint="make the plan again: hsync plan",
        )
    return promised


_BEHIND = {
    Stage.COMMITTED: "committed, but HAProxy may not have reloaded",
    Stage.RELOADED: "committed and reloaded, but not confirmed",
}


def _behind(run: Run, landed: Snapshot, error: HsyncError) -> CommittedError:
    """The error of a step after the commit."""
    return CommittedError(
        f"{_BEHIND[run.stage]}: {error.message}",
        version=landed.version,
        sha256=landed.sha256,
        text=landed.text,
        reload_id=run.reload_id,
        reloaded=run.stage is not Stage.COMMITTED,
        hint=error.hint or "check the target: hsync drift",
    )


class Values:
    """A lookup that records the returned values, and further ones, for masking in messages."""

    def __init__(self, lookup: Lookup, hidden: Iterable[str] = ()) -> None:
        self.lookup = lookup
        self.seen = list(hidden)

    def __call__(self, reference: str) -> str:
        """The value of a reference."""
        self.seen.append(self.lookup(reference))
        return self.seen[-1]


def no_secret(reference: str) -> str:
    """The default lookup, which has no values."""
    raise InputError(
        f"the plan has a reference to the secret {reference}, not its value",
        hint="pass a lookup: apply_plan(client, plan, secrets=...)",
    )
