"""judgement: what HAProxy says about a text, told at the lines where people wrote it.

Theory: HAProxy names lines of the text that it read. For the desired text these have their sources. The text that a
plan leads to has lines of its own; the object that such a line is made the same object in the desired text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING

from hsync.errors import Fault

if TYPE_CHECKING:
    from hsync.errors import ServerRefused
    from hsync.model import BoundSection, Configuration
    from hsync.workflow import Desired

__all__ = ["faults_of", "result_lines"]

_PLACED = re.compile(r"\[[^\]\n]*:(?P<line>\d+)\]\s*:?\s*")
_COUNTED = re.compile(r"\b(Fatal errors|Error\(s\)) found")
"""HAProxy's last words only count what it has said before."""


def faults_of(refusal: ServerRefused, where: Callable[[int], str]) -> list[Fault]:
    """HAProxy's words as faults.

    Args:
        refusal: of a text.
        where: line number of that text -> its source.
    """
    lines = (refusal.server_message or refusal.message).splitlines()
    told = [line for line in lines if not _COUNTED.search(line)] or lines
    return [_fault(line, where) for line in dict.fromkeys(told)]


def _fault(line: str, where: Callable[[int], str]) -> Fault:
    placed = _PLACED.search(line)
    if placed is None:
        return Fault("haproxy", line.removeprefix("config "))
    what = f"{line[: placed.start()]}{line[placed.end() :]}".removeprefix("config ").removeprefix("parsing ")
    return Fault(where(int(placed["line"])), what)


def result_lines(result: Configuration, desired: Desired) -> Callable[[int], str]:
    """Line number of the text that a plan leads to -> source of what it says, or the section if that is not desired.

    Args:
        result: what the plan leads to.
        desired: the desired configuration.
    """

    def where(line: int) -> str:
        key = next((key for key, one in reversed(result.sections.items()) if one.line <= line), None)
        if key is None or key not in desired.configuration.sections:
            return " ".join(filter(None, key or ("line", str(line))))
        made = {number: part for part, number in _lines(result.bound(key))}
        wanted = dict(_lines(desired.configuration.bound(key)))
        return desired.where(wanted.get(made.get(line), wanted[None]))

    return where


def _lines(section: BoundSection) -> Iterator[tuple[Hashable, int]]:
    """What of a section stands in which line; None for the header."""
    yield None, section.section.line
    for name, line in section.lines.items():
        yield name, line.number
    for path, many in section.children.items():
        for index, one in enumerate(many):
            if one.line:
                yield (path, one.key or index), one.line.number
    for index, opaque in enumerate(section.opaque):
        yield index, opaque.line.number
