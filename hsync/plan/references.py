"""references: undefined names and misspelt keywords. HAProxy does not start with them, so they end the plan.

A name may be defined in a desired section, or in an unmanaged section of the target.

Theory of operation: the cost follows the size of the change, since only some sections are checked: those that change,
and those with the name of a section that changes or is deleted. All sections are checked if that is not enough (a
changed conditional block or defaults section), or not faster (very many changes).
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
"""Maximum number of names in a remedy."""


def undefined(
    desired: Configuration,
    result: Configuration | None = None,
    current: Configuration | None = None,
    alone: Sequence[tuple[str, str]] = (),
) -> list[Fault]:
    """The names that nothing defines.

    Args:
        desired: the desired text.
        result: the desired text with the unmanaged sections of the target; default: the desired text.
        current: the current text; None to check all sections.
        alone: keys of the unmanaged sections. In these, only names count whose definition the plan deletes.

    Returns:
        Faults in the order of the lines, each at the name.
    """
    suspects = _suspects(desired, current)
    desired, there = _flat(desired), Definitions(_flat(result or desired))
    faults: list[Fault] = []
    for section in desired.document.sections if suspects is None else suspects:
        key = (section.kind, section.name)
        if section.kind and key not in alone and (section.name == "" or key in there.configuration.sections):
            faults += [_fault(named, section, there, desired) for named in there.missing(section)]
    if current is not None and alone:
        before = Definitions(_flat(current))
        for section in (current.sections[key] for key in alone if key[0] != BLOCK):
            gone = [named for named in there.missing(section) if before.has(named, section)]
            faults += [_fault(named, section, there, current) for named in gone]
    return faults


def _flat(configuration: Configuration) -> Configuration:
    """The configuration with the sections inside of conditional blocks, which may define names, too."""
    document = configuration.document
    if all(section.kind != BLOCK for section in document.sections):
        return configuration
    return Configuration(parse(emit(document), document.source))


def _suspects(desired: Configuration, current: Configuration | None) -> list[Section] | None:
    """The sections to check; None for all."""
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
    return [section for section in desired.document.sections if id(section) in new or named.search(section.text)]


MANY_NAMES = 100
"""With more changed names than this, it is faster to check all sections."""


def misspellings(desired: Configuration, current: Configuration | None = None) -> list[Fault]:
    """The keywords with a typing error, in the order of the lines.

    Args:
        desired: the desired text.
        current: the current text, whose sections are not checked again; None to check all sections.
    """
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
    """`misspelt` for a line; cached."""
    words = decode(text)
    return misspelt(kind, words) if words and not words[0].startswith(".") else None


def _fault(named: Named, section: Section, there: Definitions, source: Configuration) -> Fault:
    what, remedy = _described(named, section, there)
    return Fault(source.document.where(named.line, named.column), what, remedy, named.text, named.column, named.line)


def _described(named: Named, section: Section, there: Definitions) -> tuple[str, str]:
    """The fault and its remedy."""
    if named.to == "server":
        owner = there.owner(named, section)
        if owner is not None:
            return f"{owner.kind} {owner.name} has no server {named.last!r}", _remedy(named, section, there)
        backend = named._replace(to="backend", name=named.proxy)
        return f"backend {named.proxy!r} does not exist", _remedy(backend, section, there)
    proxy = there.proxy(named.name)
    if named.to == "table" and proxy is not None:
        return f"{proxy.kind} {proxy.name} has no stick-table", "add a `stick-table` line to it"
    if named.to == "backend" and proxy is not None:
        return f"{named.name!r} is a frontend, not a backend", _remedy(named, section, there)
    noun = _NOUNS.get(named.to, named.to)
    return f"{noun} {named.name!r} does not exist", _remedy(named, section, there)


_NOUNS = {
    "table": "stick-table",
    **{kind: f"{kind} section" for kind in ("acme", "defaults", "http-errors", "mailers", "peers", "resolvers")},
}


def _remedy(named: Named, section: Section, there: Definitions) -> str:
    """The most similar name; else the section to add, and the names that are defined."""
    known = there.known(named, section) or frozenset()
    names = sorted(filter(None, known - ALWAYS_THERE.get(named.to, frozenset())))
    near = get_close_matches(named.last, names, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    add = f"add `{named.to} {named.last}`" if named.to in every_kind() else ""
    more = ", …" if len(names) > MANY else ""
    others = f"write one of {', '.join(names[:MANY])}{more}" if names else ""
    return ", or ".join(filter(None, (add, others)))
