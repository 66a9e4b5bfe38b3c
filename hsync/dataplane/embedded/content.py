"""Content: the sections of a configuration text, each parsed at its first use, and the places of new sections.

Rule 1: a write replaces one section. Other sections are not parsed, copied or written until the text is read. If a
write can find its line by a name, the section's other lines are not parsed either.
Rule 2: sections are found by kind and name. Of sections with the same kind and name the last counts, as on the server.
Rule 3: anonymous `defaults` are `unnamed_defaults_1`, `_2` ... in the API. They stay anonymous in the text until a
write addresses one of them.

Source: docs/reference/dataplane-api.md 6.1 and 6.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from hsync.dataplane.embedded.sheet import Sheet, read_sheet
from hsync.model import Resource
from hsync.model.to_resources import child_of
from hsync.sections import every_kind, grammar, parse
from hsync.syntax import Document, Section
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END
from hsync.syntax.words import BLANK

__all__ = ["Content", "Part"]


class Found(NamedTuple):
    """A child's line in the text of a section: from `start` up to `end`, including its line end."""

    start: int
    end: int
    child: Resource


@dataclass(eq=False, slots=True)
class Part:
    """A section. `name` is its name in the API; `members` are the sections of which it is joined, empty for one."""

    kind: str
    name: str
    source: str | Sheet
    members: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """The section's text."""
        return self.source.text if isinstance(self.source, Sheet) else self.source

    @property
    def sheet(self) -> Sheet:
        """The section's lines with their owners; parsed at the first use."""
        if isinstance(self.source, str):
            self.source = read_sheet(Section(self.kind, self.source, 1))
        return self.source

    def find(self, path: str, key: str) -> Found | None:
        """Find a named child by searching the text for its name, without parsing other lines.

        None if it is not found in this way, or if the section is parsed already: `sheet` has the answer then.
        """
        text = self.source
        if isinstance(text, Sheet) or self.members or SNIPPET_BEGIN in text:
            return None
        at = text.find(key, text.find("\n") + 1) if key else -1
        while at >= 0:
            start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1 or len(text)
            line = text[start:end].strip(BLANK)
            child = child_of(self.kind, line) if line and line[0] != "#" else None
            if isinstance(child, Resource) and (child.child, child.key) == (path, key):
                return Found(start, end, child)
            at = text.find(key, end)
        return None


class Content:
    """The sections of a text, in its order.

    Args:
        body: the text without the server's header lines.
    """

    def __init__(self, body: str) -> None:
        self.parts: list[Part] = []
        self.by_key: dict[tuple[str, str], Part] = {}
        for section in named_sections(parse(body)):
            self._append(section)

    def _append(self, part: Part) -> None:
        key = (part.kind, part.name)
        known = self.by_key.get(key)
        self.parts.append(part)
        if known is not None and part.kind in grammar().merged:
            part = _joined((*(known.members or (known,)), part))
        if part.kind:
            self.by_key[key] = part

    def copy(self) -> Content:
        """An independent copy."""
        other = Content("")
        other.parts = list(self.parts)
        other.by_key = dict(self.by_key)
        return other

    @property
    def text(self) -> str:
        """The whole text, without header lines."""
        return "".join(part.text for part in self.parts)

    def find(self, kind: str, name: str) -> Part | None:
        """The section of a kind and name."""
        return self.by_key.get((kind, name))

    def of_kind(self, kind: str) -> list[Part]:
        """The sections of a kind, in order; only the last of several with the same name."""
        parts = [part for part in self.parts if part.kind == kind]
        return [part for part in parts if self.by_key[part.kind, part.name] is part]

    def replace(self, part: Part, source: str | Sheet) -> None:
        """Replace a section; the sections of which it was joined become one."""
        header = source.lines[0].text if isinstance(source, Sheet) else source.partition("\n")[0]
        name = part.name if part.kind in grammar().merged else Section(part.kind, header, 1).name or part.name
        new = Part(part.kind, name, source)
        first, *others = part.members or (part,)
        self.parts[self.parts.index(first)] = new
        for other in others:
            self.parts.remove(other)
        del self.by_key[part.kind, part.name]
        self.by_key[part.kind, name] = new

    def add(self, kind: str, name: str, sheet: Sheet) -> None:
        """Add a section, after the last section of its kind or of a kind that the server writes earlier."""
        rank = every_kind()[kind].place
        places = [place for place, part in enumerate(self.parts) if _rank(part) <= rank]
        place = places[-1] + 1 if places else 0
        text = sheet.text + ("\n" if place < len(self.parts) else "")
        if place and (gap := _gap(self.parts[place - 1].text)):
            self._set_text(place - 1, self.parts[place - 1].text + gap)
        part = Part(kind, name, text)
        self.parts.insert(place, part)
        self.by_key[kind, name] = part

    def _set_text(self, place: int, text: str) -> None:
        """Change the blank lines and comments at the end of a section."""
        old = self.parts[place]
        if text == old.text:
            return
        new = Part(old.kind, old.name, text)
        self.parts[place] = new
        for key, part in self.by_key.items():
            if part is old:
                self.by_key[key] = new
            elif old in part.members:
                self.by_key[key] = _joined(_swap(part.members, old, new))

    def remove(self, part: Part) -> None:
        """Remove a section, and the comments at column 0 directly above its header, which are about it.

        Such comments after its last line stay: they are about the next section.
        """
        del self.by_key[part.kind, part.name]
        for member in part.members or (part,):
            sheet = member.sheet
            tail = "".join(line.text for line in sheet.lines[sheet.end :]).lstrip("\n")
            place = self.parts.index(member)
            self.parts[place : place + 1] = [Part("", "", tail)] if tail else []
            if place and self.parts[place - 1].kind:
                text = _without_comments(self.parts[place - 1].text)
                self._set_text(place - 1, text if place < len(self.parts) else text.rstrip("\n") + "\n")


def _joined(members: tuple[Part, ...]) -> Part:
    """Sections that HAProxy merges, as one: the first header, the lines of all."""
    text = "".join([members[0].text, *(part.text.partition("\n")[2] for part in members[1:])])
    return Part(members[0].kind, members[0].name, text, members)


def _without_comments(text: str) -> str:
    """A text without the comments at column 0 at its end."""
    lines = text.splitlines(keepends=True)
    while lines and lines[-1].startswith("#") and not lines[-1].startswith(SNIPPET_END):
        lines.pop()
    return "".join(lines)


def _swap(members: tuple[Part, ...], old: Part, new: Part) -> tuple[Part, ...]:
    return tuple(new if part is old else part for part in members)


def _rank(part: Part) -> int:
    """The position of a section's kind in the text; the lines before the first section come first."""
    return every_kind()[part.kind].place if part.kind else -1


def _gap(text: str) -> str:
    """The line feeds that are missing for a blank line after a text."""
    if not text.strip("\n"):
        return ""
    return "" if text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"


def named_sections(document: Document) -> list[Part]:
    """The sections with their names in the API."""
    parts, unnamed = [], 0
    for section in document.sections:
        name = "" if section.kind in grammar().merged else section.name
        if section.kind == "defaults" and not name:
            unnamed += 1
            name = f"unnamed_defaults_{unnamed}"
        parts.append(Part(section.kind, name, section.text))
    return parts
