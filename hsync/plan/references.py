"""references: names that nothing defines, and misspelt keywords. HAProxy does not start with them: no plan is made.

The names are looked up among what the target will have: the desired sections, and those that a plan leaves alone.

Theory of operation: what the target has already is not looked at again, so that the cost follows the change: only
sections with another text, and those that hold the name of a section that changes or goes. Where that says nothing (a
conditional block, another defaults section, very many changes), all are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache

from hsync.errors import Fault
from hsync.model import Configuration
from hsync.model.mentions import Named, conditional_lines
from hsync.model.nearby import has_more_keywords, misspelt
from hsync.plan.definitions import Definitions
from hsync.sections import every_kind, parse
from hsync.sections.mentions import ALWAYS_THERE
from hsync.syntax import BLOCK, Section, decode, emit, split

__all__ = ["misspellings", "undefined"]

MANY = 10
"""Names that a remedy lists."""


def undefined(
    desired: Configuration,
    result: Configuration | None = None,
    current: Configuration | None = None,
    alone: Sequence[tuple[str, str]] = (),
) -> list[Fault]:
    """The names that nothing defines.

    Args:
        desired: the desired text.
        result: what the target will have: the desired text with what is left alone; default: the desired text.
        current: what the target has; None to look at all sections.
        alone: the sections of it that are left alone. In these only a name counts that the plan takes away.

    Returns:
        Faults in the order of the lines, each at the name.
    """
    suspects = _suspects(desired, current)
    desired, there = _flat(desired), Definitions(_flat(result or desired))
    faults: list[Fault] = []
    for section in desired.document.sections if suspects is None else suspects:
        key = (section.kind, section.name)
        if section.kind and key not in alone and (section.name == "" or key in there.configuration.sections):
            faults += [_fault(one, section, there, desired) for one in there.missing(section)]
    if current is not None and alone:
        before = Definitions(_flat(current))
        for section in (current.sections[key] for key in alone if key[0] != BLOCK):
            gone = [one for one in there.missing(section) if before.has(one, section)]
            faults += [_fault(one, section, there, current) for one in gone]
    return faults


def _flat(configuration: Configuration) -> Configuration:
    """A configuration whose conditional blocks are lines among others: what is defined in one may be there."""
    document = configuration.document
    if all(section.kind != BLOCK for section in document.sections):
        return configuration
    return Configuration(parse(emit(document), document.source))


def _suspects(desired: Configuration, current: Configuration | None) -> list[Section] | None:
    """The sections that a change may have broken; None for all."""
    if current is None:
        return None
    texts = {section.text for section in current.document.sections}
    changed = [section for section in desired.document.sections if section.text not in texts]
    still = {section.text for section in desired.document.sections}
    gone = [section for section in current.document.sections if section.text not in still]
    names = {section.name for section in (*changed, *gone) if section.name}
    if len(names) > MANY_NAMES or any(section.kind in {"defaults", BLOCK} for section in (*changed, *gone)):
        return None
    if not names:
        return changed
    named = re.compile("|".join(map(re.escape, sorted(names))))
    new = {id(section) for section in changed}
    return [one for one in desired.document.sections if id(one) in new or named.search(one.text)]


MANY_NAMES = 100
"""Names that are looked for one by one."""


def misspellings(desired: Configuration, current: Configuration | None = None) -> list[Fault]:
    """The keywords that are one slip away from those that HAProxy knows, in the order of the lines."""
    desired = _flat(desired)
    skipped = conditional_lines(desired.document)
    faults: list[Fault] = []
    known = {section.text for section in current.document.sections} if current is not None else set()
    for section in desired.document.sections:
        if section.text in known:
            continue
        for offset, text in enumerate(section.lines[1:], 1) if section.kind else ():
            if has_more_keywords(section.kind, text) and section.line + offset not in skipped:
                faults += _misspelling(section, text, section.line + offset, desired)
    return faults


def _misspelling(section: Section, text: str, number: int, desired: Configuration) -> Iterator[Fault]:
    found = _misspelt(section.kind, text.strip())
    if found is not None:
        at, meant = found
        word = split(text).words[at]
        article = "an" if section.kind[0] in "aeiou" else "a"
        what = f"unknown keyword {word.value!r} in {article} {section.kind} section"
        where = desired.document.where(number, word.column)
        yield Fault(where, what, f"did you mean `{meant.rstrip('(')}`?", text, word.column, number)


@lru_cache(maxsize=131_072)
def _misspelt(kind: str, text: str) -> tuple[int, str] | None:
    """`misspelt` for a line. Remembered, like all that is read of single lines."""
    words = decode(text)
    return misspelt(kind, words) if words and not words[0].startswith(".") else None


def _fault(one: Named, section: Section, there: Definitions, source: Configuration) -> Fault:
    what, remedy = _told(one, section, there)
    return Fault(source.document.where(one.line, one.column), what, remedy, one.text, one.column, one.line)


def _told(one: Named, section: Section, there: Definitions) -> tuple[str, str]:
    """The fault, and what to write instead."""
    if one.to == "server":
        owner = there.owner(one, section)
        if owner is not None:
            return f"{owner.kind} {owner.name} has no server {one.last!r}", _meant(one, section, there)
        backend = one._replace(to="backend", name=one.proxy)
        return f"no backend is called {one.proxy!r}", _meant(backend, section, there)
    proxy = there.proxy(one.name)
    if one.to == "table" and proxy is not None:
        return f"{proxy.kind} {proxy.name} has no stick-table", "add a `stick-table` line to it"
    if one.to == "backend" and proxy is not None:
        return f"{one.name!r} is a frontend, which takes no traffic from others", _meant(one, section, there)
    noun = _SAID.get(one.to, one.to)
    return f"no {noun} is called {one.name!r}", _meant(one, section, there)


_SAID = {
    "table": "stick-table",
    **{kind: f"{kind} section" for kind in ("acme", "defaults", "http-errors", "mailers", "peers", "resolvers")},
}


def _meant(one: Named, section: Section, there: Definitions) -> str:
    """The name that was probably meant, or what to add and the names that there are."""
    names = sorted(filter(None, (there.known(one, section) or frozenset()) - ALWAYS_THERE.get(one.to, frozenset())))
    near = get_close_matches(one.last, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    add = f"add `{one.to} {one.last}`" if one.to in every_kind() else ""
    more = ", …" if len(names) > MANY else ""
    others = f"write one of {', '.join(names[:MANY])}{more}" if names else ""
    return ", or ".join(filter(None, (add, others)))
