"""Random lines, sections and configurations, derived from the row tables. Pairs of them are in `edits`.

Rule 1: no code here names a directive: new rows, forms, children and section types need no further code.
Rule 2: a feature draws values only if its flag in `Style` is set, so that tests without it keep the same draws.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from hsync.model.to_resources import read_child
from hsync.plan.obstacles import newer
from hsync.schema import Child, Form, Option, Row, Rows, SectionType, Shape
from hsync.sections import by_kind, proxy_shapes, unmodelled
from hsync.syntax import raw_words
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END, SNIPPET_KINDS
from tests.property.spelling import PLAIN, Look, looks, written
from tests.property.values import NAMES
from tests.property.words import Scope, Words, words

__all__ = [
    "Line",
    "Part",
    "Style",
    "child_of",
    "completed",
    "configurations",
    "distinct",
    "families",
    "in_order",
    "kinds_of",
    "lines_of",
    "needed",
    "parts",
    "text_of",
    "unmodelled_of",
]

Lines = st.SearchStrategy[str]


def spoken(head: tuple[str, ...], args: Words) -> Lines:
    """Head and words as a line."""
    return args.map(lambda made: " ".join((*head, *made)))


def line_of_row(row: Row, kind: str, scope: Scope) -> Lines:
    """A line of a section's own object; empty if the API release does not have it."""
    if newer(row.since, scope.api):
        return st.nothing()
    scope = replace(scope, head=" ".join((kind, *row.keyword)))
    for cls in type(row).__mro__:
        if cls in ROWS:
            return ROWS[cls](row, kind, scope)
    raise LookupError(type(row).__name__)


def _option(row: Option, kind: str, scope: Scope) -> Lines:
    found = st.sampled_from([" ".join(head) for head in row.heads()])
    return st.nothing() if newer(row.flag.since, scope.api) else found


ROWS: dict[type, Callable[[Any, str, Scope], Lines]] = {
    Row: lambda row, _kind, scope: spoken(row.keyword, words(row.args, scope)),
    Option: _option,
    Rows: lambda row, _kind, scope: spoken(row.keyword, words(row.many, scope)),
    proxy_shapes.Either: lambda row, kind, scope: st.one_of([line_of_row(one, kind, scope) for one in row.rows]),
}


def line_of_form(form: Form, scope: Scope) -> Lines:
    """A line of a child; empty if the API release does not have it."""
    if newer(form.since, scope.api):
        return st.nothing()
    said = [str(value) for value in form.const.values() if str(value) not in form.head]
    scope = replace(scope, head=" ".join((*form.head, *said)))
    return joined_args(form, scope)


def joined_args(form: Form, scope: Scope) -> Lines:
    """Head and args of a form."""
    parts = st.tuples(*(words(arg, scope) for arg in form.args))
    return parts.map(lambda many: " ".join((*form.head, *(one for part in many for one in part))))


@dataclass(frozen=True)
class Line:
    """A source of random lines: a row or form, and a strategy for its lines.

    Args:
        name: name for people: `frontend/http_request_rules/http-request deny`.
        family: `frontend` for the section's own lines, `frontend/acls` for children.
        raw_only: see `Row`.
        made: strategy for the lines.
    """

    name: str
    family: str
    raw_only: str
    made: Lines


@cache
def lines_of(kind: str, scope: Scope) -> tuple[Line, ...]:
    """All rows and forms of a section type in the API release."""
    return tuple(_lines_of(by_kind()[kind], scope))


def _lines_of(section_type: SectionType, scope: Scope) -> Iterator[Line]:
    kind = section_type.kind
    for row in section_type.rows:
        made = line_of_row(row, kind, scope)
        if not made.is_empty:
            yield Line(f"{kind} {' '.join(next(row.heads()))}", kind, row.raw_only, made)
    for child in section_type.children:
        for form in () if newer(child.since, scope.api) else child.forms:
            made = line_of_form(form, scope)
            if not made.is_empty:
                said = "/".join(str(value) for value in form.const.values())
                yield Line(f"{kind} {' '.join(form.head)} {said}", f"{kind}/{child.path}", form.raw_only, made)


# Sections


@dataclass(frozen=True)
class Part:
    """A section of a random configuration.

    Args:
        kind: its kind.
        name: "" for singletons.
        parent: name in `from`, or "".
        own: lines of its own object, by row.
        children: lines by collection, in order.
        late: whether the section's own lines are below its children, except for `default-server` and `default-bind`.
        block: lines of a config-snippet block with its two comment lines; empty for none.
        place: number of lines above the block.
        look: its spelling.
    """

    kind: str
    name: str
    parent: str = ""
    own: tuple[tuple[str, str], ...] = ()
    children: tuple[tuple[str, tuple[str, ...]], ...] = ()
    late: bool = False
    block: tuple[str, ...] = ()
    place: int = 0
    look: Look = PLAIN

    @property
    def key(self) -> tuple[str, str]:
        """Kind and name."""
        return (self.kind, self.name)

    @property
    def lines(self) -> list[str]:
        """All lines below the header."""
        first = [line for _, line in self.own if not self.late or line.startswith("default-")]
        last = [line for _, line in self.own if line not in first]
        made = [*first, *(line for _, many in self.children for line in many), *last]
        return [*made[: self.place], *self.block, *made[self.place :]]

    @property
    def header(self) -> str:
        """The header line."""
        return " ".join(filter(None, (self.kind, self.name, self.parent and f"from {self.parent}")))

    @property
    def text(self) -> str:
        """The section as text."""
        return written(self.header, self.lines, self.look)


@dataclass(frozen=True)
class Style:
    """Options for random configurations.

    Args:
        scope: scope of the words.
        raw_only: whether there may be lines that need the raw lane.
        keep: whether a line may occur, by section kind and line.
        kinds: section kinds, maybe with those of `unmodelled_of`; empty for all kinds of the API.
        handwritten: whether texts are as people write them: with comments, blanks and quotes of any kind, with
            config-snippets, and with defaults that apply by their place.
        server: whether texts are for a server, which moves a line with quoted keywords.
    """

    scope: Scope
    raw_only: bool = False
    keep: Callable[[str, str], bool] | None = None
    kinds: tuple[str, ...] = ()
    handwritten: bool = False
    server: bool = False


@cache
def families(kind: str, style: Style) -> dict[str, tuple[Line, ...]]:
    """The lines of a section type by collection; its own lines by the kind."""
    found: dict[str, list[Line]] = {}
    for line in lines_of(kind, style.scope):
        if style.raw_only or not line.raw_only:
            found.setdefault(line.family, []).append(line)
    return {family: tuple(many) for family, many in found.items()}


def parts(kind: str, name: str, style: Style) -> st.SearchStrategy[Part]:
    """A section with a few lines."""
    made = mixed(kind, name, style) if kind in unmodelled() else tabled(kind, name, style)
    return made.flatmap(lambda part: handwritten(part, style)) if style.handwritten else made


@st.composite
def mixed(draw: st.DrawFn, kind: str, name: str, style: Style) -> Part:
    """A section with lines of the kinds in `like`; only the last of several lines of a row."""
    many = [draw(tabled(like, name, style)) for like in tables(kind)]
    own = {row.partition(" ")[2]: (row, line) for part in many for row, line in part.own}
    children: dict[str, tuple[str, ...]] = {}
    for path, lines in (one for part in many for one in part.children):
        children[path] = distinct(child_of(kind, path), [*children.get(path, ()), *lines])
    return replace(many[0], kind=kind, own=tuple(own.values()), children=tuple(children.items()))


def child_of(kind: str, path: str) -> Child:
    """The type of a collection, in the first kind that has it."""
    return next(table[path] for one in tables(kind) if path in (table := by_kind()[one].child_by_path))


def tables(kind: str) -> tuple[str, ...]:
    """The kinds whose lines a section may have: its own kind, or those in `like` for a kind without API objects.

    Without `like` the lines are those of global, which have a meaning to a server that does not know the kind.
    """
    return (kind,) if kind in by_kind() else unmodelled()[kind].like or ("global",)


@st.composite
def handwritten(draw: st.DrawFn, part: Part, style: Style) -> Part:
    """The section with another look, perhaps with a config-snippet block."""
    block: list[str] = []
    if part.kind in SNIPPET_KINDS and draw(st.integers(0, 4)) == 0:
        block = draw(st.lists(st.sampled_from(any_lines(part.kind, style)).flatmap(lambda one: one.made), max_size=3))
        block = [line for line in block if style.keep is None or style.keep(part.kind, line)]
        block = [".if defined(HOME)", *block, ".endif"] if draw(st.booleans()) else block
        block = [SNIPPET_BEGIN, *block, SNIPPET_END]
    place = draw(st.integers(0, len(part.lines)))
    return replace(part, block=tuple(block), place=place, look=draw(looks(readable=style.server)))


@cache
def any_lines(kind: str, style: Style) -> tuple[Line, ...]:
    """All lines that a section may have."""
    return tuple(line for one in tables(kind) for many in families(one, style).values() for line in many)


@st.composite
def tabled(draw: st.DrawFn, kind: str, name: str, style: Style) -> Part:
    """A section of a known kind with a few lines of some collections."""
    known = families(kind, style)
    own = draw(st.lists(st.sampled_from(known[kind]), max_size=5, unique=True)) if kind in known else []
    own += [line for line in needed(kind, style) if line not in own]
    section_type = by_kind()[kind]
    chosen = (
        draw(st.lists(st.sampled_from(section_type.children), max_size=4, unique_by=id))
        if section_type.children
        else []
    )
    children = []
    for child in chosen:
        table = known.get(f"{kind}/{child.path}", ())
        many = [draw(one.made) for one in draw(st.lists(st.sampled_from(table), max_size=4))] if table else []
        many = [line for line in many if style.keep is None or style.keep(kind, line)]
        children.append((child.path, distinct(child, many)))
    parent = draw(st.sampled_from(NAMES["defaults"])) if section_type.inherits and kind != "defaults" else ""
    if kind == "defaults" and name != NAMES["defaults"][0]:
        parent = draw(st.sampled_from(["", NAMES["defaults"][0]]))
    lines = [(line.name, draw(line.made)) for line in own]
    lines = [(row, line) for row, line in lines if style.keep is None or style.keep(kind, line)]
    return Part(
        kind, name, parent, in_order(kind, dict(lines)), tuple(children), section_type.inherits and draw(st.booleans())
    )


def in_order(kind: str, lines: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """A section's own lines; in global in the order of the rows, since HAProxy sets its environment in order."""
    rows = list(lines) if kind != "global" else [one.name for one in lines_of(kind, Scope(api="99", odd=True))]
    return tuple((row, lines[row]) for row in dict.fromkeys(rows) if row in lines)


@cache
def needed(kind: str, style: Style) -> tuple[Line, ...]:
    """The section's own lines without which the API refuses it."""
    if kind in unmodelled():
        return ()
    section_type = by_kind()[kind]
    rows = [
        row for row in section_type.rows if {path.partition(".")[0] for path in row.paths} & set(section_type.needs)
    ]
    heads = {f"{kind} {' '.join(next(row.heads()))}" for row in rows}
    return tuple(line for line in families(kind, style).get(kind, ()) if line.name in heads)


def distinct(child: Child, lines: list[str]) -> tuple[str, ...]:
    """The lines of a collection; only the first of several children with the same name."""
    if child.shape is not Shape.NAMED:
        return tuple(lines)
    return tuple({name_of(child, line): line for line in reversed(lines)}.values())[::-1]


def name_of(child: Child, line: str) -> str:
    """The name of the child of a line; the line itself if it is not a child."""
    made = raw_words(line)
    bodies = (read_child(child, form, made) for form in child.table.find(made))
    return next((str(body.get(child.key)) for body in bodies if isinstance(body, dict)), line)


# Configurations


@st.composite
def configurations(draw: st.DrawFn, style: Style) -> tuple[Part, ...]:
    """A few sections, with the sections that they refer to."""
    kinds = style.kinds or kinds_of(style.scope)
    count = draw(st.integers(1, 8))
    drawn = [draw(st.sampled_from(kinds)) for _ in range(count)]
    found: dict[tuple[str, str], Part] = {}
    for kind in ("global", *drawn):
        names = names_of(kind)
        name = draw(st.sampled_from(names)) if names else ""
        found.setdefault((kind, name), draw(parts(kind, name, style)))
    return draw(completed(tuple(found.values()), style))


def names_of(kind: str) -> tuple[str, ...]:
    """The names of the sections of a kind, without nameless sections."""
    if kind in unmodelled():
        return (f"{kind}-1", f"{kind}-2", f"{kind}-3") if unmodelled()[kind].named else ()
    return () if by_kind()[kind].shape is Shape.SINGLETON else NAMES[by_kind()[kind].path]


@cache
def kinds_of(scope: Scope) -> tuple[str, ...]:
    """The section kinds of the API release; proxies several times, since most sections are proxies."""
    every = tuple(kind for kind, section in by_kind().items() if not newer(section.since, scope.api))
    return (*every, *("frontend", "backend", "defaults") * 3)


def unmodelled_of(api: str) -> tuple[str, ...]:
    """The kinds without API objects that a server keeps; frequent kinds several times.

    Args:
        api: the server's API release; "" for all kinds, if no server rewrites the text.
    """
    kept = [one for one in unmodelled().values() if not api or not one.gone or newer(one.gone, api)]
    return tuple(one.kind for one in kept for _ in range(3 if one.like else 1))


@st.composite
def completed(draw: st.DrawFn, sections: tuple[Part, ...], style: Style) -> tuple[Part, ...]:
    """The sections and those that they refer to, in the order of creation."""
    found = {part.key: part for part in sections}
    asked = list(sections)
    while asked:
        for key in references(asked.pop()):
            if key not in found:
                found[key] = draw(parts(*key, style) | least(*key, style))
                asked.append(found[key])
    order = [*by_kind(), *unmodelled()]
    return tuple(sorted(found.values(), key=lambda part: (order.index(part.kind), part.name)))


@st.composite
def least(draw: st.DrawFn, kind: str, name: str, style: Style) -> Part:
    """The smallest section of a kind."""
    own = tuple((line.name, draw(line.made)) for line in needed(kind, style))
    return Part(kind, name, NAMES["defaults"][0] if by_kind()[kind].inherits and kind != "defaults" else "", own)


_NAMED = {name: (section.kind, name) for section in by_kind().values() for name in NAMES.get(section.path, ())}
_NAME = re.compile("|".join(map(re.escape, _NAMED)))


def references(part: Part) -> Iterator[tuple[str, str]]:
    """The sections that a section refers to."""
    plain = replace(part, look=PLAIN).text
    yield from (_NAMED[name] for name in _NAME.findall(plain) if _NAMED[name] != part.key)


def text_of(sections: tuple[Part, ...]) -> str:
    """The text of a configuration."""
    return "".join(part.text for part in sections)
