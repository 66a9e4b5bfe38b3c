"""resources: a section as API objects and opaque lines; `to_resources` makes them, `to_text` writes them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hsync.schema import Fields, Json, SectionType
from hsync.syntax import Directive, Section, meaning

__all__ = ["Content", "Loss", "Opaque", "Resource", "ResourceSection", "normal", "said", "same"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A child of a section.

    Args:
        child: path of its collection.
        key: its name; "" in ordered lists.
        body: its JSON object, as in the API; never changed in place.
        line: the line in the text; None if the resource comes from JSON.
    """

    child: str
    key: str
    body: Fields
    line: Directive | None = None

    @property
    def meaning(self) -> Hashable:
        """A value that is equal for children with the same meaning; computed from the body at each use."""
        return said(self.body)


@dataclass(frozen=True, slots=True)
class Loss:
    """The words of a line that a server drops even from a pushed text, and the remedy: for people."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A line that hsync keeps as text, because the API has no object that could hold all of it.

    Args:
        line: the text.
        reason: why the line is opaque, for people.
        after: for a line with the keyword of a collection: the number of children of the collection above the line.
            HAProxy evaluates such lines in order, so the place of the line is part of its meaning.
        known: whether the server reads the line into an object, although hsync does not: a write of that object would
            change or remove the line.
        stays: whether the server can parse the line, so that a pushed text keeps it in its place. The server moves a
            line that it cannot parse to the end of the section.
        said: the meaning of the line, if a form can read it: the server may write the line with other words. None if no
            form can.
        lost: the words of the line that the server would drop.
    """

    line: Directive
    reason: str
    after: tuple[tuple[str, int], ...] = ()
    known: bool = False
    stays: bool = False
    said: Hashable = None
    lost: Loss | None = None

    @property
    def meaning(self) -> Hashable:
        """A value that is equal for lines with the same meaning: `said`, else the decoded words."""
        return self.line.meaning if self.said is None else self.said


@dataclass(frozen=True, slots=True)
class Content:
    """The lines of a section as API objects and opaque lines.

    Args:
        base: the section's own object, without `name`; with `from` if the header has it.
        children: resources by collection path, in the order of the text; without empty collections.
        opaque: opaque lines, in the order of the text.
        lines: the line for each top-level field of `base`, for messages and source lines.
    """

    base: Fields
    children: Mapping[str, tuple[Resource, ...]]
    opaque: tuple[Opaque, ...]
    lines: Mapping[str, Directive]


@dataclass(frozen=True)
class ResourceSection:
    """A section as API objects and opaque lines. Its lines are read at the first use of one of them.

    Args:
        type: None if the whole section is compared as text: all its lines are opaque.
        kind: keyword in the text.
        name: "" for singletons; `unnamed_defaults_1` for anonymous defaults.
        section: the text.
        reader: reads the lines.
        reason: why the section is compared as text, for people; "" for a section with a type.
    """

    type: SectionType | None
    kind: str
    name: str
    section: Section
    reader: Callable[[], Content] = field(repr=False, compare=False)
    reason: str = ""

    @cached_property
    def content(self) -> Content:
        """All lines of the section; an expensive one for a large section."""
        return self.reader()

    @property
    def base(self) -> Fields:
        """See `Content`."""
        return self.content.base

    @property
    def children(self) -> Mapping[str, tuple[Resource, ...]]:
        """See `Content`."""
        return self.content.children

    @property
    def opaque(self) -> tuple[Opaque, ...]:
        """See `Content`."""
        return self.content.opaque

    @property
    def lines(self) -> Mapping[str, Directive]:
        """See `Content`."""
        return self.content.lines

    @property
    def key(self) -> tuple[str, str]:
        """Kind and name."""
        return (self.kind, self.name)


def normal(value: Json) -> Json:
    """A JSON value with decoded strings: equal for bodies that differ only in quoting."""
    if isinstance(value, str):
        return meaning(value)
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {name: normal(item) for name, item in value.items()}
    return value


def same(one: Json, other: Json) -> bool:
    """Whether two bodies have the same meaning."""
    return one == other or normal(one) == normal(other)


def said(value: Json) -> Hashable:
    """A hashable value that is equal for JSON values with equal `normal`; the order of names does not matter."""
    if isinstance(value, str):
        return meaning(value)
    if isinstance(value, dict):
        return frozenset([(name, said(item)) for name, item in value.items()])
    if isinstance(value, list):
        return tuple(map(said, value))
    return (type(value).__name__, value)
