"""effects: whether a configuration already holds everything that a plan writes.

Used when the target is not the base of the plan, to tell "this plan has been applied" from "the world has moved". A yes
sends nothing, so it is safe; in doubt the answer is no.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hsync.model import Address, BoundSection, Configuration, children_of, same
from hsync.plan.compare import compare
from hsync.plan.operations import section_body
from hsync.plan.plan import Action, Lane, Operation, Plan
from hsync.schema import Fields, Json, Shape

__all__ = ["holds"]


def holds(current: Configuration, plan: Plan) -> bool:
    """Whether running the plan's operations on `current` would leave it as it is.

    Args:
        current: what the target runs now.
        plan: a plan with at least one operation.
    """
    if plan.lane is Lane.RAW:
        return not compare(current, Configuration.from_text(str(plan.operations[0].request.body)))
    last = {operation.address: operation for operation in plan.operations}
    created = [Address.parse(one.address) for one in plan.operations if one.action is Action.CREATE]
    return all(_holds(current, operation) for operation in last.values()) and _stand_last(current, created)


def _section(current: Configuration, address: Address) -> BoundSection | None:
    key = (address.section_type.kind, address.name)
    return current.bound(key) if key in current.sections else None


def _holds(current: Configuration, operation: Operation) -> bool:
    address = Address.parse(operation.address)
    section = _section(current, address)
    gone = operation.action is Action.DELETE
    if section is None:
        return gone
    if not address.child:
        return not gone and _same_section(section, operation)
    many = section.children.get(address.child, ())
    if not address.key:
        return same([one.body for one in many], operation.request.body)
    named = address.child_type is not None and address.child_type.shape is Shape.NAMED
    found: list[Fields] = [one.body for n, one in enumerate(many) if address.key == (one.key if named else str(n))]
    return not found if gone else any(same(body, operation.request.body) for body in found)


def _same_section(section: BoundSection, operation: Operation) -> bool:
    """Whether a section is what a POST or PUT of it wrote; children count only in a full body."""
    body, full = operation.request.body, ("full_section", "true") in operation.request.query
    if not isinstance(body, dict) or section.type is None:
        return False
    own = section_body(section, str(section.base.get("from", "") or ""))
    nested = {child.in_full for child in section.type.children}
    wanted: Fields = {name: value for name, value in body.items() if name not in nested}
    if not same(own, wanted):
        return False
    if not full:
        return True
    theirs: list[Json] = [[path, item] for path, item in children_of(section.type, body)]
    ours: list[Json] = [[path, one.body] for path, many in section.children.items() for one in many]
    return same(ours, theirs) and not section.opaque


def _stand_last(current: Configuration, created: Sequence[Address]) -> bool:
    """Whether the children that the plan appended are still the last of their collections, in its order."""
    appended: dict[Address, list[str]] = {}
    for one in created:
        if one.child_type is not None and one.child_type.shape is Shape.NAMED and one.child_type.ordered:
            appended.setdefault(replace(one, key=""), []).append(one.key)
    for collection, names in appended.items():
        section = _section(current, collection.section)
        many = section.children.get(collection.child, ()) if section else ()
        if [one.key for one in many][-len(names) :] != names:
            return False
    return True
