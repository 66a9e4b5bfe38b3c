"""Bound: what the lines of a section are once they are read as API objects; the values of `bind` and `unbind`."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from hsync.schema import Fields, Json, SectionType
from hsync.syntax import Directive, Section, meaning

__all__ = ["BoundSection", "Loss", "Opaque", "Resource", "frozen", "normal", "same"]


@dataclass(frozen=True, slots=True)
class Resource:
    """One child.

    Args:
        child: path of its collection.
        key: its name; "" in ordered lists.
        body: as the API has it; never changed in place.
        line: where it stands; None when it came from JSON.
    """

    child: str
    key: str
    body: Fields
    line: Directive | None = None

    @property
    def meaning(self) -> Hashable:
        """Equal for children that mean the same; made from the body whenever it is asked for."""
        return frozen(normal(self.body))


@dataclass(frozen=True, slots=True)
class Loss:
    """What a server drops of a line even when the whole text is pushed, and what to do about it: for people."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """A line that the API cannot address, and why.

    Args:
        line: the text.
        reason: why, for people.
        after: when its keyword is that of a collection of children: how many of them stand before it. HAProxy
            evaluates such lines in order, so their place among the others is part of the meaning.
        known: whether the server reads the line into an object although hsync does not: a write of that object would
            change or remove the line.
        stays: whether the server reads the line at all, so that it keeps its place among those of its keyword.
        said: what the line says, when a row reads it: the server may write it in other words. None when none does.
        lost: what the server would drop of it.
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
        """Equal for lines that mean the same: what they say, else their decoded words."""
        return self.line.meaning if self.said is None else self.said


@dataclass(frozen=True)
class BoundSection:
    """A section read as API objects.

    Args:
        type: None for a section that is text: all its lines are opaque.
        kind: keyword in the text.
        name: "" for singletons; `unnamed_defaults_1` for anonymous defaults.
        base: the section's own object, without `name`; with `from` when the header has it.
        children: resources by collection path, in the order of the text; only collections that have some.
        opaque: lines that the API cannot address, in the order of the text.
        lines: which line set a top-level field of `base`: for messages and sources.
        section: the text.
        reason: why it is text, for people; "" for one with a type.
    """

    type: SectionType | None
    kind: str
    name: str
    base: Fields
    children: Mapping[str, tuple[Resource, ...]]
    opaque: tuple[Opaque, ...]
    lines: Mapping[str, Directive]
    section: Section
    reason: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Kind and name."""
        return (self.kind, self.name)


def normal(value: Json) -> Json:
    """A JSON value with each string replaced by its meaning: equal for bodies that differ only in quoting."""
    if isinstance(value, str):
        return meaning(value)
    if isinstance(value, list):
        return [normal(item) for item in value]
    if isinstance(value, dict):
        return {name: normal(item) for name, item in value.items()}
    return value


def same(one: Json, other: Json) -> bool:
    """Whether two bodies mean the same."""
    return one == other or normal(one) == normal(other)


def frozen(value: Json) -> Hashable:
    """A JSON value as something that can be a key; objects regardless of the order of their names."""
    if isinstance(value, dict):
        return frozenset((name, frozen(item)) for name, item in value.items())
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return (type(value).__name__, value)
