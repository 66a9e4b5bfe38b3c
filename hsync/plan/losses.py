"""losses: what a Data Plane API server would change in the desired text by itself, on any write of anything.

The server rewrites the whole file at each commit: directives by keyword, unknown ones last. Where order carries
meaning, that is a silent change of meaning. An older server knows fewer of them, and drops words of some. It is refused
before anything is sent, each place with its remedy. A target without such a server (the embedded one) keeps text as it
is and has none of these losses.

Rule 1: all sections are looked at when anything is written, since a file that somebody wrote by hand may be on the
server already, and no server has been over it yet. That costs about what the server needs to read the text.

Source: docs/reference/dataplane-api.md 6.1; docs/reference/haproxy-cfg.md section 1 (traps) and section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from hsync.errors import Fault
from hsync.model import BoundSection, Configuration
from hsync.plan.fields import shown, why
from hsync.plan.obstacles import NO_UTF8
from hsync.plan.older import cut, moves, newer, sinking, sunk
from hsync.plan.order import tangles
from hsync.schema import Row, RowTable
from hsync.sections import unmodelled
from hsync.syntax import Section

__all__ = ["losses"]


def losses(text: Configuration, api: str, keys: Iterable[tuple[str, str]] | None = None) -> list[Fault]:
    """Every place where the server would change the meaning of a text, in the order of its lines.

    Args:
        text: what the server is to run; to be asked about only when there is something to write.
        api: the server's API release, `3.2`.
        keys: the sections to look at, (kind, name); None for all.
    """
    bound = [text.bound(key) for key in (text.sections if keys is None else keys)]
    found = [*_above_defaults(text, bound), *(one for section in bound for one in _within(section, api))]
    return [Fault(text.document.where(line), what, remedy) for line, what, remedy in sorted(found)]


_Found = Iterator[tuple[int, str, str]]


def _within(section: BoundSection, api: str) -> _Found:
    yield from _absorbed(section.section, api)
    yield from _undecodable(section.section)
    yield from _tangled(section)
    yield from _reordered(section)
    yield from _snippet(section, api)
    yield from _sinking(section)
    yield from _lost(section)
    yield from _too_old(section, api)


def _absorbed(section: Section, api: str) -> _Found:
    gone = unmodelled()[section.kind].gone if section.kind in unmodelled() else ""
    if gone and not newer(gone, api):
        what = f"the server knows no {section.kind} since {gone}: it would add these lines to the section before"
        yield section.line, what, "remove the section, or manage this host without a Data Plane API"


def _undecodable(section: Section) -> _Found:
    for line in section.directives if NO_UTF8.search(section.text) else ():
        if NO_UTF8.search(line.text):
            yield line.number, "a byte that is not UTF-8: the server would store another character", "write it in UTF-8"


def _above_defaults(text: Configuration, sections: Iterable[BoundSection]) -> _Found:
    below = next((section for section in text.document.sections if section.kind == "defaults"), None)
    for section in sections if below else ():
        if text.parents.get(section.key) == "" and section.kind != "defaults" and below is not None:
            what = f"{section.kind} {section.name} stands above the defaults of line {below.line}: the server writes"
            what = f"{what} defaults first, and they would apply to it"
            yield section.section.line, what, "put the defaults above it"


def _tangled(section: BoundSection) -> _Found:
    """Lines of different keywords whose order means something, in another order than the server's."""
    for one in tangles(section.section) if section.type else ():
        below, above = (" ".join(line.words[:2]) for line in (one.below, one.above))
        what = f"`{below}` below the `{above}` of line {one.above.number}: {one.why}"
        yield one.below.number, what, "put it above, or keep only what is meant"


def _reordered(section: BoundSection) -> _Found:
    """Lines that the server does not read, above lines of their keyword that it does: they would end up behind them."""
    below: Counter[str] = Counter()
    for one in reversed(section.opaque if section.type else ()):
        word = one.line.words[0]
        if one.stays:
            below[word] += 1
        behind = sum(len(section.children.get(path, ())) - count for path, count in one.after) + below[word]
        if behind and not (one.line.snippet or one.stays):
            what = f"`{shown(one.line)}`: {why(one)}; the server would move it behind {behind} other {word} lines"
            yield one.line.number, what, f"put it after the other {word} lines, or use a form that the API knows"


def _snippet(section: BoundSection, api: str) -> _Found:
    """A block between config-snippet comments that does not stand where the server writes it."""
    for place, one in enumerate(section.opaque if section.type else ()):
        for path, before in one.after if one.line.snippet else ():
            text_above = any(
                other.after[:1] == one.after[:1] for other in section.opaque[:place] if not other.line.snippet
            )
            if text_above or not _in_place(section, path, before, api):
                word = one.line.words[0]
                what = (
                    f"`{shown(one.line)}`: the server has a place for config-snippet blocks, and would change the order"
                )
                yield one.line.number, f"{what} of this and other {word} lines", f"put all {word} lines into the block"


def _in_place(section: BoundSection, path: str, before: int, api: str) -> bool:
    """Whether a block with so many children above it stands where the server writes it."""
    child = section.type.child_by_path[path] if section.type else None
    behind = section.type is not None and path in section.type.behind_snippet
    return all(
        (place >= before) == (behind or (child is not None and moves(child, one, api)))
        for place, one in enumerate(section.children.get(path, ()))
    )


def _sinking(section: BoundSection) -> _Found:
    """Lines of the section itself that the server does not read: it would move them behind what they are about."""
    rows = section.type.table if section.type else RowTable[Row](())
    for one in section.opaque:
        placed = not one.stays and not one.line.snippet and any(row.kept for row in rows.find(one.line.words))
        below = sunk(section.section, one.line) if placed else None
        if below:
            what = f"`{shown(one.line)}`: {why(one)}; the server would move it behind `{' '.join(below.words[:2])}`"
            yield one.line.number, what, "put it there if that is meant, or use a form that the API knows"


def _lost(section: BoundSection) -> _Found:
    """Lines of which the server would drop words, or which would drop one before them."""
    for one in section.opaque:
        if one.lost:
            yield one.line.number, f"`{shown(one.line)}`: {one.lost.what}", one.lost.remedy


def _too_old(section: BoundSection, api: str) -> _Found:
    """Lines that the server does not know yet, where that changes what they mean."""
    if section.type is None or newer(section.type.since, api):
        return
    for line in cut(section, api):
        what = f"`{shown(line)}`: the server speaks API {api} and would drop words that it does not know"
        yield line.number, what, "leave them out, or update the Data Plane API"
    for line, behind in sinking(section, api):
        what = f"`{shown(line)}`: the server speaks API {api}, does not know it and would move it behind {behind}"
        yield line.number, what, "put it there if that is meant, or update the Data Plane API"
