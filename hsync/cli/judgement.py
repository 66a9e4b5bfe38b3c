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
    from hsync.syntax import Document
    from hsync.workflow import Desired

__all__ = ["faults_of", "result_lines"]

_PLACED = re.compile(r"\[[^\]\n]*:(?P<line>\d+)\]\s*:?\s*")
_COUNTED = re.compile(r"\b(Fatal errors|Error\(s\)) found")
"""HAProxy's last words only count what it has said before."""


def faults_of(refusal: ServerRefused, where: Callable[[int], str], document: Document | None = None) -> list[Fault]:
    """HAProxy's words as faults.

    Args:
        refusal: of a text.
        where: line number of that text -> its source.
        document: the text, to show its lines with a caret and the keyword that was probably meant.
    """
    lines = (refusal.server_message or refusal.message).splitlines()
    told = [line for line in lines if not _COUNTED.search(line)] or lines
    return [_fault(line, where, document) for line in dict.fromkeys(told)]


def _fault(line: str, where: Callable[[int], str], document: Document | None) -> Fault:
    placed = _PLACED.search(line)
    if placed is None:
        return Fault("haproxy", line.removeprefix("config "))
    what = f"{line[: placed.start()]}{line[placed.end() :]}".removeprefix("config ").removeprefix("parsing ")
    number = int(placed["line"])
    remedy, text, column = _pointed(document, number, what) if document else ("", "", 0)
    what = what if len(what) <= LONG else f"{what[: LONG // 2]} … {what[-LONG // 2 :]}"
    return Fault(where(number), what, remedy, text, column)


LONG = 240
"""HAProxy answers one unknown word with the list of all that it knows; nobody reads its middle."""


def _pointed(document: Document, number: int, what: str) -> tuple[str, str, int]:
    """What was probably meant, the line, and the column of the word that is wrong: 1-based, 0 when it is not known."""
    from hsync.model import did_you_mean
    from hsync.syntax import split

    section = next((one for one in reversed(document.sections) if one.line <= number), None)
    if section is None or number - section.line >= len(section.lines):
        return "", "", 0
    text = section.lines[number - section.line]
    words = split(text).words
    near = did_you_mean(section.kind, [word.raw for word in words])
    meant = near.split() if near else []
    wrong = next((word for word, good in zip(words, meant, strict=False) if word.raw != good), None)
    wrong = wrong or next((word for word in words if f"'{word.value}'" in what), None)
    return (f"did you mean `{near}`?" if near else ""), text, wrong.column if wrong else 0


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
