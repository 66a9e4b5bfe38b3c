"""verifying: a plan proved again, on the server itself. Nothing is ever committed."""

from __future__ import annotations

from collections.abc import Iterable

from hsync.dataplane import DataplaneClient
from hsync.dataplane.snapshot import digest
from hsync.errors import (
    UnsafePlanError,
)
from hsync.plan.plan import Lane, Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.workflow.applying import NoJournal, Run, Values, deleting, no_secret, refuse_moved, refuse_other_target
from hsync.workflow.promise import replay

__all__ = ["verify_plan"]


def verify_plan(
    client: DataplaneClient, plan: Plan, *, secrets: Lookup | None = None, hidden: Iterable[str] = ()
) -> tuple[str, ...]:
    """Prove a plan again, on the server itself: in a transaction that is deleted, and by the server's own validation.

    Args:
        client: of the target.
        plan: the plan.
        secrets: gives the values of its references.
        hidden: values that no message may show, besides those.

    Returns:
        What was shown, one sentence each.

    Raises:
        The errors of `apply_plan`; nothing is ever committed.
    """
    values = Values(secrets or no_secret, hidden)
    plan = reveal(plan, values)
    shown = ["the plan file is whole: its digest is that of its content"]
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    refuse_moved(snapshot, plan, client)
    shown.append(f"the target has not moved: version {snapshot.version}, sha256:{snapshot.sha256[:12]}")
    promised = replay(snapshot, plan)
    if digest(promised) != plan.result.sha256:
        raise UnsafePlanError(
            "the plan no longer produces the recorded result: a secret or the hsync version changed",
            hint="make the plan again: hsync plan",
        )
    shown.append("replayed on a copy: the result is the promised text")
    run = Run(client, plan, NoJournal(), lambda *_: None, validate=True, secrets=values.seen)
    if plan.lane is Lane.TRANSACTION and plan.operations:
        transaction = client.begin(plan.base.version)
        with deleting(client, transaction):
            run.send(transaction)
            staged = client.snapshot(transaction)
            run.prove(promised, staged)
            if plan.result.layout:
                staged = run.lay_out(promised, transaction)
            client.validate_raw(staged.text)
        shown.append("staged on the server in a transaction (deleted): the text means what was promised")
    elif plan.operations:
        client.validate_raw(promised)
    if plan.operations:
        shown.append("the server's own validation accepts the result")
    return tuple(shown)
