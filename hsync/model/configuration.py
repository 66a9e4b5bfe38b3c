"""Configuration: a document whose sections become API objects, each at its first use.

Rule 1: both sides of a comparison are made here, from text, by the same parser.
Rule 2: each line is a child, part of its section's object, or opaque with a reason.
Rule 3: a section that API objects cannot represent is compared as text, with all its lines opaque: an `.if` block with
sections in it, a section with an `.if` block in it, sections with the same kind and name, a header with surplus words.

Source: docs/reference/haproxy-cfg.md section 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from hsync.model.resources import ResourceSection
from hsync.model.to_resources import as_text, join_repeated, to_resources, with_keys
from hsync.sections import grammar, parse
from hsync.syntax import BLOCK, Document, Section

__all__ = ["Configuration"]


@dataclass(frozen=True)
class Configuration:
    """A whole configuration. Each section is turned into API objects once, at its first use."""

    document: Document
    _bound: dict[tuple[str, str], ResourceSection] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_text(cls, text: str, source: str = "haproxy.cfg") -> Configuration:
        """Parse a text into sections."""
        return cls(parse(text, source, blocks=True))

    @cached_property
    def sections(self) -> dict[tuple[str, str], Section]:
        """Sections by (kind, name) in the order of the text; repeated `global` and `traces` are joined.

        Of other sections with the same kind and name the second is `NAME (2)`, the third `NAME (3)`.
        """
        return join_repeated(self.keyed)

    @cached_property
    def keyed(self) -> tuple[tuple[tuple[str, str], Section], ...]:
        """The sections of the document with their keys."""
        return tuple(with_keys(self.document))

    @cached_property
    def _repeated(self) -> frozenset[tuple[str, str]]:
        """Keys of the sections that have the same kind and name as another section."""
        merged = grammar().merged
        again = {key: section.name for key, section in self.keyed if section.name and section.kind not in merged}
        again = {key: name for key, name in again.items() if key[1] != name}
        return frozenset({*again, *((kind, again[kind, name]) for kind, name in again)})

    def resources(self, key: tuple[str, str]) -> ResourceSection:
        """The section of this kind and name, as API objects; KeyError if there is none."""
        if key not in self._bound:
            section, reason = self.sections[key], self._why_text(key)
            self._bound[key] = as_text(section, key[1], reason) if reason else to_resources(section, key[1])
        return self._bound[key]

    def _why_text(self, key: tuple[str, str]) -> str:
        """The reason why a section is compared as text (rule 3); "" if it is not."""
        section = self.sections[key]
        if section.kind == BLOCK:
            return "sections in a conditional block are compared as text"
        if section.is_conditional:
            return "a section with a conditional block in it is compared as text"
        if grammar().further(section):
            return "a section with surplus words in its header is compared as text"
        if not section.name and section.kind in grammar().anonymous:
            return "a section without a name is compared as text"
        return "sections with the same kind and name are compared as text" if key in self._repeated else ""

    @cached_property
    def parents(self) -> dict[tuple[str, str], str]:
        """The defaults section that each section inherits from: `from NAME`, else the last defaults section above."""
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
"""A defaults section in an `.if` block: sections below the block may inherit from it."""
