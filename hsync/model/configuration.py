"""Configuration: a document whose sections are read as API objects, each at its first use.

Rule 1: both sides of a comparison are made here, from text, by the same parser.
Rule 2: a line is a resource, part of its section's object, or opaque with a reason. There is no fourth way.
Rule 3: a section that objects cannot tell apart is bound as text, all its lines opaque: an `.if` block around
sections, a section with an `.if` block in it, one of several with the same kind and name, a header with further words.

Source: docs/reference/haproxy-cfg.md section 4.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hsync.schema import Fields, Json, SectionType
from hsync.sections import grammar, parse
from hsync.syntax import BLOCK, Directive, Document, Section, meaning

__all__ = ["BoundSection", "Configuration", "Loss", "Opaque", "Resource", "frozen", "normal", "same"]


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


@dataclass(frozen=True)
class Configuration:
    """A whole configuration. Sections are bound when somebody asks for them, once."""

    document: Document
    _bound: dict[tuple[str, str], BoundSection] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_text(cls, text: str, source: str = "haproxy.cfg") -> Configuration:
        """Parse text; nothing is bound yet."""
        return cls(parse(text, source, blocks=True))

    @cached_property
    def sections(self) -> dict[tuple[str, str], Section]:
        """Sections by (kind, name) in the order of the text; repeated `global` and `traces` are joined.

        Of several others with one kind and name the second is called `NAME (2)`, the third `NAME (3)`.
        """
        from hsync.model.bind import join_repeated

        return join_repeated(self.keyed)

    @cached_property
    def keyed(self) -> tuple[tuple[tuple[str, str], Section], ...]:
        """Each section of the document with its key."""
        from hsync.model.bind import with_keys

        return tuple(with_keys(self.document))

    @cached_property
    def _repeated(self) -> frozenset[tuple[str, str]]:
        """The sections that share kind and name with another one."""
        merged = grammar().merged
        again = {key: section.name for key, section in self.keyed if section.name and section.kind not in merged}
        again = {key: name for key, name in again.items() if key[1] != name}
        return frozenset({*again, *((kind, again[kind, name]) for kind, name in again)})

    def bound(self, key: tuple[str, str]) -> BoundSection:
        """The section of this kind and name, as API objects; KeyError when there is none."""
        if key not in self._bound:
            from hsync.model.bind import as_text, bind

            section, reason = self.sections[key], self._untold(key)
            self._bound[key] = as_text(section, key[1], reason) if reason else bind(section, key[1])
        return self._bound[key]

    def _untold(self, key: tuple[str, str]) -> str:
        """Why objects cannot tell a section apart (rule 3); "" when they can."""
        section = self.sections[key]
        if section.kind == BLOCK:
            return "sections in a conditional block are compared as text"
        if section.is_conditional:
            return "a section with a conditional block in it is compared as text"
        if grammar().further(section):
            return "a header with further words is compared as text"
        if not section.name and section.kind in grammar().anonymous:
            return "a section without a name is compared as text"
        return "several sections of one kind and name are compared as text" if key in self._repeated else ""

    @cached_property
    def parents(self) -> dict[tuple[str, str], str]:
        """The defaults section that each section takes its settings from: `from NAME`, else the last one above."""
        parents, above = {}, ""
        for key, section in self.keyed:
            if section.kind == "defaults":
                parents[key], above = section.parent, key[1]
            elif section.kind == BLOCK:
                parents[key], above = above, key[1] if _HAS_DEFAULTS.search(section.text) else above
            elif section.kind in grammar().inheriting:
                parents[key] = section.parent or above
        return parents


_HAS_DEFAULTS = re.compile(r"^[ \t]*defaults(?=[\s#]|\Z)", re.MULTILINE)
"""In a conditional block: what stands behind it may take its settings from there."""


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
