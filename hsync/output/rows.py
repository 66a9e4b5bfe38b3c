"""rows: lines of a plan with a sign on the left and a source on the right, laid out together.

Theory: all rows of a text share one column for what stands at the right. A row that is longer puts it behind itself,
and below itself where the terminal ends: what is reviewed never gives way to where it stands.
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
        yield from _lines(row, column, look) if row.text else [""]


def _lines(row: Row, column: int, look: Look) -> Iterator[str]:
    mark = look.paint(row.mark, _COLOURS[row.mark]) if row.mark in _COLOURS else row.mark
    text = cut(row.text, max(look.width - row.indent, 4))
    left = (" " * row.depth + f"{mark} " + (look.paint(text, "bold") if row.head else text)).rstrip()
    if not row.right:
        yield left
        return
    right = cut(row.right, max(look.width - row.indent - 2, 8))
    gap = max(column - row.indent - width_of(text), 2)
    if row.indent + width_of(text) + gap + width_of(right) <= look.width:
        yield left + " " * gap + look.paint(right, "dim")
    else:
        yield left
        yield " " * (row.indent + 2) + look.paint(right, "dim")


def wrapped(text: str, look: Look, indent: int) -> list[str]:
    """A plain sentence as lines that fit; all but the first are indented. Sentences wrap, values are cut."""
    if width_of(text) <= look.width:
        return [text]
    from textwrap import wrap

    return wrap(text, look.width, subsequent_indent=" " * indent, replace_whitespace=False)
