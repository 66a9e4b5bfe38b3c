"""planning: the first story. Snapshot, compare, choose a lane, order, prove: a plan.

Rule 1: a plan that does not lead to the desired configuration on a copy is never made.
Rule 2: one GET is sent, and nothing is written.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.dataplane.snapshot import digest
from hsync.errors import (
    BugError,
    ConfigError,
)
from hsync.model import Configuration
from hsync.plan.compare import Delta, compare
from hsync.plan.draft import Draft, draft
from hsync.plan.fields import masked_line, secrets_of
from hsync.plan.losses import losses
from hsync.plan.plan import Base, Lane, Operation, Plan, Result, Target
from hsync.plan.scope import Scope, scoped
from hsync.workflow.desired import Desired, placed
from hsync.workflow.promise import OutOfOrder, current_of, refuse_split_brain, replay, told

__all__ = ["make_plan", "plan_on", "prove", "reduced", "refuse_losses"]


def make_plan(
    client: DataplaneClient,
    desired: Desired,
    target: Target,
    *,
    drift: Sequence[str] = (),
    scope: Scope | None = None,
) -> Plan:
    """Compare the desired configuration with what the target runs, and prove the way from one to the other.

    Args:
        client: of the target; one GET is sent.
        desired: from `read_desired`.
        target: its identity, with the API line.
        drift: how the target differs from what was last applied, for the reviewer.
        scope: what of the target the plan may touch; None for all of it.

    Raises:
        StalePlanError: disk and memory of the server disagree.
        BugError: the operations do not lead to the desired configuration.
    """
    snapshot = client.snapshot()
    refuse_split_brain(snapshot, client)
    return plan_on(snapshot, desired, target, drift=drift, scope=scope)


def plan_on(
    snapshot: Snapshot,
    desired: Desired,
    target: Target,
    *,
    drift: Sequence[str] = (),
    scope: Scope | None = None,
) -> Plan:
    """The same, from a snapshot that was read already; nothing is sent."""
    current = current_of(snapshot, target.name)
    wanted, alone = scoped(current, desired.configuration, scope or Scope())
    made = draft(current, wanted, api=target.api, where=desired.where)
    if made.operations and not target.url.startswith("file:"):
        refuse_losses(desired, current, alone, target.api)
    try:
        promised = prove(snapshot, made, wanted, target) if made.operations else snapshot.body
    except OutOfOrder as error:
        made = draft(current, wanted, api=target.api, where=desired.where, raw=error.message)
        promised = prove(snapshot, made, wanted, target)
    return Plan(
        target=target,
        base=Base(snapshot.version, snapshot.sha256),
        lane=made.lane,
        lane_reason=made.lane_reason,
        result=Result(digest(promised), tuple(_diff(current, made.deltas, promised))),
        changes=made.changes,
        operations=made.operations,
        inputs=desired.inputs,
        unaddressed=made.unaddressed,
        attention=made.attention,
        drift=tuple(drift),
        notes=(*_left_alone(alone), *made.notes),
    )


def _left_alone(alone: Sequence[tuple[str, str]]) -> Iterator[str]:
    if alone:
        names = ", ".join(" ".join(filter(None, key)) for key in alone[:10])
        more = f" and {len(alone) - 10} more" if len(alone) > 10 else ""
        yield f"left alone, since hsync did not create them (prune = false) or was told to: {names}{more}"


def refuse_losses(desired: Desired, current: Configuration, alone: Sequence[tuple[str, str]], api: str) -> None:
    """Refuse what a server would change by itself; not for the embedded target, which keeps text as it is.

    Args:
        desired: the desired text.
        current: what the target runs.
        alone: the sections of it that stay as they are.
        api: the target's API line.

    Raises:
        ConfigError: each place, in the desired text or in the target's.
    """
    keys = [key for key in desired.configuration.sections if key not in alone]
    faults = [placed(fault, desired) for fault in losses(desired.configuration, api, keys)]
    faults += losses(current, api, alone)
    if faults:
        raise ConfigError("the Data Plane API server would change the meaning of this configuration:", faults)


def prove(snapshot: Snapshot, made: Draft, desired: Configuration, target: Target) -> str:
    """The text that the draft leads to, shown to mean the desired configuration."""
    plan = Plan(target, Base(snapshot.version, ""), made.lane, "", Result(""), operations=made.operations)
    promised = replay(snapshot, plan)
    left = compare(Configuration.from_text(promised), desired)
    if left and made.lane is Lane.TRANSACTION and all(delta.only_places for delta in left):
        raise OutOfOrder(f"{left[0].address}: no operation says where it, or a line of it, must stand")
    if left:
        raise BugError(
            f"the plan would not lead to the desired configuration: {told(left)} would differ",
            hint="nothing was sent; please report this with the two configurations",
        )
    return promised


def reduced(snapshot: Snapshot, plan: Plan, operations: Sequence[Operation]) -> Plan:
    """A plan of some of a plan's operations, which promises what these lead to.

    Args:
        snapshot: the one that the plan was made on.
        plan: of the transaction lane.
        operations: what is left of its operations, in its order.

    Returns:
        The plan; without operations when what is left changes nothing.

    Raises:
        ServerRefused: what is left does not stand without the rest.
    """
    left = replace(plan, operations=tuple(operations))
    promised = replay(snapshot, left) if left.operations else snapshot.body
    if not compare(current_of(snapshot), Configuration.from_text(promised)):
        left = replace(left, operations=())
    return replace(left, result=Result(digest(promised)))


def _diff(current: Configuration, deltas: Sequence[Delta], promised: str) -> Iterator[str]:
    """A unified diff per changed section, secrets masked."""
    result = Configuration.from_text(promised)
    for delta in deltas:
        before, after = current.sections.get(delta.key), result.sections.get(delta.key)
        old = [line.rstrip() for line in before.lines] if before else []
        new = [line.rstrip() for line in after.lines] if after else []
        secrets = secrets_of(delta.before) | secrets_of(delta.after)
        lines = [line for line in difflib.unified_diff(old, new, n=2, lineterm="") if line[:3] not in {"---", "+++"}]
        if lines:
            yield f"@@ {' '.join(filter(None, delta.key))}"
        yield from (masked_line(line, secrets) for line in lines if not line.startswith("@@"))
