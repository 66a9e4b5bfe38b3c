"""Edit: the effect of a write on the lines of a section. Pure functions from a sheet to a sheet.

Rule 1: a line whose object does not change keeps its place, its spelling and its comment.
Rule 2: comments, blank lines and opaque lines stay in their places; only a write of the full section removes them.
Rule 3: the cost depends on the size of the section, and not on the rest of the text.

Source: docs/reference/dataplane-api.md 4.1 and 6.2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from hsync.dataplane.embedded.align import (
    INDENT,
    Mark,
    Wanted,
    in_old_order,
    indent_at,
    insert_line,
    leading,
    replace_lines,
)
from hsync.dataplane.embedded.sheet import BASE, HEADER, Line, Sheet, child_line, read_sheet
from hsync.model import Resource, base_body, children_of, header_line, normal, same, section_lines
from hsync.model import child_line as child_text
from hsync.schema import Fields, Json, SectionType, Shape
from hsync.syntax import Section, decode
from hsync.syntax.words import split

__all__ = [
    "Unwritable",
    "add_child",
    "full_section",
    "new_section",
    "put_base",
    "put_child",
    "put_line",
    "put_list",
    "remove_child",
    "rename",
    "replace_section",
]


class Unwritable(Exception):  # noqa: N818 - becomes a refusal, never seen by a user
    """A body that cannot be written as lines; `field` is the name of the offending field."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} {why}")
        self.field = field


def new_section(section_type: SectionType, body: Fields) -> Sheet:
    """A section with a header and the lines of its own object, without children."""
    lines = [header_line(section_type, body), *(INDENT + line for line in _base_lines(section_type, body))]
    return read_sheet(Section(section_type.kind, "".join(f"{line}\n" for line in lines), 1))


def full_section(section_type: SectionType, body: Fields) -> Sheet:
    """A section from a full body. Named children are sorted by name, as on the server."""
    sheet = new_section(section_type, base_body(body, section_type))
    lines = list(sheet.lines)
    for path, item in sorted(children_of(section_type, body), key=lambda pair: _sort_key(section_type, *pair)):
        text = f"{INDENT}{_child_text(section_type, path, item)}\n"
        lines.append(child_line(text, path, section_type, item))
    return sheet.with_lines(lines)


def _sort_key(section_type: SectionType, path: str, body: Fields) -> tuple[int, str]:
    child = section_type.child_by_path[path]
    name = str(body.get(child.key, "")) if child.shape is Shape.NAMED else ""
    return (list(section_type.child_by_path).index(path), name)


def replace_section(old: Sheet, new: Sheet) -> Sheet:
    """The new section with the comments and blank lines that follow the last line of the old one."""
    return new.with_lines([*new.lines, *old.lines[old.end :]])


def add_child(sheet: Sheet, path: str, body: Fields, index: int | None = None) -> Sheet:
    """Add a child: before the child at `index` of its collection, or after the last child."""
    lines = list(sheet.lines)
    places = sheet.places(path)
    if index is not None and index < len(places):
        place = places[index]
    else:
        place = places[-1] + 1 if places else _first_place(sheet, path)
    text = indent_at(lines, place) + _child_text(_type(sheet), path, body) + "\n"
    insert_line(lines, place, child_line(text, path, sheet.type, body))
    return sheet.with_lines(lines)


def put_child(sheet: Sheet, place: int, body: Fields) -> Sheet:
    """Replace the child at an index of the sheet; an equal child keeps its line."""
    old = sheet.lines[place]
    if old.body is not None and same(old.body, body):
        return sheet
    lines = list(sheet.lines)
    text = leading(old.text) + _child_text(_type(sheet), old.owner, body) + "\n"
    lines[place] = child_line(text, old.owner, sheet.type, body)
    return sheet.with_lines(lines)


def put_line(section_type: SectionType, line: str, child: Resource, body: Fields) -> str:
    """`put_child` for a single line: `child` is the child in it."""
    if same(child.body, body):
        return line
    return leading(line) + _child_text(section_type, child.child, body) + "\n"


def remove_child(sheet: Sheet, place: int) -> Sheet:
    """Remove the line at an index of the sheet."""
    return sheet.with_lines([*sheet.lines[:place], *sheet.lines[place + 1 :]])


def put_list(sheet: Sheet, path: str, bodies: Sequence[Fields]) -> Sheet:
    """Replace a whole ordered list."""
    wanted = [_wanted(child_line(_child_text(_type(sheet), path, body), path, sheet.type, body)) for body in bodies]
    places = sheet.places(path)
    old = [_wanted(sheet.lines[place]).mark for place in places]
    return sheet.with_lines(replace_lines(sheet.lines, places, old, wanted, _first_place(sheet, path)))


def _wanted(line: Line) -> Wanted:
    """A new line for a child; it equals another line if their objects have the same meaning."""
    meaning = json.dumps(normal(line.body), sort_keys=True)
    return Wanted(line, Mark(meaning, decode(line.text)[:2]))


def put_base(sheet: Sheet, body: Fields) -> Sheet:
    """Replace the section's own object: attributes that `body` does not have are removed, including `from`.

    Args:
        sheet: the section.
        body: the complete object; its `name` is ignored.
    """
    section_type = _type(sheet)
    wanted = [_wanted_base(section_type, line, decode(line)) for line in _base_lines(section_type, body)]
    places = sheet.places(BASE)
    texts = [sheet.lines[place].text for place in places]
    old = [_wanted_base(section_type, text, _canonical(section_type, text)).mark for text in texts]
    sheet = _put_header(sheet, body)
    promised = _base_of(section_type, "\n".join(new.line.text for new in wanted))
    first = _first_place(sheet, BASE)
    lines = replace_lines(sheet.lines, places, old, in_old_order(old, wanted), first)
    # The old order may be wrong for the lines of a repeated keyword: then the order of the tables is used.
    if not same(_base_of(section_type, "".join(line.text for line in lines if line.owner == BASE)), promised):
        lines = replace_lines(sheet.lines, places, old, wanted, first)
    return replace(sheet, lines=tuple(lines), base={**_inherited(body), **promised})


def _wanted_base(section_type: SectionType, text: str, meaning: tuple[str, ...]) -> Wanted:
    """A new line of the section's own object; it may replace a line that the same row reads."""
    row = next(section_type.table.find(decode(text)), None)
    return Wanted(Line(text, BASE), Mark(meaning, id(row)))


def _base_of(section_type: SectionType, text: str) -> Fields:
    """The section's own object for some lines."""
    return read_sheet(Section(section_type.kind, f"{section_type.kind}\n{text}\n", 1)).base


def _inherited(body: Fields) -> Fields:
    return {"from": body["from"]} if body.get("from") else {}


def rename(sheet: Sheet, name: str) -> Sheet:
    """Rename a section: anonymous defaults that a write addresses."""
    return _with_header(sheet, {**sheet.base, "name": name})


def _put_header(sheet: Sheet, body: Fields) -> Sheet:
    section_type = _type(sheet)
    if not section_type.inherits or body.get("from") == sheet.base.get("from"):
        return sheet
    name = Section(sheet.kind, sheet.lines[0].text, 1).name
    return _with_header(sheet, {"name": name, "from": body.get("from")})


def _with_header(sheet: Sheet, body: Fields) -> Sheet:
    old = sheet.lines[0].text
    comment = split(old).comment
    text = leading(old) + header_line(_type(sheet), body) + (f" #{comment.rstrip()}" if comment else "")
    return sheet.with_lines([Line(text + "\n", HEADER), *sheet.lines[1:]])


def _type(sheet: Sheet) -> SectionType:
    if sheet.type is None:
        raise TypeError(f"{sheet.kind} sections are not in the API")
    return sheet.type


def _base_lines(section_type: SectionType, body: Fields) -> list[str]:
    lines = section_lines(section_type, body)
    for line in lines:
        _check(line, section_type.kind)
    _check_carried(section_type, body, lines)
    return lines


def _check_carried(section_type: SectionType, body: Fields, lines: list[str]) -> None:
    """Raise `Unwritable` for an attribute that cannot be read back from the lines."""
    carried = _base_of(section_type, "\n".join(lines))
    for name, value in body.items():
        if name not in {"name", "from", "metadata"} and not _carries(carried.get(name), value):
            raise Unwritable(name, "in body cannot be written")


def _carries(carried: Json, value: Json) -> bool:
    """Whether the value that was read back has all of the requested value; False and an empty list need no line."""
    if isinstance(value, dict) and isinstance(carried, dict):
        return all(_carries(carried.get(name), inner) for name, inner in value.items())
    if isinstance(value, list) and isinstance(carried, list):
        return len(value) == len(carried) and all(map(_carries, carried, value))
    return same(carried, value) or (carried is None and value in (False, []))


def _canonical(section_type: SectionType, text: str) -> tuple[str, ...]:
    """The decoded words of a line as the server would write it from JSON: equal for all spellings of a line."""
    lines = section_lines(section_type, _base_of(section_type, text))
    return decode(lines[0]) if len(lines) == 1 else decode(text)


def _child_text(section_type: SectionType, path: str, body: Fields) -> str:
    text = child_text(section_type, path, body)
    if text is None:
        raise Unwritable(path, "in body cannot be written: a field is missing or has no place")
    _check(text, path)
    read = read_sheet(Section(section_type.kind, f"{section_type.kind}\n{text}\n", 1)).children(path)
    carried = read[0] if len(read) == 1 else {}
    for name, value in body.items():
        if name != "metadata" and not _carries(carried.get(name), value):
            raise Unwritable(name, "in body cannot be written")
    return text


def _check(line: str, what: str) -> None:
    if "\n" in line or "\r" in line or "\0" in line:
        raise Unwritable(what, "in body must not hold a line end: it would become another line of the configuration")
    if split(line).comment is not None:
        raise Unwritable(what, "in body must not hold a bare #: HAProxy would take the rest for a comment")


def _first_place(sheet: Sheet, owner: str) -> int:
    """The index for the first line of a collection: after the last line of the collections that are written earlier."""
    order = [BASE, *(child.path for child in _type(sheet).children)]
    before = set(order[: order.index(owner)])
    places = [place for place, line in enumerate(sheet.lines) if line.owner in before]
    later = [place for place, line in enumerate(sheet.lines) if line.owner in set(order) - before]
    if places:
        return places[-1] + 1
    return 1 if later else max(sheet.end, 1)
