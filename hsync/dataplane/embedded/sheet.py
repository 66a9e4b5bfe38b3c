"""Sheet: a section as lines, each with its owner: the section's own object, a collection of children, or none.

Rule 1: the joined lines of a sheet are the section's text, byte for byte, with comments and opaque lines.
Rule 2: a sheet is immutable; `edit` makes new sheets. A section is read into a sheet once.

Source: docs/reference/dataplane-api.md 4.1 and 6.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from hsync.model import to_resources
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
    """A line of a section.

    `text` includes the line end. `owner` is the path of the collection for a child, else BASE, OPAQUE, HEADER, or
    NOBODY for comments and blank lines. `key` is the name of a child in a NAMED collection. `body` is the child's
    object.
    """

    text: str
    owner: str = NOBODY
    key: str = ""
    body: Fields | None = None


@dataclass(frozen=True)
class Sheet:
    """A section as lines.

    Args:
        kind: keyword of the section.
        type: its type; None if the API does not have such sections, so that all lines are opaque.
        lines: all lines, beginning with the header.
        base: the section's own object, without its name, with `from`.
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
        """The indexes of an owner's lines, in order."""
        return [place for place, line in enumerate(self.lines) if line.owner == owner]

    def place_of(self, path: str, key: str) -> int | None:
        """The index of a named child; of several with the same name the first."""
        wanted = (path, key)
        return next((place for place, line in enumerate(self.lines) if (line.owner, line.key) == wanted), None)

    def children(self, path: str) -> list[Fields]:
        """The objects of a collection, in order."""
        return [line.body for line in self.lines if line.owner == path and line.body is not None]

    @cached_property
    def end(self) -> int:
        """The end of the section's own lines.

        Blank lines and comments at column 0 after them belong to the next section: the server writes such comments
        above its header.
        """
        numbers = range(len(self.lines), 0, -1)
        return next((number for number in numbers if _is_own(self.lines[number - 1])), 0)

    def with_lines(self, lines: list[Line]) -> Sheet:
        """The same section with other lines."""
        return replace(self, lines=tuple(lines))


def read_sheet(section: Section) -> Sheet:
    """Read a section.

    Args:
        section: the text.

    Returns:
        The lines of the section with their owners.
    """
    read = to_resources(section)
    owners: dict[int, tuple[str, str, Fields | None]] = {section.line: (HEADER, "", None)} if section.kind else {}
    for path, resources in read.children.items():
        owners |= {child.line.number: (path, child.key, child.body) for child in resources if child.line}
    owners |= {opaque.line.number: (OPAQUE, "", None) for opaque in read.opaque}
    for line in section.directives:
        owners.setdefault(line.number, (BASE, "", None))
    nobody = (NOBODY, "", None)
    lines = (Line(text, *owners.get(number, nobody)) for number, text in enumerate(section.lines, section.line))
    return Sheet(section.kind, read.type, tuple(lines), read.base)


def _is_own(line: Line) -> bool:
    """Whether a line belongs to its section, even if it is the last one."""
    text = line.text.lstrip(BLANK)
    indented = bool(text) and line.text[0] == " "
    return line.owner != NOBODY or indented or text.startswith((SNIPPET_BEGIN, SNIPPET_END))


def child_line(text: str, path: str, section_type: SectionType | None, body: Fields) -> Line:
    """The line of a child, with its owner and key."""
    child = section_type.child_by_path[path] if section_type else None
    key = str(body.get(child.key, "")) if child and child.shape is Shape.NAMED else ""
    return Line(text, path, key, body)
