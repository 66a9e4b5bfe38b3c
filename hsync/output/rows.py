"""rows: lines of a plan with a sign on the left and a source on the right, in columns.

Theory: all rows have the source in the same column. A row that reaches into that column has its source two blanks
after the text, or below it if the terminal is too narrow: the text to review is never shortened for its source.
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
"""Minimum and maximum of the right column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line.

    Args:
        depth: columns of indentation.
        text: plain text.
        mark: `+`, `~`, `-`, `>` or a blank.
        right: plain text of the right column: a source, a former index.
        head: whether the row is the first one of a block.
    """

    depth: int
    text: str
    mark: str = " "
    right: str = ""
    head: bool = False

    @property
    def indent(self) -> int:
        """Number of columns before the text."""
        return self.depth + 2


def laid_out(rows: Sequence[Row], look: Look) -> Iterator[str]:
    """The lines of the rows; a row without text is an empty line."""
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
    """A plain sentence, wrapped at the width of the terminal; all lines but the first are indented."""
    if width_of(text) <= look.width:
        return [text]
    from textwrap import wrap

    return wrap(text, look.width, subsequent_indent=" " * indent, replace_whitespace=False)
