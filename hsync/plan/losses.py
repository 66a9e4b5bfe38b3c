"""losses: what a Data Plane API server would change in the desired text by itself, on any write of anything.

The server rewrites the whole file at each commit: directives by keyword, unknown ones last. Where order carries
meaning, that is a silent change of meaning. An older server knows fewer of them, and drops words of some. It is refused
before anything is sent, each place with its remedy. A target without such a server (the embedded one) keeps text as it
is and has none of these losses.

Source: reference/dataplane-api.md 6.1; reference/haproxy-cfg.md section 1 (traps) and section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hsync.errors import Fault
from hsync.model import BoundSection, Configuration, Opaque
from hsync.plan.compare import Delta
from hsync.plan.lanes import NO_UTF8
from hsync.plan.older import cut, newer, sinking
from hsync.plan.order import tangles
from hsync.schema import Fields, Form, Mismatch
from hsync.syntax import Section, decode

__all__ = ["losses"]

_GONE = {"program": "3.4", "namespace_list": "3.0"}
"""Section kinds that the server does not know from an API line on: it adds their lines to the section before."""


def losses(desired: Configuration, deltas: Iterable[Delta], api: str) -> list[Fault]:
    """Every place where the server would change the meaning of a section that the plan touches, in order.

    What the plan does not touch is the server's own text already, but for proxies that defaults come to stand above.
    """
    deltas = tuple(deltas)
    found = list(_above_defaults(desired)) if deltas else []
    found += [
        (line, what, remedy)
        for delta in deltas
        if (section := delta.after) is not None
        for line, what, remedy in (
            *_absorbed(section.section, api),
            *_undecodable(section.section),
            *_tangled(section),
            *_reordered(section),
            *_respelled(section, api),
            *_too_old(section, api),
        )
    ]
    return [Fault(desired.document.where(line), what, remedy) for line, what, remedy in sorted(found)]


_Found = Iterator[tuple[int, str, str]]


def _absorbed(section: Section, api: str) -> _Found:
    gone = _GONE.get(section.kind)
    if gone and not newer(gone, api):
        what = f"the server knows no {section.kind} since {gone}: it would add these lines to the section before"
        yield section.line, what, "remove the section, or manage this host without a Data Plane API"


def _undecodable(section: Section) -> _Found:
    for line in section.directives if NO_UTF8.search(section.text) else ():
        if NO_UTF8.search(line.text):
            yield line.number, "a byte that is not UTF-8: the server would store another character", "write it in UTF-8"


def _above_defaults(desired: Configuration) -> _Found:
    below = next((section for section in desired.document.sections if section.kind == "defaults"), None)
    for key, parent in desired.parents.items() if below else ():
        section = desired.sections[key]
        if not parent and section.kind != "defaults" and below is not None:
            what = f"{section.kind} {section.name} stands above the defaults of line {below.line}: the server writes"
            yield section.line, f"{what} defaults first, and they would apply to it", "put the defaults above it"


def _tangled(section: BoundSection) -> _Found:
    """Lines of different keywords whose order means something, in another order than the server's."""
    for one in tangles(section.section) if section.type else ():
        below, above = (" ".join(line.words[:2]) for line in (one.below, one.above))
        what = f"`{below}` below the `{above}` of line {one.above.number}: {one.why}"
        yield one.below.number, what, "put it above, or keep only what is meant"


def _reordered(section: BoundSection) -> _Found:
    """Lines that the server does not know, between lines of their keyword that it does: they would end up behind them.

    A line that it knows and hsync keeps as text (`raw_only`) stays where it is.
    """
    for one in section.opaque:
        behind = sum(len(section.children.get(path, ())) - count for path, count in one.after)
        if behind and not one.line.snippet and not one.known:
            word = one.line.words[0]
            what = f"`{one.line.text}`: {one.reason}; the server would move it behind {behind} other {word} lines"
            yield one.line.number, what, f"put it after the other {word} lines, or use a form that the API knows"


def _respelled(section: BoundSection, api: str) -> _Found:
    """Lines kept as text that the server reads, and would write in another order than they were pushed."""
    known = section.type is not None and not newer(section.type.since, api)
    for one in section.opaque if known else ():
        words = one.line.words
        for form in _forms(section, one) if one.known else ():
            body: Fields = {}
            try:
                form.read(words, body)
            except Mismatch:
                continue
            written = " ".join(form.write(body) or words)
            meaning = decode(written)
            if meaning != one.line.meaning and sorted(meaning) == sorted(one.line.meaning):
                what = f"`{one.line.text}`: {one.reason}; and it would write its words in another order"
                yield one.line.number, what, f"write `{written}`"
            break


def _forms(section: BoundSection, one: Opaque) -> Iterator[Form]:
    for path, _ in one.after if section.type else ():
        yield from section.type.child_by_path[path].table.find(one.line.words) if section.type else ()


def _too_old(section: BoundSection, api: str) -> _Found:
    """Lines that the server does not know yet, where that changes what they mean."""
    if section.type is None or newer(section.type.since, api):
        return
    for line in cut(section, api):
        what = f"`{line.text}`: the server speaks API {api} and would drop words that it does not know"
        yield line.number, what, "leave them out, or update the Data Plane API"
    for line, behind in sinking(section, api):
        what = f"`{line.text}`: the server speaks API {api}, does not know it and would move it behind {behind}"
        yield line.number, what, "put it there if that is meant, or update the Data Plane API"
