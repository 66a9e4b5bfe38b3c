"""older: what of a section a server's API lacks, or writes wrongly, because it is older than the row tables.

Rule 1: the facts are in the rows (`since`, `written`, `late`, `older`); here is only what follows from them.
Rule 2: a gap that older fields fill is none: a word that two fields say (`no-tlsv10`) is written from the older one.
That is no help where the server has both fields and writes one of them wrongly.

Source: docs/reference/dataplane-api.md 4.2 and 4.3; what client-native 6.2.5 (Data Plane API 3.2.5) and 6.3.0 write.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from hsync.model import BoundSection, Resource
from hsync.plan.hiding import hidden_line
from hsync.plan.order import tangles
from hsync.schema import Child, Field, Fields, Json, Mismatch, Older, Row, SectionType, drop, values_at
from hsync.syntax import Directive, Section

__all__ = ["Gap", "base_gaps", "child_gaps", "cut", "moves", "newer", "sinking", "sunk"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a server's API cannot say.

    Args:
        what: the path of a field, maybe with its value, or a line in backquotes.
        since: the API release that can.
        known: whether the server's API has it all the same, and writes it wrongly.
    """

    what: str
    since: str
    known: bool


def newer(since: str, api: str) -> bool:
    """Whether something that exists since one API release is too new for another; "" is as old as the API."""
    return bool(since) and _line(since) > _line(api)


@cache
def _line(api: str) -> tuple[int, ...]:
    return tuple(int(part) for part in api.split(".") if re.fullmatch("[0-9]{1,9}", part))


def base_gaps(section_type: SectionType, base: Fields, api: str) -> tuple[Gap, ...]:
    """The gaps of a section's own object.

    Args:
        section_type: its type.
        base: the object.
        api: the target's API release, `3.2`.
    """
    return (*_unknown(section_type.gated, base, api), *_damaged(section_type.gated, base, api))


def child_gaps(child: Child, one: Resource, api: str) -> tuple[Gap, ...]:
    """The gaps of one child: its whole line, or some of its fields.

    Args:
        child: its collection.
        one: the child.
        api: the target's API release.
    """
    form = child.gated_form(one.body)
    if form is None:
        return ()
    if newer(form.since, api) or newer(form.written, api):
        line = f"`{hidden_line(' '.join(child.write(one.body) or ()))}`"
        known = not newer(form.since, api)
        return (Gap(line, form.written if known else form.since, known),)
    unknown = tuple(_unknown(form.gated, one.body, api))
    if unknown and child.write(_without(one.body, unknown)) == child.write(one.body):
        unknown = ()
    return (*unknown, *_damaged(form.gated, one.body, api))


def _unknown(fields: Iterable[Field], body: Fields, api: str) -> Iterator[Gap]:
    return (Gap(one.path, one.since, known=False) for one in fields if newer(one.since, api) and _has(body, one))


def _damaged(fields: Iterable[Field], body: Fields, api: str) -> Iterator[Gap]:
    found = (one for one in fields if newer(one.written, api) and not newer(one.since, api) and _has(body, one))
    return (Gap(_named(one, body), one.written, known=True) for one in found)


def _named(field: Field, body: Fields) -> str:
    """A field's path, with its value when only some values are meant."""
    return f"{field.path} {next(values_at(body, field.path))!r}" if field.of else field.path


def _without(body: Fields, gaps: Iterable[Gap]) -> Fields:
    rest = deepcopy(body)
    for gap in gaps:
        drop(rest, gap.what)
    return rest


def _has(body: Json, field: Field) -> bool:
    """Whether the body has the field, with a value that its facts are about."""
    values = [value for value in values_at(body, field.path) if value is not None]
    return any(re.fullmatch(field.of, str(value)) for value in values) if field.of else bool(values)


# What becomes of the lines when the whole text is pushed


def cut(section: BoundSection, api: str) -> Iterator[Directive]:
    """The lines of which the server would drop words.

    Args:
        section: a section of a kind that the server knows.
        api: the target's API release.
    """
    for child, one in _children(section, api):
        form = child.gated_form(one.body)
        if form and form.older is Older.CUTS and not newer(form.since, api) and one.line and moves(child, one, api):
            yield one.line
    for row, line in _base_lines(section, api):
        if row.older is Older.CUTS:
            yield line


def sinking(section: BoundSection, api: str) -> Iterator[tuple[Directive, str]]:
    """The lines that the server would keep as text, and move behind lines on which their place tells, and which.

    Args:
        section: a section of a kind that the server knows.
        api: the target's API release.
    """
    behind: dict[str, int] = {}
    for child, one in reversed(list(_children(section, api))):
        if not moves(child, one, api):
            behind[child.path] = behind.get(child.path, 0) + 1
        elif one.line and behind.get(child.path):
            yield one.line, f"{behind[child.path]} other {one.line.words[0]} lines"
    for row, line in _base_lines(section, api):
        below = sunk(section.section, line) if row.older is Older.MOVES else None
        if below:
            yield line, f"`{' '.join(below.words[:2])}`"


def _children(section: BoundSection, api: str) -> Iterator[tuple[Child, Resource]]:
    """The children whose collections the server knows."""
    for path, many in section.children.items():
        child = section.type.child_by_path[path] if section.type else None
        if child and not newer(child.since, api):
            yield from ((child, one) for one in many)


def moves(child: Child, one: Resource, api: str) -> bool:
    """Whether the server does not know a child's line, and would move it behind those that it knows."""
    form = child.gated_form(one.body)
    keeps = form is not None and form.older is Older.KEEPS
    return not keeps and any(not gap.known for gap in child_gaps(child, one, api))


def _base_lines(section: BoundSection, api: str) -> Iterator[tuple[Row, Directive]]:
    """The lines of the section's own object that hold what the server does not know, with their rows."""
    if section.type is None or not any(_unknown(section.type.gated, section.base, api)):
        return
    for line in section.section.directives:
        for row in section.type.table.find(line.words) if not line.snippet else ():
            one: Fields = {}
            try:
                row.read(line.words, one)
            except Mismatch:
                continue
            if not row.raw_only and any(_unknown(row.fields(), one, api)):
                yield row, line
            break


def sunk(section: Section, line: Directive) -> Directive | None:
    """The line above which another must stay, of those behind it; None when its place means nothing."""
    others = [one.text for one in section.directives if one.number != line.number]
    moved = Section(section.kind, "\n".join([section.lines[0].rstrip("\r\n"), *others, line.text, ""]), section.line)
    known = {one.order for one in tangles(section)}
    return next((one.above for one in tangles(moved) if one.order not in known), None)
