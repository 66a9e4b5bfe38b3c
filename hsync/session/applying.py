"""applying: the second story. Gates, then the lane: send, prove, commit, await the reload, read again.

Rule 1: apply sends the operations of the plan, in order, and nothing else; it renders nothing and compares only to
prove and to refuse.
Rule 2: every check fails closed, in a fixed order, with its own message and exit code.
Rule 3: an error behind the commit says that it was committed, and how far the run came.
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
    reload_again: bool = False,
    secrets: Lookup | None = None,
    hidden: Iterable[str] = (),
    on_base: Callable[[Snapshot], object] | None = None,
) -> Outcome:
    """Replay a plan on its target.

    Args:
        client: of the target.
        plan: as read from its file.
        on_event: told each phase before it begins, and each step.
        applied: digest of the text that an earlier run of this very plan left; "" when there was none.
        validate: have the server check the staged text before the commit.
        reload_again: an earlier run of this very plan died when it had stored the result: reload what is stored.
        secrets: gives the values of the references in a plan that was read from its file.
        hidden: values that no message may show, besides those.
        on_base: gets the base of the plan before anything is sent; an error of it is the end.

    Raises:
        InputError: the plan holds a reference that has no value.
        StalePlanError: the target is another one, or has moved.
        UnsafePlanError: the staged text does not mean what the plan promised.
        ServerRefused: the server refused an operation, or HAProxy the configuration.
        OutcomeUnknown: a reply was lost and reading does not tell.
        ReloadFailedError: committed, but HAProxy could not load it.
        CommittedError: committed, but what came behind the commit failed.
    """
    refuse_refused(plan)
    values = Values(secrets or no_secret, hidden)
    read, plan = plan, reveal(plan, values)
    refuse_other_target(client, plan)
    run = Run(client, plan, on_event, validate, values.seen)
    with discreet(values.seen):
        try:
            return _applied(run, client, read, on_base, applied=applied, reload_again=reload_again)
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
    *,
    applied: str,
    reload_again: bool,
) -> Outcome:
    plan, lane, snapshot = run.plan, lane_of(run.plan.lane), client.snapshot()
    if applied_already(snapshot, plan, applied):
        refuse_contradiction(read)  # the base that the whole check needs is gone
        if lane.unfinished(plan, snapshot) or reload_again:
            return _finished(run, snapshot)
        message = "this plan has been applied already: the target runs its result"
        return Outcome(changed=False, message=message, snapshot=snapshot)
    refuse_moved(snapshot, plan, client)
    promised = promised_on(snapshot, plan)
    refuse_untrue(plan, current_of(snapshot), promised, run.secrets)
    if not plan.operations:
        return Outcome(changed=False, message="nothing to do", snapshot=snapshot)
    if on_base is not None:
        on_base(snapshot)
    return lane.run(run, snapshot, promised)


def _finished(run: Run, stored: Snapshot) -> Outcome:
    """Finish what another run of the plan has stored; that one may be alive, and finish it first."""
    try:
        return lane_of(run.plan.lane).finish(run, stored)
    except OutcomeUnknown as error:
        if isinstance(error.__cause__, StalePlanError):
            run.landed = None  # nothing here is of this run
            raise error.__cause__ from None
        raise


def promised_on(snapshot: Snapshot, plan: Plan) -> str:
    """The text that a plan leads to, which must be the one that was reviewed.

    Args:
        snapshot: the base of the plan.
        plan: with the values of its references.

    Raises:
        UnsafePlanError: it is another one.
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
    """The error for what failed behind the commit."""
    return CommittedError(
        f"{_BEHIND[run.stage]}: {error.message}",
        version=landed.version,
        sha256=landed.sha256,
        text=landed.text,
        reload_id=run.reload_id,
        reloaded=run.stage is not Stage.COMMITTED,
        hint=error.hint or "look at the target: hsync drift",
    )


class Values:
    """A lookup that remembers the values that it gave, and others: no message may show them."""

    def __init__(self, lookup: Lookup, hidden: Iterable[str] = ()) -> None:
        self.lookup = lookup
        self.seen = list(hidden)

    def __call__(self, reference: str) -> str:
        """The value of a reference."""
        self.seen.append(self.lookup(reference))
        return self.seen[-1]


def no_secret(reference: str) -> str:
    """Refuses to look anything up: what applies a plan with references must say where their values are."""
    raise InputError(
        f"the plan holds a reference to the secret {reference} in place of its value",
        hint="give a lookup: apply_plan(client, plan, secrets=...)",
    )
