"""verifying: a plan proved again, on the server itself. Nothing is ever committed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hsync.dataplane import DataplaneClient
from hsync.events import silent
from hsync.lanes import Run, current_of, lane_of
from hsync.plan.plan import Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.session.applying import Values, no_secret, promised_on
from hsync.session.discretion import discreet
from hsync.session.gates import refuse_moved, refuse_other_target, refuse_refused
from hsync.session.shown import refuse_untrue

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
    with discreet(values.seen):
        return _verified(client, plan, values.seen, checker=checker)


def _verified(client: DataplaneClient, plan: Plan, secrets: Sequence[str], *, checker: bool) -> Verified:
    shown = ["the plan file is whole: its digest is that of its content"]
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    refuse_moved(snapshot, plan, client)
    shown.append(f"the target has not moved: version {snapshot.version}, sha256:{snapshot.sha256[:12]}")
    promised = promised_on(snapshot, plan)
    refuse_untrue(plan, current_of(snapshot), promised, secrets)
    shown.append("it shows what it sends: changes and diff are those of its operations")
    shown.append("replayed on a copy: the result is the promised text")
    if plan.operations:
        run = Run(client, plan, silent, secrets=secrets)
        promised, how = lane_of(plan.lane).rehearse(run, promised)
        shown += [how] if how else []
    if not checker:
        return Verified(tuple(shown), (UNCHECKED,))
    client.validate_raw(promised or "\n")
    return Verified((*shown, "the server's own validation accepts the result"))


UNCHECKED = "not checked by HAProxy: there is no binary"
