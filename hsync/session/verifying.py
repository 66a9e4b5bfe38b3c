"""verifying: proves a plan again, on the server itself, without a commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hsync.dataplane import DataplaneClient
from hsync.events import silent
from hsync.lanes import Run, current_of, lane_of
from hsync.plan.plan import Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.plan.whose import Left
from hsync.session.applying import Values, no_secret, promised_on
from hsync.session.discretion import discreet
from hsync.session.gates import refuse_moved, refuse_other_target, refuse_refused
from hsync.session.shown import refuse_untrue
from hsync.session.since import untold

__all__ = ["Verified", "verify_plan"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The result for a plan, one sentence each.

    Args:
        shown: the proved facts.
        unproved: the facts that could not be proved, and why.
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
    left: Left | None = None,
) -> Verified:
    """Prove a plan again, on the server itself: in a transaction that is deleted, and by the server's own validation.

    Args:
        client: of the target.
        plan: the plan.
        secrets: returns the values of its references.
        hidden: further values that messages must not contain.
        checker: whether an HAProxy validates texts for the target; an embedded server without one accepts any text.
        left: what hsync's last apply has left; None if it is not at hand.

    Returns:
        The proved and unproved facts.

    Raises:
        The errors of `apply_plan`; nothing is ever committed.
    """
    refuse_refused(plan)
    values = Values(secrets or no_secret, hidden)
    plan = reveal(plan, values)
    with discreet(values.seen):
        return _verified(client, plan, values.seen, left, checker=checker)


def _verified(
    client: DataplaneClient, plan: Plan, secrets: Sequence[str], left: Left | None, *, checker: bool
) -> Verified:
    shown = ["the plan file is complete: it has the digest of its content"]
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    refuse_moved(snapshot, plan, client)
    shown.append(f"the target has not changed: version {snapshot.version}, sha256:{snapshot.sha256[:12]}")
    promised = promised_on(snapshot, plan)
    refuse_untrue(plan, current_of(snapshot), promised, secrets, left)
    shown.append("changes and diff of the plan are those of its operations")
    shown.append("replayed on a copy: the result is the promised text")
    if plan.operations:
        run = Run(client, plan, silent, secrets=secrets)
        promised, how = lane_of(plan.lane).rehearse(run, promised)
        shown += [how] if how else []
    unproved = [words] if (words := untold(plan, left)) else []
    if not checker:
        return Verified(tuple(shown), (*unproved, UNCHECKED))
    client.validate_raw(promised or "\n")
    return Verified((*shown, "the server's own validation accepts the result"), tuple(unproved))


UNCHECKED = "not checked by HAProxy: there is no binary"
