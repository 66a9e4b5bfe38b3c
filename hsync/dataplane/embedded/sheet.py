"""Sheet: one section as lines, each with its owner: the section's object, a collection of children, or nobody.

Rule 1: the lines of a sheet joined are the section's text, byte for byte. Comments and opaque lines are lines too.
Rule 2: a sheet is immutable; `edit` makes new ones. Reading a section into a sheet happens once.

Source: docs/reference/dataplane-api.md 4.1 and 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from hsync.model import bind
from hsync.schema import Fields, SectionType, Shape
from hsync.syntax import Section
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END
from hsync.syntax.words import BLANK

__all__ = ["BASE", "HEADER", "NOBODY", "OPAQUE", "Line", "Sheet", "child_line", "read_sheet"]

HEADER = "(header)"
BASE = "(base)"
OPAQUE = "(opaque)"
NOBODY = ""


class Line(NamedTuple):
    """One line.

    `text` has its line end. `owner` is the collection's path for a child, BASE, OPAQUE, HEADER, or NOBODY for comments
    and blank lines. `key` names a child of a NAMED collection. `body` is a child's object.
    """

    text: str
    owner: str = NOBODY
    key: str = ""
    body: Fields | None = None


@dataclass(frozen=True)
class Sheet:
    """A section.

    Args:
        kind: keyword of the section.
        type: its type; None when the API has none, then all its lines are opaque.
        lines: the header first.
        base: the section's own object without its name, with `from`.
    """

    kind: str
    type: SectionType | None
    lines: tuple[Line, ...]
    base: Fields

    @cached_property
    def text(self) -> str:
        """The section's text."""
        return "".join(line.text for line in self.lines)

    def places(self, owner: str) -> list[int]:
        """Where the lines of an owner stand, in order."""
        return [place for place, line in enumerate(self.lines) if line.owner == owner]

    def place_of(self, path: str, key: str) -> int | None:
        """Where a named child stands; of two with one name the first."""
        wanted = (path, key)
        return next((place for place, line in enumerate(self.lines) if (line.owner, line.key) == wanted), None)

    def children(self, path: str) -> list[Fields]:
        """The objects of a collection, in order."""
        return [line.body for line in self.lines if line.owner == path and line.body is not None]

    @cached_property
    def end(self) -> int:
        """Where the section's own lines end: blank lines and comments at column 0 behind it belong to what follows.

        The server moves such comments above the next section's header.
        """
        numbers = range(len(self.lines), 0, -1)
        return next((number for number in numbers if _is_own(self.lines[number - 1])), 0)

    def with_lines(self, lines: list[Line]) -> Sheet:
        """The same section with other lines."""
        return replace(self, lines=tuple(lines))


def read_sheet(section: Section) -> Sheet:
    """Take a section apart.

    Args:
        section: the text.

    Returns:
        Its lines with their owners.
    """
    bound = bind(section)
    owners: dict[int, tuple[str, str, Fields | None]] = {section.line: (HEADER, "", None)} if section.kind else {}
    for path, resources in bound.children.items():
        owners |= {one.line.number: (path, one.key, one.body) for one in resources if one.line}
    owners |= {one.line.number: (OPAQUE, "", None) for one in bound.opaque}
    for line in section.directives:
        owners.setdefault(line.number, (BASE, "", None))
    nobody = (NOBODY, "", None)
    lines = (Line(text, *owners.get(number, nobody)) for number, text in enumerate(section.lines, section.line))
    return Sheet(section.kind, bound.type, tuple(lines), bound.base)


def _is_own(line: Line) -> bool:
    """Whether a line belongs to its section, wherever it stands in it."""
    text = line.text.lstrip(BLANK)
    indented = bool(text) and line.text[0] == " "
    return line.owner != NOBODY or indented or text.startswith((SNIPPET_BEGIN, SNIPPET_END))


def child_line(text: str, path: str, section_type: SectionType | None, body: Fields) -> Line:
    """A child's line, with the key under which it is found."""
    child = section_type.child_by_path[path] if section_type else None
    key = str(body.get(child.key, "")) if child and child.shape is Shape.NAMED else ""
    return Line(text, path, key, body)
