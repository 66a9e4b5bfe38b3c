"""obstacles: changes that no operation of the API can express.

Source: docs/reference/dataplane-api.md 6 (losses), 4.2 and 4.3 (features by API release).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hsync.model import Resource, ResourceSection
from hsync.plan.compare import Delta
from hsync.plan.fields import shown, why
from hsync.plan.older import Gap, base_gaps, child_gaps, may_have_gaps, newer
from hsync.plan.plan import Action
from hsync.plan.window import names_are_unique
from hsync.schema import Child, SectionType, Shape, get

__all__ = ["NO_UTF8", "newer", "obstacles"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why no operation can express a change; `line` is its place in the desired (or current) text."""

    address: str
    line: int
    reason: str


def obstacles(deltas: Iterable[Delta], api: str) -> Iterator[Obstacle]:
    """All obstacles of the deltas, in the order of the deltas."""
    for delta in deltas:
        yield from _opaque(delta)
        yield from _tangled(delta)
        if delta.either.type is not None:
            yield from _unnameable(delta)
            yield from _too_old(delta, api)
            yield from _unsayable(delta)


def _opaque(delta: Delta) -> Iterator[Obstacle]:
    address = str(delta.address)
    if delta.either.type is None:
        yield Obstacle(address, delta.either.section.line, delta.either.reason)
    elif delta.before is None:
        for one in delta.either.opaque:
            yield Obstacle(address, one.line.number, f"`{shown(one.line)}`: {why(one)}")
    elif delta.after is not None:
        for edit in delta.opaque:
            side, index = (delta.before, edit.before) if edit.after is None else (delta.after, edit.after)
            one = side.opaque[index or 0]
            moved = "; its place among the lines of its keyword changes" if edit.action is Action.MOVE else ""
            yield Obstacle(address, one.line.number, f"`{shown(one.line)}`: {why(one)}{moved}")


def _tangled(delta: Delta) -> Iterator[Obstacle]:
    """Lines whose order has a meaning that no object can express: any write could change the order."""
    before, after = delta.tangles
    for one in after or (before if delta.after is not None else ()):
        what = f"`{shown(one.below)}` is below `{shown(one.above)}`: the API cannot express this order"
        yield Obstacle(str(delta.address), one.below.number, what)


_LEAVES_THE_PATH = frozenset({".", ".."})
"""Names that would change the path of a request."""


def _unnameable(delta: Delta) -> Iterator[Obstacle]:
    """Resources whose names are not possible in a path or a body of the API."""
    section, address, line = delta.either, str(delta.address), delta.either.section.line
    assert section.type is not None
    naming = section.type.naming if delta.after is not None else SectionType.naming
    named = section.type.shape is not Shape.SINGLETON
    if named and (section.name in _LEAVES_THE_PATH or not re.fullmatch(naming, section.name, re.ASCII)):
        yield Obstacle(address, line, f"the API cannot have a section named {section.name!r}")
    for side in (delta.before, delta.after):
        for path, many in side.children.items() if side and _HAS_DOTS.search(side.section.text) else ():
            bad = next((one.key for one in many if one.key in _LEAVES_THE_PATH), "")
            if bad:
                yield Obstacle(f"{address}/{path}", line, f"the API cannot have the name {bad!r}")


_HAS_DOTS = re.compile(r"\s\.\.?(?=[\s#]|\Z)")
"""Finds a word that may be one of these names, so that the children of other sections need not be read."""


def _unsayable(delta: Delta) -> Iterator[Obstacle]:
    """Changes of resources for which the API has no request."""
    section_type, address = delta.either.type, str(delta.address)
    assert section_type is not None
    line = delta.either.section.line
    if delta.after is None and section_type.kind == "global":
        yield Obstacle(address, line, "the API cannot delete the global section")
    if delta.before is None and section_type.kind == "global":
        yield Obstacle(address, line, "the API cannot create the global section")
    for side in (delta.before, delta.after):
        for path in _with_duplicates(section_type, side) if side else ():
            yield Obstacle(f"{address}/{path}", line, "duplicate name: the API addresses these children by name")
    if delta.after is not None:
        yield from _undecodable(address, delta.after)
    if delta.after is not None and delta.base:
        yield from _lacking(delta, delta.after)
    if delta.before is not None and delta.after is not None:
        yield from _known_to_the_server(delta, delta.before)
    if delta.before is not None and delta.after is not None and delta.base:
        yield from _sticky(delta, delta.before, delta.after)
        if not section_type.put and (delta.before.opaque or delta.after.opaque):
            yield Obstacle(address, line, "the API has no PUT for the section, and to create it again would lose lines")


def _with_duplicates(section_type: SectionType, side: ResourceSection) -> Iterator[str]:
    """The collections with two children of one name."""
    named = [child for child in section_type.children if child.shape is Shape.NAMED]
    if all(names_are_unique(section_type, child, side.section) for child in named):
        return
    for path, many in side.children.items():
        child = section_type.child_by_path[path]
        if child.shape is Shape.NAMED and len({one.key for one in many}) != len(many):
            yield path


NO_UTF8 = re.compile("[\udc80-\udcff]")
"""Bytes that are not UTF-8 are these surrogates (`errors="surrogateescape"`)."""


def _undecodable(address: str, after: ResourceSection) -> Iterator[Obstacle]:
    """Lines with bytes that are not UTF-8: JSON cannot have them, so they need a raw push."""
    if not after.section.text.isascii() and NO_UTF8.search(after.section.text):
        for line in after.section.directives:
            if NO_UTF8.search(line.text):
                yield Obstacle(address, line.number, "JSON cannot have a byte that is not UTF-8")


def _lacking(delta: Delta, after: ResourceSection) -> Iterator[Obstacle]:
    """Missing fields without which the API refuses the section's object, or writes additional lines."""
    assert after.type is not None
    for name, reason in after.type.needs.items():
        within = name.rpartition(".")[0]
        if get(after.base, name) is None and (not within or get(after.base, within) is not None):
            yield Obstacle(str(delta.address), after.section.line, reason)


def _known_to_the_server(delta: Delta, before: ResourceSection) -> Iterator[Obstacle]:
    """Opaque lines that the server parses: a write of their section or list would change them.

    Named children are written one by one, which does not change their neighbours.
    """
    assert before.type is not None
    by_path = before.type.child_by_path
    lists = {one.child for one in delta.collections if by_path[one.child].shape is not Shape.NAMED}
    for one in before.opaque if lists or delta.base else ():
        touched = any(path in lists for path, _ in one.after) if one.after else delta.base
        if one.known and touched:
            yield Obstacle(
                str(delta.address), one.line.number, f"`{shown(one.line)}` would be changed with it: {why(one)}"
            )


def _sticky(delta: Delta, before: ResourceSection, after: ResourceSection) -> Iterator[Obstacle]:
    """Attributes that a PUT of the section does not remove."""
    assert before.type is not None
    for row in before.type.rows if before.type.put else ():
        if not row.sticky:
            continue
        for field in row.fields():
            path = field.path.partition("[]")[0]
            if get(before.base, path) is not None and get(after.base, path) is None:
                yield Obstacle(str(delta.address), after.section.line, f"{path} cannot be removed: {row.sticky}")


def _too_old(delta: Delta, api: str) -> Iterator[Obstacle]:
    """Features that the server's API release lacks, at their line, else at the line of the section."""
    section_type, after, before = delta.either.type, delta.after, delta.before
    assert section_type is not None
    address = str(delta.address)
    if newer(section_type.since, api):
        what = f"{section_type.kind} sections"
        yield Obstacle(address, delta.either.section.line, _works(what, section_type.since, api))
        return
    if after is None:
        return
    if before is None and newer(section_type.created, api):
        what = f"the API can create a {section_type.kind} section since {section_type.created}"
        yield Obstacle(address, after.section.line, f"{what}, the server's API is {api}")
    if delta.base:
        gaps = base_gaps(section_type, after.base, api)
        left = base_gaps(section_type, before.base, api) if before else ()
        for reason in (*_reasons(gaps, api), *_leftovers(gaps, left, api)):
            yield Obstacle(address, after.section.line, reason)
    for path, old, new in _touched(delta, api):
        child = section_type.child_by_path[path]
        if newer(child.since, api):
            reason = _works(f"{section_type.kind} {path}", child.since, api)
            yield Obstacle(f"{address}/{path}", after.section.line, reason)
            continue
        for one in new:
            line = one.line.number if one.line else after.section.line
            for reason in _reasons(child_gaps(child, one, api), api):
                yield Obstacle(f"{address}/{path}", line, reason)
        for reason in _leftovers((), _gaps_that_go(child, old, new, api), api):
            yield Obstacle(f"{address}/{path}", after.section.line, reason)


def _gaps_that_go(child: Child, old: Iterable[Resource], new: Iterable[Resource], api: str) -> Iterator[Gap]:
    """The gaps of the children that are deleted. The meaning of a child is computed last, since it is expensive."""
    texts = {one.line.text for one in new if one.line}
    gone = [(one, child_gaps(child, one, api)) for one in old if one.line is None or one.line.text not in texts]
    kept = {one.meaning for one in new} if any(gaps for _, gaps in gone) else frozenset()
    return (gap for one, gaps in gone if gaps and one.meaning not in kept for gap in gaps)


def _reasons(gaps: Iterable[Gap], api: str) -> Iterator[str]:
    return (_works(gap.what, gap.since, api) for gap in gaps)


def _works(what: str, since: str, api: str) -> str:
    return f"the API has {what} since {since}, the server's API is {api} and would drop or change it"


def _leftovers(after: Iterable[Gap], before: Iterable[Gap], api: str) -> Iterator[str]:
    """Features in deleted lines that the server's API lacks: no operation removes them."""
    still = {gap.what for gap in after}
    for gap in before:
        if not gap.known and gap.what not in still:
            what = f"the API has {gap.what} since {gap.since}, the server's API is {api}"
            yield f"{what} and would not remove the line"


def _touched(delta: Delta, api: str) -> Iterator[tuple[str, tuple[Resource, ...], tuple[Resource, ...]]]:
    """The collections that change, with their children before and after; all of a section to create again.

    Collections whose children have no gaps are without children: to read them could be expensive.
    """
    assert delta.after is not None
    created = delta.before is None or (delta.base and delta.after.type is not None and not delta.after.type.put)
    if created:
        yield from ((path, (), many) for path, many in delta.after.children.items())
    else:
        by_path = delta.after.type.child_by_path if delta.after.type else {}
        for one in delta.collections:
            yield (one.child, *(delta.all_of(one) if may_have_gaps(by_path[one.child], api) else ((), ())))
