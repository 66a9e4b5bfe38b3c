"""judgement: what HAProxy says about a text, told at the lines where people wrote it.

Theory: HAProxy names lines of the text that it read. For the desired text these have their sources. The text that a
plan leads to has lines of its own; the object that such a line is made the same object in the desired text. For a plan
that is applied see `refusals`.

Rule 1: no line is shown with a secret in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hsync.cli.haproxy_words import Said, quoted, said
from hsync.errors import Fault
from hsync.syntax import split

if TYPE_CHECKING:
    from hsync.errors import ServerRefused
    from hsync.model import BoundSection, Configuration
    from hsync.syntax import Document
    from hsync.workflow import Desired

__all__ = ["INVALID", "faults_of", "hidden_in", "masked", "result_lines"]


def faults_of(refusal: ServerRefused, where: Callable[[int], str], document: Document | None = None) -> list[Fault]:
    """HAProxy's words as faults.

    Args:
        refusal: of a text.
        where: line number of that text -> its source.
        document: the text, to show its lines with a caret and the keyword that was probably meant.
    """
    message = refusal.server_message or ("" if refusal.status == INVALID else refusal.message)
    return [_fault(one, where, document) for one in said(message, where)]


INVALID = 400
"""The status of a text that HAProxy refuses."""


def _fault(one: Said, where: Callable[[int], str], document: Document | None) -> Fault:
    if not one.line:
        return _of_section(one.what, where, document)
    remedy, text, column = _pointed(document, one.line, one.what) if document else ("", "", 0)
    return Fault(where(one.line), one.what, remedy or _asked(one.meant), text, column)


def _asked(meant: str) -> str:
    return f"did you mean `{meant}`?" if meant else ""


_PROXY = re.compile(r"\b(?:proxy|frontend|backend|listen(?:er)?) '([^']+)'", re.IGNORECASE)


def _of_section(what: str, where: Callable[[int], str], document: Document | None) -> Fault:
    """Words about a proxy as a whole: they have no line, but name the proxy, and often a word of its lines."""
    named = _PROXY.search(what)
    sections = document.sections if document and named else ()
    section = next((one for one in sections if named and one.name == named[1] and one.kind in _PROXIES), None)
    if section is None:
        return Fault("haproxy", what)
    named_too = set(quoted(what)) - {section.name}
    line = next((one.number for one in section.directives if named_too & set(one.meaning)), section.line)
    text = section.lines[line - section.line]
    word = next((one for one in split(text).words if one.value in named_too), None)
    return Fault(where(line), what, _near_name(document, named_too), text, word.column if word else 0)


_PROXIES = frozenset({"frontend", "backend", "listen"})


def _near_name(document: Document | None, words: Iterable[str]) -> str:
    """The proxy whose name was probably meant."""
    names = [one.name for one in document.sections if one.kind in _PROXIES] if document else []
    near = [meant for word in sorted(words) if word not in names for meant in get_close_matches(word, names, n=1)]
    return _asked(near[0] if near else "")


def _pointed(document: Document, number: int, what: str) -> tuple[str, str, int]:
    """What should be done, the line, and the column of the word that is wrong: 1-based, 0 when it is not known."""
    from hsync.model import did_you_mean

    section = next((one for one in reversed(document.sections) if one.line <= number), None)
    if section is None or number - section.line >= len(section.lines):
        return "", "", 0
    text = section.lines[number - section.line]
    words = split(text).words
    known = _takes(section.kind, text)
    near = "" if known else did_you_mean(section.kind, [word.raw for word in words])
    meant = near.split() if near else []
    wrong = next((word for word, good in zip(words, meant, strict=False) if word.raw != good), None)
    # The keyword is often named as well: what stands behind it is what is wrong then.
    wrong = wrong or next((word for word in (*words[1:], *words[:1]) if f"'{word.value}'" in what), None)
    remedy = _asked(near)
    if EMPTY in what:
        remedy, wrong = NO_VALUE, next((word for word in words if "$" in word.raw), None)
    elif not near and re.search("unknown (keyword|option)", what):
        remedy = NOT_THIS_ONE if known else _at_home(section.kind, text)
    return remedy, text, wrong.column if wrong else 0


EMPTY = "is empty and marks the end of the argument list"
NO_VALUE = "the variable has no value where HAProxy reads this: give it one, or write the value"
NOT_THIS_ONE = "other HAProxies have it: this one is older or newer, or was built without (haproxy -vv)"
"""About a line that the API knows."""


def _at_home(kind: str, line: str) -> str:
    """Which other kinds of section have a line that its own has not; a listen section has all of them."""
    known = [one for one in ("global", "defaults", "frontend", "backend") if kind != "listen" and _takes(one, line)]
    return f"it belongs into {' or '.join(known)}" if known else ""


def _takes(kind: str, line: str) -> bool:
    """Whether a kind of section has an object of the API for a line."""
    from hsync.model import bind
    from hsync.sections import parse

    section, *more = parse(f"{kind} x\n{line.strip()}\n").sections
    return not more and not bind(section).opaque


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
        made, wanted = result.bound(key), desired.configuration.bound(key)
        parts, places = {number: part for part, number in _lines(made)}, dict(_lines(wanted))
        place = places.get(parts[line]) if line in parts else _same_line(made, line, wanted)
        return desired.where(place or places[None])

    return where


def _same_line(made: BoundSection, line: int, wanted: BoundSection) -> int:
    """The line of a section that has the words of another one's; 0 for none."""
    words = next((one.meaning for one in made.section.directives if one.number == line), None)
    return next((one.number for one in wanted.section.directives if one.meaning == words), 0)


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


def hidden_in(configuration: Configuration, secrets: Iterable[str]) -> frozenset[str]:
    """All texts in a configuration that nobody may see.

    Args:
        configuration: any.
        secrets: values that a template or a plan took from references.
    """
    from hsync.plan.hiding import telling
    from hsync.plan.secrets import spellings

    return telling(configuration.document.sections) | frozenset(spellings(secrets))


def masked(fault: Fault, hidden: Collection[str]) -> Fault:
    """A fault that shows no secret; the caret stays below its word."""
    from hsync.plan.fields import masked_line
    from hsync.plan.hiding import hidden_line

    line = masked_line(hidden_line(fault.line), hidden)
    column = len(masked_line(hidden_line(fault.line[: fault.column - 1]), hidden)) + 1 if fault.column else 0
    return replace(fault, what=masked_line(fault.what, hidden), line=line, column=column)
