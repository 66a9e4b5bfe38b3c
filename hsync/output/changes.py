"""changes: the blocks of a plan as rows, for terminals and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hsync.output.grouping import MARKS, Block, blocks
from hsync.output.rows import Row
from hsync.output.safe import width_of
from hsync.output.values import attribute_rows, told_apart
from hsync.output.words import undoes
from hsync.plan.plan import Action, Change, Whose

__all__ = ["change_rows"]

DEPTH = 2

WIDEST_LABEL = 28
"""Maximum width of the name column of a block, after which its lines are aligned."""


HEADINGS = {
    Whose.UNDOES: "Undoes what somebody else has changed",
    Whose.BOTH: "Changed by somebody else, and by you",
    Whose.YOURS: "Changed by you",
}
"""In the order in which people read the changes of a plan: first those that undo something."""


def change_rows(changes: Iterable[Change], width: int) -> Iterator[Row]:
    """The rows of all changes, with an empty row after each block; with headings if some undo what others have changed.

    Args:
        changes: the changes of a plan, in order.
        width: number of columns.
    """
    many = tuple(changes)
    if not any(undoes(one) for one in many):
        yield from _rows(many, width)
        return
    for whose, heading in HEADINGS.items():
        if found := [one for one in many if one.whose is whose]:
            yield Row(0, heading, head=True)
            yield Row(0, "")
            yield from _rows(found, width)


def _rows(changes: Iterable[Change], width: int) -> Iterator[Row]:
    for block in blocks(changes):
        yield from _block(block, width)
        yield Row(0, "")


def _block(block: Block, width: int) -> Iterator[Row]:
    mark = MARKS[block.action]
    yield Row(DEPTH, str(block.address), mark, block.source, head=True)
    if block.own:
        yield from _body(block.own, DEPTH + 2, width)
    labels = [width_of(label) for label, _ in block.inner]
    column = min(max(labels, default=0), WIDEST_LABEL)
    for label, change in block.inner:
        yield from _inner(label, change, column, width, same=block.source)


def _body(change: Change, depth: int, width: int) -> Iterator[Row]:
    """The rows of a change with its own block: its attributes, or the line of a child that is created or deleted."""
    is_section = not change.address.child
    if change.action is Action.UPDATE or is_section:
        yield from _attributes(change, depth, width)
    else:
        yield Row(depth, change.line_after or change.line_before)


def _attributes(change: Change, depth: int, width: int) -> Iterator[Row]:
    room = width - depth - 2
    for mark, text in attribute_rows(change.before, change.after, room, change.units):
        yield Row(depth, text, mark)


def _inner(label: str, change: Change, column: int, width: int, *, same: str) -> Iterator[Row]:
    line = change.line_after or change.line_before
    title = f"{label}{' ' * max(column - width_of(label), 0)}  {line}" if line else label
    depth = DEPTH + 2
    if change.action is Action.UPDATE and not (change.before or change.after):
        yield Row(depth, label, "~", _right(change, same))
        old, new = told_apart(change.line_before, change.line_after, width - depth - 6)
        yield Row(depth + 2, old, "-")
        yield Row(depth + 2, new, "+")
        return
    yield Row(depth, title, MARKS[change.action], _right(change, same))
    if change.action is Action.UPDATE:
        yield from _attributes(change, depth + 2, width)


def _right(change: Change, same: str) -> str:
    """The right column of an inner row: the former index, and the source unless it is that of the block."""
    was = "" if change.was is None else f"was [{change.was}]"
    source = "" if change.source == same else change.source
    return "  ".join(filter(None, [was, source]))
