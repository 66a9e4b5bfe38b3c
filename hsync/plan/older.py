r"""older: fields that an older API release lacks or writes incorrectly, and lines that its server would change.

Theory of operation: the rows of a section type describe the newest API release. A row says since which release the API
has a field (`since`), since when it writes the field correctly (`written`, `late`), and what an older server does with
the line in a pushed text (`older`). A field that an older server lacks is a `Gap`: operations cannot write it, so the
raw lane pushes the text. Some older servers change the line even then: they drop words (`cut`), or move the line below
others (`sinking`), so that the plan is refused.

Example: `profile` of `http-request do-log` exists since API 3.4. Servers of older releases drop the two words.

>>> from hsync.model import Configuration
>>> text = "frontend www\n http-request do-log profile p\n http-request deny\n"
>>> section = Configuration.from_text(text).resources(("frontend", "www"))
>>> rules = section.type.child_by_path["http_request_rules"]
>>> [child_gaps(rules, rule, "3.2") for rule in section.children[rules.path]]
[(Gap(what='log_profile', since='3.4', known=False),), ()]
>>> [line.text for line in cut(section, "3.2")]
['http-request do-log profile p']
>>> list(cut(section, "3.4"))
[]

API 3.2 does not have `filter comp-req`. Its server keeps the line as text, and moves it below filters that it knows:

>>> text = "frontend www\n filter comp-req\n filter compression\n"
>>> [(line.text, below) for line, below in sinking(Configuration.from_text(text).resources(("frontend", "www")), "3.2")]
[('filter comp-req', '1 other filter line')]

Rule 1: the facts are in the rows; this module only draws the conclusions.
Rule 2: a field that the API lacks is no gap if an older field gives the same word (`no-tlsv10`). It remains a gap if
the server has both fields and writes one of them incorrectly.

Source: docs/reference/dataplane-api.md 4.2 and 4.3; text written by client-native 6.2.5 (Data Plane API 3.2.5) and
6.3.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cache

from hsync.model import Resource, ResourceSection
from hsync.plan.hiding import hidden_line
from hsync.plan.order import tangles
from hsync.schema import Child, Field, Fields, Json, Mismatch, Older, Row, SectionType, drop, values_at
from hsync.syntax import Directive, Section

__all__ = ["Gap", "base_gaps", "child_gaps", "cut", "may_have_gaps", "moves", "newer", "sinking", "sunk"]


@dataclass(frozen=True, slots=True)
class Gap:
    """A field or line that the server's API cannot write.

    Args:
        what: the path of the field, with the value if only some values are affected; or a line in backquotes.
        since: first API release that can write it.
        known: whether the server's API has the field, but writes it incorrectly.
    """

    what: str
    since: str
    known: bool


def newer(since: str, api: str) -> bool:
    """Whether a feature that exists since one API release is too new for another; "" is the oldest release."""
    return bool(since) and _line(since) > _line(api)


@cache
def _line(api: str) -> tuple[int, ...]:
    return tuple(int(part) for part in api.split(".") if re.fullmatch("[0-9]{1,9}", part))


def base_gaps(section_type: SectionType, base: Fields, api: str) -> tuple[Gap, ...]:
    """The gaps of a section's own object.

    Args:
        section_type: type of the section.
        base: the object.
        api: the target's API release, `3.2`.
    """
    return (*_unknown(section_type.gated, base, api), *_damaged(section_type.gated, base, api))


def child_gaps(child: Child, resource: Resource, api: str) -> tuple[Gap, ...]:
    """The gaps of a child: its whole line, or some of its fields.

    Args:
        child: its collection.
        resource: the child.
        api: the target's API release.
    """
    body = resource.body
    form = child.gated_form(body)
    if form is None:
        return ()
    if newer(form.since, api) or newer(form.written, api):
        line = f"`{hidden_line(' '.join(child.write(body) or ()))}`"
        known = not newer(form.since, api)
        return (Gap(line, form.written if known else form.since, known),)
    unknown = tuple(_unknown(form.gated, body, api))
    if unknown and child.write(_without(body, unknown)) == child.write(body):
        unknown = ()  # rule 2
    return (*unknown, *_damaged(form.gated, body, api))


def may_have_gaps(child: Child, api: str) -> bool:
    """Whether any child of a collection can have a gap: none has for the newest API release.

    Args:
        child: the collection.
        api: the target's API release.
    """
    forms = ((form.since, form.written) for form in child.forms)
    fields = ((field.since, field.written) for form in child.forms for field in form.gated)
    return any(newer(since, api) or newer(written, api) for since, written in (*forms, *fields))


def _unknown(fields: Iterable[Field], body: Fields, api: str) -> Iterator[Gap]:
    unknown = (field for field in fields if newer(field.since, api))
    return (Gap(field.path, field.since, known=False) for field in unknown if _has(body, field))


def _damaged(fields: Iterable[Field], body: Fields, api: str) -> Iterator[Gap]:
    known = (field for field in fields if newer(field.written, api) and not newer(field.since, api))
    return (Gap(_label(field, body), field.written, known=True) for field in known if _has(body, field))


def _label(field: Field, body: Fields) -> str:
    """The field's path, with the value if only some values are affected."""
    return f"{field.path} {next(values_at(body, field.path))!r}" if field.of else field.path


def _without(body: Fields, gaps: Iterable[Gap]) -> Fields:
    rest = deepcopy(body)
    for gap in gaps:
        drop(rest, gap.what)
    return rest


def _has(body: Json, field: Field) -> bool:
    """Whether the body has the field, with an affected value."""
    values = [value for value in values_at(body, field.path) if value is not None]
    return any(re.fullmatch(field.of, str(value)) for value in values) if field.of else bool(values)


# Lines of a pushed text


def cut(section: ResourceSection, api: str) -> Iterator[Directive]:
    """The lines of which the server would drop words.

    Args:
        section: a section of a kind that the server knows.
        api: the target's API release.
    """
    for child, resource in _children(section, api):
        form = child.gated_form(resource.body)
        cuts = form and form.older is Older.CUTS and not newer(form.since, api)
        if cuts and resource.line and moves(child, resource, api):
            yield resource.line
    for row, line in _base_lines(section, api):
        if row.older is Older.CUTS:
            yield line


def sinking(section: ResourceSection, api: str) -> Iterator[tuple[Directive, str]]:
    """The lines that the server would keep as text and move below other lines, where the order of the two matters.

    Args:
        section: a section of a kind that the server knows.
        api: the target's API release.

    Returns:
        Each line, and the lines above it after the move, for people.
    """
    below: dict[str, int] = {}
    for child, resource in reversed(list(_children(section, api))):
        count = below.get(child.path, 0)
        if not moves(child, resource, api):
            below[child.path] = count + 1
        elif resource.line and count:
            yield resource.line, f"{count} other {resource.line.words[0]} line{'s' * (count > 1)}"
    for row, line in _base_lines(section, api):
        above = sunk(section.section, line) if row.older is Older.MOVES else None
        if above:
            yield line, f"`{' '.join(above.words[:2])}`"


def _children(section: ResourceSection, api: str) -> Iterator[tuple[Child, Resource]]:
    """The children of the collections that the server knows, with their collections."""
    for path, resources in section.children.items():
        child = section.type.child_by_path[path] if section.type else None
        if child and not newer(child.since, api):
            yield from ((child, resource) for resource in resources)


def moves(child: Child, resource: Resource, api: str) -> bool:
    """Whether the server cannot parse a child's line, and would move it below the lines that it can parse."""
    form = child.gated_form(resource.body)
    keeps = form is not None and form.older is Older.KEEPS
    return not keeps and any(not gap.known for gap in child_gaps(child, resource, api))


def _base_lines(section: ResourceSection, api: str) -> Iterator[tuple[Row, Directive]]:
    """The lines of the section's own object with fields that the server lacks, and their rows."""
    if section.type is None or not any(_unknown(section.type.gated, section.base, api)):
        return
    for line in section.section.directives:
        for row in section.type.table.find(line.words) if not line.snippet else ():
            read: Fields = {}
            try:
                row.read(line.words, read)
            except Mismatch:
                continue
            if not row.raw_only and any(_unknown(row.fields(), read, api)):
                yield row, line
            break


def sunk(section: Section, line: Directive) -> Directive | None:
    """A line below `line` that must stay below it; None if `line` may move to the end of the section.

    Args:
        section: the text.
        line: one of its lines.
    """
    others = [other.text for other in section.directives if other.number != line.number]
    moved = Section(section.kind, "\n".join([section.lines[0].rstrip("\r\n"), *others, line.text, ""]), section.line)
    known = {tangle.order for tangle in tangles(section)}
    return next((tangle.above for tangle in tangles(moved) if tangle.order not in known), None)
