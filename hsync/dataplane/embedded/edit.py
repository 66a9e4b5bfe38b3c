"""Edit: what a write does to the lines of one section. Pure: a sheet in, a sheet out.

Rule 1: a line whose object did not change keeps its place, its spelling and its comment.
Rule 2: comments, blank lines and opaque lines stay where they are; only a full section replaces them.
Rule 3: the cost follows the size of the section, never that of the text around it.

Theory of operation: the lines of a list, or of a section's object, are aligned with the wanted ones (the longest
common run of equal meanings). What matches stays; what does not is removed; what is new goes behind the wanted line
before it. So a comment above a rule stays above that rule.

Source: reference/dataplane-api.md 4.1 and 6.2.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from hsync.dataplane.embedded.sheet import BASE, HEADER, NOBODY, Line, Sheet, child_line, read_sheet
from hsync.model import base_body, children_of, header_line, normal, same, section_lines
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
    "put_list",
    "remove_child",
    "rename",
    "replace_section",
]

INDENT = "  "

_ALIGN_MAX = 4000
"""Above this many lines that differ a list is replaced as a whole: aligning is quadratic in the worst case."""


class Unwritable(Exception):  # noqa: N818 - becomes a refusal, never seen by a user
    """A body that no line can carry; `field` is what is wrong with it."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"{field} {why}")
        self.field = field


def new_section(section_type: SectionType, body: Fields) -> Sheet:
    """A section that has a header and the lines of its own object, no children."""
    lines = [header_line(section_type, body), *(INDENT + line for line in _base_lines(section_type, body))]
    return read_sheet(Section(section_type.kind, "".join(f"{line}\n" for line in lines), 1))


def full_section(section_type: SectionType, body: Fields) -> Sheet:
    """A section from a full body. Named children are sorted by name, as the server sorts servers."""
    sheet = new_section(section_type, base_body(body, section_type))
    children = list(children_of(section_type, body))
    for child in section_type.children:
        bodies = [item for path, item in children if path == child.path]
        if child.shape is Shape.NAMED:
            bodies.sort(key=lambda item: str(item.get(child.key, "")))
        for item in bodies:
            sheet = add_child(sheet, child.path, item)
    return sheet


def replace_section(old: Sheet, new: Sheet) -> Sheet:
    """The new section in the place of the old one, with what stood behind the old one's last line."""
    return new.with_lines([*new.lines, *old.lines[old.end :]])


def add_child(sheet: Sheet, path: str, body: Fields, index: int | None = None) -> Sheet:
    """Add a child: before the one at `index` of its collection, or behind the last."""
    lines = list(sheet.lines)
    places = sheet.places(path)
    if index is not None and index < len(places):
        place = places[index]
    else:
        place = places[-1] + 1 if places else _first_place(sheet, path)
    text = _indent(lines, place) + _child_text(sheet, path, body) + "\n"
    _insert(lines, place, child_line(text, path, sheet.type, body))
    return sheet.with_lines(lines)


def put_child(sheet: Sheet, place: int, body: Fields) -> Sheet:
    """Replace the child that stands at a place of the sheet; the line stays as it is when nothing changes."""
    old = sheet.lines[place]
    if old.body is not None and same(old.body, body):
        return sheet
    lines = list(sheet.lines)
    text = _leading(old.text) + _child_text(sheet, old.owner, body) + "\n"
    lines[place] = child_line(text, old.owner, sheet.type, body)
    return sheet.with_lines(lines)


def remove_child(sheet: Sheet, place: int) -> Sheet:
    """Remove the line at a place."""
    return sheet.with_lines([*sheet.lines[:place], *sheet.lines[place + 1 :]])


def put_list(sheet: Sheet, path: str, bodies: Sequence[Fields]) -> Sheet:
    """Replace a whole ordered list."""
    wanted = [(child_line(_child_text(sheet, path, body), path, sheet.type, body), _key(body)) for body in bodies]
    return _replace_lines(sheet, path, [_key(body) for body in sheet.children(path)], wanted)


def put_base(sheet: Sheet, body: Fields) -> Sheet:
    """Replace the section's own object: every attribute that `body` omits goes; the header's `from` too.

    Args:
        sheet: the section.
        body: the complete object; a `name` in it is ignored.
    """
    section_type = _type(sheet)
    wanted = [(Line(line, BASE), decode(line)) for line in _base_lines(section_type, body)]
    old = [_canonical(section_type, sheet.lines[place].text) for place in sheet.places(BASE)]
    sheet = _put_header(_replace_lines(sheet, BASE, old, wanted), body)
    own = "".join(line.text for line in sheet.lines if line.owner in {HEADER, BASE})
    return replace(sheet, base=read_sheet(Section(sheet.kind, own, 1)).base)


def rename(sheet: Sheet, name: str) -> Sheet:
    """Give the section another name (anonymous defaults, when a write addresses them)."""
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
    text = _leading(old) + header_line(_type(sheet), body) + (f" #{comment.rstrip()}" if comment else "")
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
    """Every attribute must be readable from the lines: a value that no row takes must not vanish in silence."""
    text = "\n".join([section_type.kind, *lines, ""])
    carried = read_sheet(Section(section_type.kind, text, 1)).base
    for name, value in body.items():
        if name not in {"name", "from", "metadata"} and not _carries(carried.get(name), value):
            raise Unwritable(name, "in body cannot be written")


def _carries(carried: Json, value: Json) -> bool:
    """Whether what was read back holds all that was asked for; a flag that is off and an empty list need no line."""
    if isinstance(value, dict) and isinstance(carried, dict):
        return all(_carries(carried.get(name), inner) for name, inner in value.items())
    if isinstance(value, list) and isinstance(carried, list):
        return len(value) == len(carried) and all(map(_carries, carried, value))
    return same(carried, value) or (carried is None and value in (False, []))


def _canonical(section_type: SectionType, text: str) -> tuple[str, ...]:
    """A base line as it would be written from JSON, decoded: how spellings of one meaning are compared."""
    directive = Section(section_type.kind, f"{section_type.kind}\n{text}", 1)
    base = read_sheet(directive).base
    lines = section_lines(section_type, base)
    return decode(lines[0]) if len(lines) == 1 else decode(text)


def _key(body: Fields) -> Hashable:
    """What a body means, as a value to compare."""
    return json.dumps(normal(body), sort_keys=True)


def _child_text(sheet: Sheet, path: str, body: Fields) -> str:
    section_type = _type(sheet)
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


def _replace_lines(
    sheet: Sheet, owner: str, old_keys: Sequence[Hashable], wanted: Sequence[tuple[Line, Hashable]]
) -> Sheet:
    """Put `wanted` in the place of an owner's lines; those with equal keys stay.

    Args:
        sheet: the section.
        owner: whose lines.
        old_keys: what each of its lines means.
        wanted: the new lines, without indentation and line end, and what each means.
    """
    kept = _align(old_keys, [key for _, key in wanted])
    olds, news = [old for old, _ in kept], [new for _, new in kept]
    number_at = {place: number for number, place in enumerate(sheet.places(owner))}
    last = max(number_at, default=_first_place(sheet, owner) - 1)
    target = _Target([line for line, _ in wanted])
    for place, line in enumerate(sheet.lines):
        number = number_at.get(place)
        next_kept = bisect_left(olds, number or 0)
        if number is None:
            target.lines.append(line)
        elif next_kept < len(olds) and olds[next_kept] == number:
            target.keep(line, news[next_kept])
        else:
            target.succeed(line, news[next_kept] if next_kept < len(news) else len(wanted))
        if place == last:
            target.emit(len(wanted))
    return sheet.with_lines(target.lines)


class _Target:
    """The lines of the new sheet, and how many of the wanted ones are among them."""

    def __init__(self, wanted: Sequence[Line]) -> None:
        self.wanted = wanted
        self.lines: list[Line] = []
        self.done = 0

    def emit(self, end: int) -> None:
        """Write the wanted lines up to `end`."""
        for line in self.wanted[self.done : end]:
            place = len(self.lines)
            _insert(self.lines, place, line._replace(text=_indent(self.lines, place) + line.text + "\n"))
        self.done = max(self.done, end)

    def keep(self, line: Line, number: int) -> None:
        """An old line that stands for the wanted one of this number."""
        self.emit(number)
        self.lines.append(line)
        self.done += 1

    def succeed(self, line: Line, end: int) -> None:
        """An old line that goes: the next wanted one takes its place if it begins with the same two words."""
        if self.done < end and decode(line.text)[:2] == decode(self.wanted[self.done].text)[:2]:
            self.emit(self.done + 1)


def _align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Which old line stays for which new one: pairs of indexes, increasing in both."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    kept = [(place, place) for place in range(head)]
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(middle_old) + len(middle_new) <= _ALIGN_MAX:
        blocks = SequenceMatcher(None, middle_old, middle_new, autojunk=False).get_matching_blocks()
        kept += [(block.a + step + head, block.b + step + head) for block in blocks for step in range(block.size)]
    return kept + [(len(old) - place, len(new) - place) for place in range(tail, 0, -1)]


def _first_place(sheet: Sheet, owner: str) -> int:
    """Where the first line of a collection goes: behind the last line of what is written before it."""
    order = [BASE, *(child.path for child in _type(sheet).children)]
    before = set(order[: order.index(owner)])
    places = [place for place, line in enumerate(sheet.lines) if line.owner in before]
    later = [place for place, line in enumerate(sheet.lines) if line.owner in set(order) - before]
    if places:
        return places[-1] + 1
    return 1 if later else max(sheet.end, 1)


def _insert(lines: list[Line], place: int, line: Line) -> None:
    """Insert a line; the one before it gets a line end if it has none (the last line of a file)."""
    if place and not lines[place - 1].text.endswith("\n"):
        lines[place - 1] = lines[place - 1]._replace(text=lines[place - 1].text + "\n")
    lines.insert(place, line)


def _indent(lines: list[Line], place: int) -> str:
    """The indentation of the nearest directive above."""
    for line in reversed(lines[1:place]):
        if line.owner not in {NOBODY, HEADER}:
            return _leading(line.text)
    return INDENT


def _leading(text: str) -> str:
    return text[: len(text) - len(text.lstrip(" \t"))]
