"""Random pairs of texts: a configuration, and the same after some edits, with sections in any valid order.

Rule 1: as in `strategies`, no code here names a directive.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from hsync.sections import by_kind, unmodelled
from tests.property.spelling import looks
from tests.property.strategies import (
    Part,
    Style,
    child_of,
    completed,
    configurations,
    distinct,
    in_order,
    needed,
    parts,
    text_of,
)

__all__ = ["PLACINGS", "pairs", "placed", "successors"]

HEIRS = frozenset(unmodelled()) | {kind for kind, section in by_kind().items() if section.inherits} - {"defaults"}
"""Section kinds that must be below their defaults; otherwise their order is free."""

PLACINGS = ("named", "one", "anonymous", "beside", "none")
"""The defaults sections: all named, one that proxies need not name, one without a name, the latter together with
named ones, none.
"""


@st.composite
def placed(draw: st.DrawFn, sections: tuple[Part, ...], placing: str) -> tuple[Part, ...]:
    """The sections of a text, with proxies in any order below the defaults that they inherit from.

    If there are several defaults, each proxy names its own: hsync refuses other texts, since a server would damage them.
    """
    defaults = [part for part in sections if part.kind == "defaults"]
    heirs = draw(st.permutations([part for part in sections if part.kind in HEIRS]))
    if placing == "beside":
        defaults += [replace(part, name="", parent="") for part in defaults[:1]]
    elif placing != "named":
        name = "" if placing == "anonymous" else "".join(part.name for part in defaults[:1])
        defaults = [replace(part, name=name, parent="") for part in defaults[: placing != "none"]]
        said = ["", name if defaults else ""]
        heirs = [replace(part, parent=draw(st.sampled_from(said)) if part.parent else "") for part in heirs]
    others = [part for part in sections if part.kind not in HEIRS | {"defaults"}]
    return (*others[:1], *defaults, *others[1:], *heirs)


@st.composite
def pairs(draw: st.DrawFn, style: Style) -> tuple[str, str]:
    """A current and a desired text: the second is the first after some edits, or independent of it."""
    first = draw(configurations(style))
    second = draw(configurations(style) if draw(st.integers(0, 5)) == 0 else successors(first, style))
    if not style.handwritten:
        return text_of(first), text_of(second)
    before = draw(st.sampled_from(PLACINGS))
    after = before if draw(st.integers(0, 3)) else draw(st.sampled_from(PLACINGS))
    return text_of(draw(placed(first, before))), text_of(draw(placed(second, after)))


@st.composite
def successors(draw: st.DrawFn, first: tuple[Part, ...], style: Style) -> tuple[Part, ...]:
    """Sections after some edits: deleted, changed, respelled, or created."""
    kept = [part for part in first if part.kind == "global" or draw(st.integers(0, 5))]
    second = [draw(edited(part, style)) if draw(st.booleans()) else draw(rewritten(part, style)) for part in kept]
    more = draw(configurations(style)) if draw(st.booleans()) else ()
    known = {part.key for part in second}
    second += [part for part in more if part.key not in known]
    return draw(completed(tuple(second), style))


@st.composite
def rewritten(draw: st.DrawFn, part: Part, style: Style) -> Part:
    """A section with the same meaning, perhaps with another look."""
    return replace(part, look=draw(looks(readable=style.server))) if style.handwritten and draw(st.booleans()) else part


@st.composite
def edited(draw: st.DrawFn, part: Part, style: Style) -> Part:
    """A section after some edits: lines deleted, created, changed, moved."""
    fresh = draw(parts(part.kind, part.name, style))
    needs = {line.name for line in needed(part.kind, style)}
    own = {row: line for row, line in part.own if row in needs or draw(st.booleans())}
    own |= {row: line for row, line in fresh.own if draw(st.booleans())}
    old, new = dict(part.children), dict(fresh.children)
    children = []
    for path in dict.fromkeys((*old, *new)):
        lines = [line for line in old.get(path, ()) if draw(st.integers(0, 4))]
        for line in new.get(path, ()):
            lines.insert(draw(st.integers(0, len(lines))), line)
        if draw(st.integers(0, 3)) == 0:
            lines = draw(st.permutations(lines))
        children.append((path, distinct(child_of(part.kind, path), lines)))
    parent = draw(st.sampled_from([part.parent, fresh.parent]))
    written_as = draw(st.sampled_from([part, fresh]))
    return replace(
        written_as,
        own=in_order(part.kind, own),
        children=tuple(children),
        parent=parent,
        late=fresh.late,
    )
