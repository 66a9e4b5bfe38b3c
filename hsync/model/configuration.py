"""Configuration: a document whose sections are read as API objects, each at its first use.

Rule 1: both sides of a comparison are made here, from text, by the same parser.
Rule 2: a line is a resource, part of its section's object, or opaque with a reason. There is no fourth way.
Rule 3: a section that objects cannot tell apart is bound as text, all its lines opaque: an `.if` block around
sections, a section with an `.if` block in it, one of several with the same kind and name, a header with further words.

Source: docs/reference/haproxy-cfg.md section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from hsync.model.bind import as_text, bind, join_repeated, with_keys
from hsync.model.bound import BoundSection
from hsync.sections import grammar, parse
from hsync.syntax import BLOCK, Document, Section

__all__ = ["Configuration"]


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
        return join_repeated(self.keyed)

    @cached_property
    def keyed(self) -> tuple[tuple[tuple[str, str], Section], ...]:
        """Each section of the document with its key."""
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
