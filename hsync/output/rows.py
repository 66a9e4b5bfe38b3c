"""rows: lines of a plan with a sign on the left and a source on the right, laid out together.

Theory: all rows of a text share one column for what stands at the right; a row that is longer puts it behind itself.
On a terminal the left part gives way, so that a source is never cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hsync.output.look import Look
from hsync.output.safe import cut, width_of

__all__ = ["Row", "laid_out", "wrapped"]

_COLOURS = {"+": "green", "~": "yellow", "-": "red", ">": "cyan"}

RIGHT_FROM = 44
RIGHT_UPTO = 84
"""The column of what stands at the right is between these."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Args:
        depth: columns of indentation.
        text: plain text.
        mark: `+`, `~`, `-`, `>` or a blank.
        right: plain text at the right: a source, a former position.
        head: whether it begins a block.
    """

    depth: int
    text: str
    mark: str = " "
    right: str = ""
    head: bool = False

    @property
    def indent(self) -> int:
        """Columns in front of the text."""
        return self.depth + 2


def laid_out(rows: Sequence[Row], look: Look) -> Iterator[str]:
    """The rows as lines; an empty text is an empty line."""
    widest = max((width_of(row.right) for row in rows), default=0)
    longest = max((row.indent + width_of(row.text) for row in rows if row.right), default=0)
    column = min(max(longest + 2, RIGHT_FROM), RIGHT_UPTO, max(look.width - widest, 20))
    for row in rows:
        yield _line(row, column, look) if row.text else ""


def _line(row: Row, column: int, look: Look) -> str:
    right = cut(row.right, max(look.width - 24, 8))
    room = look.width - row.indent - (width_of(right) + 2 if right else 0)
    text = cut(row.text, max(room, 4))
    mark = look.paint(row.mark, _COLOURS[row.mark]) if row.mark in _COLOURS else row.mark
    line = " " * row.depth + f"{mark} " + (look.paint(text, "bold") if row.head else text)
    if right:
        line += " " * max(column - row.indent - width_of(text), 2) + look.paint(right, "dim")
    return line.rstrip()


def wrapped(text: str, look: Look, indent: int) -> list[str]:
    """A plain sentence as lines that fit; all but the first are indented. Sentences wrap, values are cut."""
    if width_of(text) <= look.width:
        return [text]
    from textwrap import wrap

    return wrap(text, look.width, subsequent_indent=" " * indent, replace_whitespace=False)
