"""planning: makes a plan: snapshot, comparison, lane, operations, proof.

Rule 1: a plan is made only if its operations result in the desired configuration on a copy.
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
from hsync.plan.risk import Level, Risk, accepted_by
from hsync.plan.scope import Scope, brakes, idle, scoped
from hsync.plan.snapshot import digest
from hsync.plan.text_diff import text_diff
from hsync.plan.whose import Left, labelled
from hsync.risks import risks_between
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
    """Make a plan from the current to the desired configuration, and prove it.

    Args:
        client: of the target; one GET is sent.
        desired: the result of `read_desired`.
        target: its identity, with the API release.
        drift: differences to the recorded configuration, for the reviewer.
        scope: the sections that the plan may change; None for all.

    Raises:
        StalePlanError: the server has not read an edited file yet.
        BugError: the operations do not result in the desired configuration.
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
    left: Left | None = None,
) -> Plan:
    """The same, from an existing snapshot; nothing is sent.

    `unloaded` is why HAProxy may run another text than the stored one: then the plan has a reload. With `left`, what
    hsync's last apply has left, the changes say whose they are.
    """
    current = current_of(snapshot, target.name)
    wanted, alone = scoped(current, desired.configuration, scope or Scope())
    refuse_unknown(desired, wanted, current, alone)
    deltas, kept, whole = compare(current, wanted), target.keeps_text, why_whole(snapshot) or unloaded
    if (deltas or whole) and not kept:
        refuse_losses(desired, current, alone, target.api, own=snapshot.is_own)
    task = Task(current, wanted, tuple(deltas), target.api, kept, whole)
    changes = labelled(changes_for(deltas, desired.where), deltas, left, current, wanted)
    base = replace(base_of(snapshot), left=left.digest if left else "")
    bare = Plan(target, base, "", "", Result(""), changes)

    def proved(lane: Lane, operations: tuple[Operation, ...]) -> tuple[str, str]:
        return prove(snapshot.body, replace(bare, lane=lane.name, operations=operations), wanted)

    way = choose(task, proved)
    promised, text = way.promised if way.operations else snapshot.body, emit(wanted.document)
    laid = layout(promised, text) if kept and way.operations else ()
    promised = text if laid else promised
    limits, result = scope or Scope(), Configuration.from_text(promised)
    found = risks_between(current, result, wanted, desired.where)
    return replace(
        bare,
        lane=way.lane.name,
        lane_reason=way.reason,
        operations=carried(way.operations, changes),
        result=Result(digest(promised), tuple(text_diff(current, promised, wanted if kept else deltas)), laid),
        inputs=desired.inputs,
        unaddressed=tuple(review.unaddressed(current, wanted, deltas, desired.where)),
        risks=accepted_by(limits.accept, (*_limits(whole, bare, limits, current), *found)),
        drift=tuple(drift),
        notes=(
            *_left_alone(alone),
            *_files(current, wanted),
            *idle(limits, current, desired.configuration),
            *review.notes(current, wanted, deltas, kept=kept, comments=way.lane.comments),
        ),
    )


def _limits(whole: str, plan: Plan, scope: Scope, current: Configuration) -> Iterator[Risk]:
    """The risks that do not follow from the texts: the state of the target, and the brakes."""
    if whole:
        yield Risk("not-loaded", Level.MEDIUM, None, whole)
    yield from brakes(plan.changes, scope, len(current.sections))


def _left_alone(alone: Sequence[tuple[str, str]]) -> Iterator[str]:
    if alone:
        names = ", ".join(" ".join(filter(None, key)) for key in alone[:10])
        more = f" and {len(alone) - 10} more" if len(alone) > 10 else ""
        yield f"unmanaged, because of ignore, or since hsync did not create them (prune = false): {names}{more}"


def refuse_unknown(
    desired: Desired,
    result: Configuration | None = None,
    current: Configuration | None = None,
    alone: Sequence[tuple[str, str]] = (),
) -> None:
    """Refuse misspelt keywords, and names that nothing defines; see `plan.references`.

    Args:
        desired: the desired text.
        result: the result of the plan; default: the desired text.
        current: the current text.
        alone: the unmanaged sections.

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


def refuse_losses(
    desired: Desired, current: Configuration, alone: Sequence[tuple[str, str]], api: str, *, own: bool
) -> None:
    """Refuse lines whose meaning a server would change; not for the embedded server, which stores texts unchanged.

    Args:
        desired: the desired text.
        current: the current text.
        alone: the unmanaged sections.
        api: the target's API release.
        own: whether the server itself has written the current text.

    Raises:
        ConfigError: each place, in the desired text or in the target's.
    """
    written = current if own else None
    keys = [key for key in desired.configuration.sections if key not in alone]
    faults = [placed(fault, desired) for fault in losses(desired.configuration, api, keys, written)]
    faults += losses(current, api, alone, written)
    if faults:
        raise ConfigError("the Data Plane API server would change the meaning of this configuration:", faults)


def prove(base: str, plan: Plan, desired: Configuration) -> tuple[str, str]:
    """The result of operations, after a proof that it has the desired meaning.

    Args:
        base: the text of the target, without header lines.
        plan: a plan with the operations and their lane; its other fields are not used.
        desired: the desired configuration.

    Returns:
        The text, and which of its lines are misplaced; "" for none.

    Raises:
        BugError: the text has another meaning.
    """
    promised = replay(base, plan)
    left = compare(Configuration.from_text(promised), desired)
    if left and not all(delta.only_places for delta in left):
        raise BugError(
            f"the plan would not result in the desired configuration: {named(left)} would differ",
            hint="nothing was sent; please report this with the two configurations",
        )
    return promised, f"{left[0].address}: no operation can express its place, or that of a line of it" if left else ""


def reduced(snapshot: Snapshot, plan: Plan, operations: Sequence[Operation]) -> Plan:
    """A plan with some operations of a plan, and with their result.

    Args:
        snapshot: the base of the plan.
        plan: a plan of the transaction lane.
        operations: the remaining operations, in the order of the plan.

    Returns:
        The plan; without operations if the remaining ones change nothing.

    Raises:
        ServerRefused: the remaining operations are not possible without the others.
    """
    left = replace(plan, operations=tuple(operations))
    promised = replay(snapshot.body, left) if left.operations else snapshot.body
    if not compare(current_of(snapshot), Configuration.from_text(promised)):
        left = replace(left, operations=())
    return made_of(replace(left, result=Result(digest(promised))), current_of(snapshot), promised)


def _files(current: Configuration, desired: Configuration) -> Iterator[str]:
    """The files of a folder that the plan creates and removes."""
    old, new = ([name for _, name in one.document.files] for one in (current, desired))
    yield from (f"creates the file {name}" for name in new if name not in old)
    yield from (f"removes the file {name}" for name in old if name not in new)
