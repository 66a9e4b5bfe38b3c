r"""losses: lines of the desired text whose meaning the server would change by itself, at any write.

The server rewrites the whole file at each commit: it sorts the lines of a section by keyword, and moves the lines that
it cannot parse to the end. Where HAProxy depends on the order, this changes the meaning without a message. The server
also drops unknown words of some lines. Such a plan is refused before anything is sent, with a remedy for each line. A
file target keeps its text and has no losses.

Example: the server cannot parse `http-request odd-thing`, and would move it below the `deny` rule.

>>> def report(text, api="3.4"):
...     for fault in losses(Configuration.from_text(text, "t"), api):
...         print(fault.where, fault.what)
>>> report("frontend www\n http-request odd-thing\n http-request deny\n")
t:2 `http-request odd-thing`: ...; the server would move it below 1 other http-request line
>>> report("frontend www\n http-request deny\n http-request odd-thing\n")

The server writes `default-server` above the servers, where it applies to all of them:

>>> report("backend web\n server s1 192.0.2.1:80\n default-server check\n")
t:3 `default-server check` is below `server s1` at line 2: the server would move it up, and it would apply to that line

A server of API 3.2 parses `do-log`, and drops the parameter `profile`, which is newer:

>>> report("frontend www\n http-request do-log profile p\n", api="3.2")
t:2 `http-request do-log profile p`: the server's API is 3.2, which would drop words that it does not know
>>> report("frontend www\n http-request do-log profile p\n", api="3.4")

Rule 1: at a write, all sections are checked, not only those that change: somebody may have edited the file of the
server by hand, so that the server has not rewritten it yet. The check takes about as long as the server takes to parse
the text.
Rule 2: a section that the server has written itself, line by line, is not read: the server writes it as it is. If it
does not, for example because its API is older now, the proof of the staged text shows the difference before the commit.

Source: docs/reference/dataplane-api.md 6.1; docs/reference/haproxy-cfg.md section 1 (traps) and section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from hsync.errors import Fault
from hsync.model import Configuration, ResourceSection
from hsync.plan.fields import shown, why
from hsync.plan.obstacles import NO_UTF8
from hsync.plan.older import cut, moves, newer, sinking, sunk
from hsync.plan.order import tangles
from hsync.schema import Row, RowTable
from hsync.sections import unmodelled
from hsync.syntax import Section

__all__ = ["losses"]


def losses(
    text: Configuration,
    api: str,
    keys: Iterable[tuple[str, str]] | None = None,
    written: Configuration | None = None,
) -> list[Fault]:
    """All lines whose meaning the server would change, in the order of the text.

    Args:
        text: the text that the server is going to have.
        api: the server's API release, `3.2`.
        keys: (kind, name) of the sections to check; None for all.
        written: the text of the server, if the server itself has written it; else None.
    """
    sections = [text.resources(key) for key in (text.sections if keys is None else keys)]
    own = written.sections if written is not None else {}
    fresh = [one for one in sections if one.key not in own or not _alike(own[one.key], one.section)]
    found = [*_above_defaults(text, sections), *(loss for section in fresh for loss in _within(section, api))]
    return [Fault(text.document.where(line), what, remedy) for line, what, remedy in sorted(found)]


_Found = Iterator[tuple[int, str, str]]


def _alike(one: Section, other: Section) -> bool:
    """Whether two sections have the same lines, apart from indentation, blank lines and lines of comments."""
    if one.text == other.text:
        return True
    heads = (side.lines[0].strip() for side in (one, other))
    old, new = ([(line.text, line.snippet) for line in side.directives] for side in (one, other))
    return len(set(heads)) == 1 and old == new


def _within(section: ResourceSection, api: str) -> _Found:
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
        what = f"API {gone} and later do not know {section.kind}: the server would add these lines to the section above"
        yield section.line, what, "remove the section, or manage this host without a Data Plane API"


def _undecodable(section: Section) -> _Found:
    for line in section.directives if NO_UTF8.search(section.text) else ():
        if NO_UTF8.search(line.text):
            what = "a byte that is not UTF-8: the server would store another character"
            yield line.number, what, "write the line in UTF-8"


def _above_defaults(text: Configuration, sections: Iterable[ResourceSection]) -> _Found:
    below = next((section for section in text.document.sections if section.kind == "defaults"), None)
    for section in sections if below else ():
        if text.parents.get(section.key) == "" and section.kind != "defaults" and below is not None:
            name = f"{section.kind} {section.name}"
            why_lost = f"the server writes defaults first, and {name} would inherit from it"
            what = f"{name} is above the defaults section at line {below.line}: {why_lost}"
            yield section.section.line, what, f"move the defaults section above {name}"


def _tangled(section: ResourceSection) -> _Found:
    """Order-sensitive lines of different keywords that are not in the server's order."""
    for tangle in tangles(section.section) if section.type else ():
        below, above = (" ".join(line.words[:2]) for line in (tangle.below, tangle.above))
        what = f"`{below}` is below `{above}` at line {tangle.above.number}: {tangle.why}"
        yield tangle.below.number, what, "move it above that line, or keep only one of the two"


def _reordered(section: ResourceSection) -> _Found:
    """Unparsed lines above parsed lines of the same keyword; the server would move them below."""
    parsed: Counter[str] = Counter()
    for opaque in reversed(section.opaque if section.type else ()):
        word = opaque.line.words[0]
        if opaque.stays:
            parsed[word] += 1
        below = sum(len(section.children.get(path, ())) - count for path, count in opaque.after) + parsed[word]
        if below and not (opaque.line.snippet or opaque.stays):
            others = f"{below} other {word} line{'s' * (below > 1)}"
            what = f"`{shown(opaque.line)}`: {why(opaque)}; the server would move it below {others}"
            yield opaque.line.number, what, f"move it below the other {word} lines, or use a form that the API has"


def _snippet(section: ResourceSection, api: str) -> _Found:
    """Lines of a config-snippet block that is not at the place where the server writes it."""
    for place, opaque in enumerate(section.opaque if section.type else ()):
        for path, before in opaque.after if opaque.line.snippet else ():
            text_above = any(
                other.after[:1] == opaque.after[:1] for other in section.opaque[:place] if not other.line.snippet
            )
            if text_above or not _in_place(section, path, before, api):
                word = opaque.line.words[0]
                moved = f"the server would move this block, and change the order of the {word} lines"
                yield opaque.line.number, f"`{shown(opaque.line)}`: {moved}", f"put all {word} lines into the block"


def _in_place(section: ResourceSection, path: str, before: int, api: str) -> bool:
    """Whether a config-snippet block with so many children above it is at the place where the server writes it."""
    child = section.type.child_by_path[path] if section.type else None
    behind = section.type is not None and path in section.type.behind_snippet
    return all(
        (place >= before) == (behind or (child is not None and moves(child, resource, api)))
        for place, resource in enumerate(section.children.get(path, ()))
    )


def _sinking(section: ResourceSection) -> _Found:
    """Unparsed lines of the section itself; the server would move them below lines that they apply to."""
    rows = section.type.table if section.type else RowTable[Row](())
    for opaque in section.opaque:
        placed = not opaque.stays and not opaque.line.snippet and any(row.kept for row in rows.find(opaque.line.words))
        below = sunk(section.section, opaque.line) if placed else None
        if below:
            moved = f"the server would move it below `{' '.join(below.words[:2])}`"
            what = f"`{shown(opaque.line)}`: {why(opaque)}; {moved}"
            yield opaque.line.number, what, "move it there if you mean that, or use a form that the API has"


def _lost(section: ResourceSection) -> _Found:
    """Lines of which the server would drop words, or because of which it would drop an earlier line."""
    for opaque in section.opaque:
        if opaque.lost:
            yield opaque.line.number, f"`{shown(opaque.line)}`: {opaque.lost.what}", opaque.lost.remedy


def _too_old(section: ResourceSection, api: str) -> _Found:
    """Lines that are too new for the server, if it would change their meaning."""
    if section.type is None or newer(section.type.since, api):
        return
    for line in cut(section, api):
        what = f"`{shown(line)}`: the server's API is {api}, which would drop words that it does not know"
        yield line.number, what, "remove them, or update the Data Plane API"
    for line, below in sinking(section, api):
        what = f"`{shown(line)}`: the server's API is {api}, which cannot parse it and would move it below {below}"
        yield line.number, what, "move it there if you mean that, or update the Data Plane API"
