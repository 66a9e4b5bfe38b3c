"""verifying: a plan proved again, on the server itself. Nothing is ever committed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hsync.dataplane import DataplaneClient
from hsync.dataplane.snapshot import digest
from hsync.errors import (
    UnsafePlanError,
)
from hsync.plan.plan import Lane, Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.session.applying import (
    Run,
    Values,
    deleting,
    no_secret,
)
from hsync.session.events import silent
from hsync.session.gates import refuse_moved, refuse_other_target, refuse_refused
from hsync.session.promise import replay

__all__ = ["Verified", "verify_plan"]


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found out about a plan, one sentence each.

    Args:
        shown: what was proved.
        unproved: what could not be, and why.
    """

    shown: tuple[str, ...]
    unproved: tuple[str, ...] = ()


def verify_plan(
    client: DataplaneClient,
    plan: Plan,
    *,
    secrets: Lookup | None = None,
    hidden: Iterable[str] = (),
    checker: bool = True,
) -> Verified:
    """Prove a plan again, on the server itself: in a transaction that is deleted, and by the server's own validation.

    Args:
        client: of the target.
        plan: the plan.
        secrets: gives the values of its references.
        hidden: values that no message may show, besides those.
        checker: whether the target has a HAProxy that validates; an embedded one without accepts any text.

    Returns:
        What was shown, and what was not.

    Raises:
        The errors of `apply_plan`; nothing is ever committed.
    """
    refuse_refused(plan)
    values = Values(secrets or no_secret, hidden)
    plan = reveal(plan, values)
    shown = ["the plan file is whole: its digest is that of its content"]
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    refuse_moved(snapshot, plan, client)
    shown.append(f"the target has not moved: version {snapshot.version}, sha256:{snapshot.sha256[:12]}")
    promised = replay(snapshot, plan) if plan.operations else snapshot.body
    if digest(promised) != plan.result.sha256:
        raise UnsafePlanError(
            "the plan no longer produces the recorded result: a secret or the hsync version changed",
            hint="make the plan again: hsync plan",
        )
    shown.append("replayed on a copy: the result is the promised text")
    if plan.lane is Lane.TRANSACTION and plan.operations:
        promised = _staged(client, plan, promised, values)
        shown.append("staged on the server in a transaction (deleted): the text means what was promised")
    if not checker:
        return Verified(tuple(shown), (UNCHECKED,))
    client.validate_raw(promised or "\n")
    return Verified((*shown, "the server's own validation accepts the result"))


UNCHECKED = "not checked by HAProxy: there is no binary"


def _staged(client: DataplaneClient, plan: Plan, promised: str, values: Values) -> str:
    """What the server stages of a plan, shown to mean what was promised; the transaction is deleted."""
    run = Run(client, plan, silent, validate=True, secrets=values.seen)
    transaction = client.begin(plan.base.version)
    with deleting(client, transaction):
        run.send(transaction)
        staged = client.snapshot(transaction)
        run.prove(promised, staged)
        if plan.result.layout:
            staged = run.lay_out(promised, transaction)
    return staged.text
