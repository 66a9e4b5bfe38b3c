"""judgement: HAProxy's verdict about a text, with the findings at the lines of the templates.

Theory: HAProxy names lines of the checked text. Lines of the desired text have a source. For a line of a plan's result,
the source is that of the line with the same object in the desired text. For a plan that is applied, see `refusals`.

Rule 1: secrets in lines are masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hsync.errors import Fault, ServerRefused
from hsync.plan.haproxy_words import Said, quoted, said
from hsync.plan.verdict import LOCAL, Finding, Severity, Verdict
from hsync.secrecy import hide
from hsync.syntax import split

if TYPE_CHECKING:
    from hsync.dataplane import DataplaneClient
    from hsync.model import Configuration, ResourceSection
    from hsync.model.mentions import Named
    from hsync.session.desired import Desired
    from hsync.syntax import Document, Section

__all__ = ["INVALID", "faults_of", "hidden_in", "judged", "masked", "result_lines"]


def faults_of(refusal: ServerRefused, where: Callable[[int], str], document: Document | None = None) -> list[Fault]:
    """HAProxy's messages as faults.

    Args:
        refusal: the refusal of a text.
        where: returns the source of a line of the text.
        document: the text, from which lines, carets and suggestions are taken.
    """
    message = refusal.server_message or ("" if refusal.status == INVALID else refusal.message)
    return [_fault(one, where, document) for one in said(message, where)]


INVALID = 400
"""The status of a text that HAProxy refuses."""


def _fault(one: Said, where: Callable[[int], str], document: Document | None) -> Fault:
    found = _placed(one, where, document)
    return replace(found, line=found.line.rstrip("\r\n"))


def _placed(one: Said, where: Callable[[int], str], document: Document | None) -> Fault:
    if not one.line:
        return _of_section(one.what, where, document)
    remedy, text, column = _pointed(document, one.line, one.what) if document else ("", "", 0)
    return Fault(where(one.line), one.what, remedy or _asked(one.meant), text, column)


def _asked(meant: str) -> str:
    return f"did you mean `{meant}`?" if meant else ""


_PROXY = re.compile(r"\b(?:proxy|frontend|backend|listen(?:er)?) '([^']+)'", re.IGNORECASE)
_SECTION = re.compile(r"\bsection '(\w[\w-]*) ([^' ]+)'")
_SERVER = re.compile(r"\bserver '(?:[^'/]*/)?([^']+)'")
_KEYWORD = re.compile(r"'([^']+)'")


def _of_section(what: str, where: Callable[[int], str], document: Document | None) -> Fault:
    """The place of a message without a line: a line with the name that HAProxy did not find, or a section.

    There is a line only if it is certain. It is not enough that a word of it is in the message, since an ACL may have
    the name of a backend.
    """
    section = _named_section(what, document) if document else None
    if document is None or (section is None and _SECTION.search(what)):
        return Fault("haproxy", what)
    used = _used(what, [section] if section else document.sections)
    if used is not None:
        return Fault(where(used.line), what, _near_name(document, used.name), used.text, used.column)
    if section is None:
        return Fault("haproxy", what)
    number = _line_about(what, section) or section.line
    return Fault(where(number), what, "", section.lines[number - section.line])


def _named_section(what: str, document: Document) -> Section | None:
    """The section that a message names."""
    if proxy := _PROXY.search(what):
        return next((one for one in document.sections if one.name == proxy[1] and one.kind in _PROXIES), None)
    if other := _SECTION.search(what):
        return next((one for one in document.sections if (one.kind, one.name) == other.groups()), None)
    return None


_PROXIES = frozenset({"frontend", "backend", "listen"})


def _used(what: str, sections: Iterable[Section]) -> Named | None:
    """The use of the name in a message; None if there is none, or more than one is possible."""
    from hsync.model.mentions import named_in

    names = set(quoted(what))
    uses = [one for section in sections for one in named_in(section) if one.name in names]
    if len(uses) > 1 and (server := _SERVER.search(what)):
        uses = [one for one in uses if server[1] in split(one.text).words[1].value]
    if len({one.name for one in uses}) > 1:
        return None
    return uses[0] if len({one.line for one in uses}) == 1 else None


def _line_about(what: str, section: Section) -> int:
    """The line of a server that a message names, or the first line of its first keyword; 0 for neither."""
    server, keyword = _SERVER.search(what), _KEYWORD.match(what)
    for line in section.directives:
        words = line.meaning
        if server and words[0] in {"server", "server-template"} and words[1:2] == (server[1],):
            return line.number
        if keyword and words[: len(keyword[1].split())] == tuple(keyword[1].split()):
            return line.number
    return 0


def _near_name(document: Document, name: str) -> str:
    """The proxy with the most similar name."""
    names = [one.name for one in document.sections if one.kind in _PROXIES]
    near = [] if name in names else get_close_matches(name, names, n=1)
    return _asked(near[0] if near else "")


def _pointed(document: Document, number: int, what: str) -> tuple[str, str, int]:
    """The remedy, the line, and the column of the faulty word, from 1; 0 if it is not known."""
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
    # If the message also has the keyword, the words after it are faulty.
    wrong = wrong or next((word for word in (*words[1:], *words[:1]) if f"'{word.value}'" in what), None)
    remedy = _asked(near)
    if EMPTY in what:
        remedy, wrong = NO_VALUE, next((word for word in words if "$" in word.raw), None)
    elif not near and re.search("unknown (keyword|option)", what):
        remedy = NOT_THIS_ONE if known else _at_home(section.kind, text)
    return remedy, text, wrong.column if wrong else 0


EMPTY = "is empty and marks the end of the argument list"
NO_VALUE = "the variable has no value where HAProxy reads this: give it one, or write the value"
NOT_THIS_ONE = "other releases or builds of HAProxy have it; to see those of this one: haproxy -vv"
"""About a line that the API knows."""


def _at_home(kind: str, line: str) -> str:
    """The kinds of section that have a line, if its own kind does not have it; a listen section has all of them."""
    known = [one for one in ("global", "defaults", "frontend", "backend") if kind != "listen" and _takes(one, line)]
    return f"it belongs in {' or '.join(known)}" if known else ""


def _takes(kind: str, line: str) -> bool:
    """Whether a kind of section has an object of the API for a line."""
    from hsync.model import to_resources
    from hsync.sections import parse

    section, *more = parse(f"{kind} x\n{line.strip()}\n").sections
    return not more and not to_resources(section).opaque


def judged(
    client: DataplaneClient,
    text: str,
    where: Callable[[int], str],
    hidden: Collection[str] = (),
    document: Document | None = None,
) -> Verdict:
    """Let the target's HAProxy check a text, without any change.

    Args:
        client: of the target: for a file, the HAProxy of this machine checks it, for a server its own.
        text: the whole configuration, without header lines.
        where: returns the source of a line.
        hidden: texts to mask.
        document: the parsed text.
    """
    judge = client.traits.judge
    try:
        warnings = client.validate_raw(text or "\n")  # the API refuses an empty body, but not an empty line
    except ServerRefused as refusal:
        if refusal.status != INVALID:
            said_by = refusal.server_message.partition("\n")[0] or refusal.message
            return Verdict(reason=masked(Fault("", said_by), hidden).what)
        errors = [masked(one, hidden) for one in faults_of(refusal, where, document)]
        return Verdict(judge, findings=tuple(Finding(Severity.ERROR, one) for one in errors))
    faults = [_fault(one, where, document) for one in said("\n".join(warnings), where)] if warnings else []
    found = tuple(Finding(Severity.WARNING, masked(one, hidden)) for one in faults)
    return Verdict(judge, "" if found or judge == LOCAL else NO_WARNINGS, found)


NO_WARNINGS = "it reports errors, not warnings"
"""The Data Plane API answers 202 to a valid text, and nothing else."""


def result_lines(result: Configuration, desired: Desired) -> Callable[[int], str]:
    """A function from a line of a plan's result to its source, or to its section if the desired text does not have it.

    Args:
        result: the result of the plan.
        desired: the desired configuration.
    """

    def where(line: int) -> str:
        key = next((key for key, one in reversed(result.sections.items()) if one.line <= line), None)
        if key is None or key not in desired.configuration.sections:
            return " ".join(filter(None, key or ("line", str(line))))
        made, wanted = result.resources(key), desired.configuration.resources(key)
        parts, places = {number: part for part, number in _lines(made)}, dict(_lines(wanted))
        place = places.get(parts[line]) if line in parts else _same_line(made, line, wanted)
        return desired.where(place or places[None])

    return where


def _same_line(made: ResourceSection, line: int, wanted: ResourceSection) -> int:
    """The line of a section with the words of a given line; 0 for none."""
    words = next((one.meaning for one in made.section.directives if one.number == line), None)
    return next((one.number for one in wanted.section.directives if one.meaning == words), 0)


def _lines(section: ResourceSection) -> Iterator[tuple[Hashable, int]]:
    """The line of each object of a section; None is the header."""
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
    """All secrets of a configuration.

    Args:
        configuration: any.
        secrets: values that a template or a plan took from references.
    """
    from hsync.plan.hiding import telling
    from hsync.plan.secrets import spellings

    return telling(configuration.document.sections) | frozenset(spellings(secrets))


def masked(fault: Fault, hidden: Collection[str]) -> Fault:
    """A fault with masked secrets; the caret stays below its word."""
    from hsync.plan.fields import masked_line
    from hsync.plan.hiding import hidden_line

    line = masked_line(hidden_line(fault.line), hidden)
    column = len(masked_line(hidden_line(fault.line[: fault.column - 1]), hidden)) + 1 if fault.column else 0
    what, remedy = (masked_line(hide(words, hidden), hidden) for words in (fault.what, fault.remedy))
    return replace(fault, what=what, remedy=remedy, line=line, column=column)
