"""planning: the first story. Snapshot, compare, choose a lane, order, prove: a plan.

Rule 1: a plan that does not lead to the desired configuration on a copy is never made.
Rule 2: one GET is sent, and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import (
    BugError,
    ConfigError,
    Fault,
)
from hsync.lanes import Lane, Task, choose, current_of, named
from hsync.model import Configuration
from hsync.plan import review
from hsync.plan.carry import carried
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.layout import layout
from hsync.plan.losses import losses
from hsync.plan.plan import Operation, Plan, Result, Target
from hsync.plan.references import misspellings, undefined
from hsync.plan.scope import Scope, idle, scoped
from hsync.plan.snapshot import digest
from hsync.plan.text_diff import text_diff
from hsync.session.desired import Desired, placed
from hsync.session.promise import base_of, refuse_split_brain, replay, why_whole
from hsync.session.shown import made_of, with_sections
from hsync.syntax import emit

__all__ = ["make_plan", "plan_on", "prove", "reduced", "refuse_unknown"]


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
        target: its identity, with the API release.
        drift: how the target differs from what was last applied, for the reviewer.
        scope: what of the target the plan may touch; None for all of it.

    Raises:
        StalePlanError: the file was edited, and the server has not read it.
        BugError: the operations do not lead to the desired configuration.
    """
    snapshot = client.at_rest()
    refuse_split_brain(snapshot, client)
    made = plan_on(snapshot, desired, target, drift=drift, scope=scope)
    return with_sections(made, current_of(snapshot), desired.configuration, ())


def plan_on(
    snapshot: Snapshot,
    desired: Desired,
    target: Target,
    *,
    drift: Sequence[str] = (),
    scope: Scope | None = None,
    unloaded: str = "",
) -> Plan:
    """The same, from a snapshot that was read already; nothing is sent.

    `unloaded` is why HAProxy may run another text than the target has stored: the plan makes it reload then.
    """
    current = current_of(snapshot, target.name)
    wanted, alone = scoped(current, desired.configuration, scope or Scope())
    refuse_unknown(desired, wanted, current, alone)
    deltas, kept, whole = compare(current, wanted), target.keeps_text, why_whole(snapshot) or unloaded
    if (deltas or whole) and not kept:
        refuse_losses(desired, current, alone, target.api)
    task = Task(current, wanted, tuple(deltas), target.api, kept, whole)
    changes = changes_for(deltas, desired.where)
    bare = Plan(target, base_of(snapshot), "", "", Result(""), changes)

    def proved(lane: Lane, operations: tuple[Operation, ...]) -> tuple[str, str]:
        return prove(snapshot.body, replace(bare, lane=lane.name, operations=operations), wanted)

    way = choose(task, proved)
    promised, text = way.promised if way.operations else snapshot.body, emit(wanted.document)
    laid = layout(promised, text) if kept and way.operations else ()
    promised = text if laid else promised
    return replace(
        bare,
        lane=way.lane.name,
        lane_reason=way.reason,
        operations=carried(way.operations, changes),
        result=Result(digest(promised), tuple(text_diff(current, promised, wanted if kept else deltas)), laid),
        inputs=desired.inputs,
        unaddressed=tuple(review.unaddressed(current, wanted, deltas, desired.where)),
        attention=(*([whole] if whole else []), *review.attention(deltas)),
        drift=tuple(drift),
        notes=(
            *_left_alone(alone),
            *_files(current, wanted),
            *idle(scope or Scope(), current, desired.configuration),
            *review.notes(current, wanted, deltas, kept=kept, comments=way.lane.comments),
        ),
    )


def _left_alone(alone: Sequence[tuple[str, str]]) -> Iterator[str]:
    if alone:
        names = ", ".join(" ".join(filter(None, key)) for key in alone[:10])
        more = f" and {len(alone) - 10} more" if len(alone) > 10 else ""
        yield f"left alone, since hsync did not create them (prune = false) or was told to: {names}{more}"


def refuse_unknown(
    desired: Desired,
    result: Configuration | None = None,
    current: Configuration | None = None,
    alone: Sequence[tuple[str, str]] = (),
) -> None:
    """Refuse misspelt keywords, and names that nothing defines; see `plan.references`.

    Args:
        desired: the desired text.
        result: what the target will have; default: the desired text.
        current: what the target has.
        alone: the sections of it that stay as they are.

    Raises:
        ConfigError: each place, in the desired text or in the target's.
    """
    faults = [*misspellings(desired.configuration, current), *undefined(desired.configuration, result, current, alone)]
    faults.sort(key=_by_place(desired))
    if faults:
        where = [placed(fault, desired) for fault in faults]
        raise ConfigError("HAProxy would not start with this configuration:", where)


def _by_place(desired: Desired) -> Callable[[Fault], tuple[bool, int, int]]:
    """The order of faults: those of the desired text by their lines, then those of the target's."""
    source = desired.configuration.document.source

    def key(fault: Fault) -> tuple[bool, int, int]:
        return not fault.where.startswith(source), fault.number, fault.column

    return key


def refuse_losses(desired: Desired, current: Configuration, alone: Sequence[tuple[str, str]], api: str) -> None:
    """Refuse what a server would change by itself; not for the embedded target, which keeps text as it is.

    Args:
        desired: the desired text.
        current: what the target runs.
        alone: the sections of it that stay as they are.
        api: the target's API release.

    Raises:
        ConfigError: each place, in the desired text or in the target's.
    """
    keys = [key for key in desired.configuration.sections if key not in alone]
    faults = [placed(fault, desired) for fault in losses(desired.configuration, api, keys)]
    faults += losses(current, api, alone)
    if faults:
        raise ConfigError("the Data Plane API server would change the meaning of this configuration:", faults)


def prove(base: str, plan: Plan, desired: Configuration) -> tuple[str, str]:
    """The text that operations lead to, shown to mean the desired configuration.

    Args:
        base: the text that they are sent to, without header lines.
        plan: the operations with their lane; nothing else of it matters.
        desired: the desired configuration.

    Returns:
        The text, and what of it is right but at a wrong place; "" for nothing.

    Raises:
        BugError: it means something else.
    """
    promised = replay(base, plan)
    left = compare(Configuration.from_text(promised), desired)
    if left and not all(delta.only_places for delta in left):
        raise BugError(
            f"the plan would not lead to the desired configuration: {named(left)} would differ",
            hint="nothing was sent; please report this with the two configurations",
        )
    return promised, f"{left[0].address}: no operation says where it, or a line of it, must stand" if left else ""


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
    promised = replay(snapshot.body, left) if left.operations else snapshot.body
    if not compare(current_of(snapshot), Configuration.from_text(promised)):
        left = replace(left, operations=())
    return made_of(replace(left, result=Result(digest(promised))), current_of(snapshot), promised)


def _files(current: Configuration, desired: Configuration) -> Iterator[str]:
    """The files of a folder that come and go."""
    old, new = ([name for _, name in one.document.files] for one in (current, desired))
    yield from (f"creates the file {name}" for name in new if name not in old)
    yield from (f"removes the file {name}" for name in old if name not in new)
