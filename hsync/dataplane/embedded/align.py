"""Align: replace lines of a section, and keep place and spelling of the lines that do not change.

Theory of operation: old and new lines are aligned by their meaning (longest common subsequence). Matching lines stay as
they are, other old lines are removed. A new line takes the place of a removed line with the same first words; if there
is none, it follows the line that precedes it among the new lines. So a comment above a rule stays above that rule.

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
"""With more differing lines the whole list is replaced: aligning is quadratic in the worst case."""


class Mark(NamedTuple):
    """The keys of a line: lines with equal `meaning` are equal, a line may replace another with an equal `head`."""

    meaning: Hashable
    head: Hashable


class Wanted(NamedTuple):
    """A new line, without indentation and line end."""

    line: Line
    mark: Mark


def replace_lines(
    lines: Sequence[Line], places: Sequence[int], old: Sequence[Mark], wanted: Sequence[Wanted], first: int
) -> list[Line]:
    """Replace some lines of a section.

    Args:
        lines: the lines of the section.
        places: indexes of the lines to replace.
        old: the marks of these lines.
        wanted: the new lines, in order.
        first: index for the first new line, if `places` is empty.

    Returns:
        The lines of the section; lines at other indexes are unchanged.
    """
    kept = dict(_align([mark.meaning for mark in old], [new.mark.meaning for new in wanted]))
    pairs = kept | _successors(old, wanted, kept)
    paired = set(pairs.values())
    behind: dict[int, list[Line]] = {}
    anchor = -1
    for number, new_line in enumerate(wanted):
        if number in paired:
            anchor = number
        else:
            behind.setdefault(anchor, []).append(new_line.line)
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
    """The replacement of each removed line: a new line with the same head, between the same kept lines."""
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
    """The result; `behind` has the new lines that follow the wanted line with a number, or come first (-1)."""

    def __init__(self, behind: dict[int, list[Line]]) -> None:
        self.behind = behind
        self.lines: list[Line] = []

    def begin(self, *, above_comments: bool) -> None:
        """Add the new lines that come first: above the comments of the first old line, if that line stays."""
        place = len(self.lines)
        while above_comments and place > 1 and _is_comment(self.lines[place - 1]):
            place -= 1
        for line in self.behind.pop(-1, ()):
            self.insert(place, line)
            place += 1

    def put(self, kept: Line | None, number: int, new: Line) -> None:
        """Add the wanted line with a number, as the kept old line or as a new line; then the lines that follow it."""
        if kept is None:
            self.insert(len(self.lines), new)
        else:
            self.lines.append(kept)
        for line in self.behind.get(number, ()):
            self.insert(len(self.lines), line)

    def insert(self, place: int, line: Line) -> None:
        """Insert a new line with the indentation of the lines above it."""
        insert_line(self.lines, place, line._replace(text=indent_at(self.lines, place) + line.text + "\n"))


def _is_comment(line: Line) -> bool:
    """Whether a line is a comment about the next line; the end of a config-snippet block is not."""
    text = line.text.lstrip(BLANK)
    return line.owner == NOBODY and text.startswith("#") and not text.startswith(SNIPPET_END)


def _align(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Indexes of equal old and new lines, as pairs that increase in both indexes."""
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
    """The new lines in the order of the old lines that they equal or replace; other new lines after their predecessor.

    For lines whose order has no meaning: the attributes of a section.
    """
    left = list(wanted)
    meanings = {mark.meaning for mark in old}
    ordered: list[Wanted] = []
    for mark in old:
        same = [new for new in left if new.mark.meaning == mark.meaning]
        successors = [new for new in left if new.mark.head == mark.head and new.mark.meaning not in meanings]
        for new in (same or successors)[:1]:
            left.remove(new)
            ordered.append(new)
    for new in left:
        before = [ordered.index(other) for other in wanted[: wanted.index(new)] if other in ordered]
        ordered.insert(before[-1] + 1 if before else 0, new)
    return ordered


def insert_line(lines: list[Line], place: int, line: Line) -> None:
    """Insert a line; the line above it gets a line end if it has none (the last line of a file)."""
    if place and not lines[place - 1].text.endswith("\n"):
        lines[place - 1] = lines[place - 1]._replace(text=lines[place - 1].text + "\n")
    lines.insert(place, line)


def indent_at(lines: list[Line], place: int) -> str:
    """The indentation of the nearest directive above an index."""
    for number in range(place - 1, 0, -1):
        if lines[number].owner not in {NOBODY, HEADER}:
            return leading(lines[number].text)
    return INDENT


def leading(text: str) -> str:
    """The blanks at the start of a line."""
    return text[: len(text) - len(text.lstrip(" \t"))]
