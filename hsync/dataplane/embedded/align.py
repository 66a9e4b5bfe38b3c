"""Align: new lines in the place of old ones, such that what stays the same stays where and how it is.

Theory of operation: old and wanted lines are aligned by what they mean (the longest common run). What matches stays;
what does not goes; what is new takes the place of one that goes and begins alike, or stands directly behind the wanted
line before it. So a comment above a rule stays above that rule.

Source: docs/reference/dataplane-api.md 6.2: comments and unknown lines survive a write.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from hsync.dataplane.embedded.sheet import HEADER, NOBODY, Line
from hsync.syntax.document import SNIPPET_END
from hsync.syntax.words import BLANK

__all__ = ["INDENT", "Mark", "Wanted", "in_old_order", "indent_at", "insert_line", "leading", "replace_lines"]

INDENT = "  "

_ALIGN_MAX = 4000
"""Above this many lines that differ a list is replaced as a whole: aligning is quadratic in the worst case."""


class Mark(NamedTuple):
    """What a line is compared by: lines of one `meaning` are the same, one of the same `head` may succeed another."""

    meaning: Hashable
    head: Hashable


class Wanted(NamedTuple):
    """A line to be written, without indentation and line end."""

    line: Line
    mark: Mark


def replace_lines(
    lines: Sequence[Line], places: Sequence[int], old: Sequence[Mark], wanted: Sequence[Wanted], first: int
) -> list[Line]:
    """Put `wanted` in the place of some lines.

    Args:
        lines: of a section.
        places: which of them go or stay.
        old: the marks of these.
        wanted: what they are to be, in order.
        first: where to begin when there are none.

    Returns:
        The section's lines; those at other places are as they were.
    """
    kept = dict(_align([mark.meaning for mark in old], [one.mark.meaning for one in wanted]))
    pairs = kept | _successors(old, wanted, kept)
    paired = set(pairs.values())
    behind: dict[int, list[Line]] = {}
    anchor = -1
    for number, one in enumerate(wanted):
        if number in paired:
            anchor = number
        else:
            behind.setdefault(anchor, []).append(one.line)
    target = _Target(behind)
    for place, line in enumerate(lines):
        if place == (places[0] if places else first):
            target.begin(above_comments=0 in pairs)
        number_of = bisect_left(places, place)
        if number_of == len(places) or places[number_of] != place:
            target.lines.append(line)
        elif (new := pairs.get(number_of)) is not None:
            target.put(line if number_of in kept else None, new, wanted[new].line)
    if not places and first >= len(lines):
        target.begin(above_comments=False)
    return target.lines


def _successors(old: Sequence[Mark], wanted: Sequence[Wanted], kept: dict[int, int]) -> dict[int, int]:
    """For old lines that go: the wanted line in their place, if one between the same kept lines begins alike."""
    pairs: dict[int, int] = {}
    if len(old) + len(wanted) - 2 * len(kept) > _ALIGN_MAX:
        return pairs
    start = 0
    bounds: list[tuple[int, ...]] = [*sorted(kept.items()), (len(old), len(wanted))]
    for number, mark in enumerate(old):
        if number in kept:
            start = kept[number] + 1
            continue
        end = bounds[bisect_left(bounds, (number,))][1]
        for new in range(start, end):
            if wanted[new].mark.head == mark.head:
                pairs[number] = new
                start = new + 1
                break
    return pairs


class _Target:
    """The new lines; `behind` has those that stand behind a wanted line of some number, -1 for the very first."""

    def __init__(self, behind: dict[int, list[Line]]) -> None:
        self.behind = behind
        self.lines: list[Line] = []

    def begin(self, *, above_comments: bool) -> None:
        """The new lines before all others: above the comments that speak of the first line, if that stays."""
        place = len(self.lines)
        while above_comments and place > 1 and _is_comment(self.lines[place - 1]):
            place -= 1
        for line in self.behind.pop(-1, ()):
            self.insert(place, line)
            place += 1

    def put(self, kept: Line | None, number: int, new: Line) -> None:
        """The wanted line of a number, as the old line that it is or as a new one; and what stands behind it."""
        if kept is None:
            self.insert(len(self.lines), new)
        else:
            self.lines.append(kept)
        for line in self.behind.get(number, ()):
            self.insert(len(self.lines), line)

    def insert(self, place: int, line: Line) -> None:
        """A new line, indented as those above it."""
        insert_line(self.lines, place, line._replace(text=indent_at(self.lines, place) + line.text + "\n"))


def _is_comment(line: Line) -> bool:
    """Whether a line is a comment; the end of a config-snippet block does not speak of what follows."""
    text = line.text.lstrip(BLANK)
    return line.owner == NOBODY and text.startswith("#") and not text.startswith(SNIPPET_END)


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


def in_old_order(old: Sequence[Mark], wanted: Sequence[Wanted]) -> list[Wanted]:
    """The wanted lines in the order of the old ones that they stand for or succeed; new ones behind their forerunner.

    For lines whose order means nothing: the attributes of a section.
    """
    left = list(wanted)
    meanings = {mark.meaning for mark in old}
    ordered: list[Wanted] = []
    for mark in old:
        same = [one for one in left if one.mark.meaning == mark.meaning]
        successors = [one for one in left if one.mark.head == mark.head and one.mark.meaning not in meanings]
        for one in (same or successors)[:1]:
            left.remove(one)
            ordered.append(one)
    for one in left:
        before = [ordered.index(other) for other in wanted[: wanted.index(one)] if other in ordered]
        ordered.insert(before[-1] + 1 if before else 0, one)
    return ordered


def insert_line(lines: list[Line], place: int, line: Line) -> None:
    """Insert a line; the one before it gets a line end if it has none (the last line of a file)."""
    if place and not lines[place - 1].text.endswith("\n"):
        lines[place - 1] = lines[place - 1]._replace(text=lines[place - 1].text + "\n")
    lines.insert(place, line)


def indent_at(lines: list[Line], place: int) -> str:
    """The indentation of the nearest directive above a place."""
    for number in range(place - 1, 0, -1):
        if lines[number].owner not in {NOBODY, HEADER}:
            return leading(lines[number].text)
    return INDENT


def leading(text: str) -> str:
    """The blanks that a line begins with."""
    return text[: len(text) - len(text.lstrip(" \t"))]
