"""grouping: changes in blocks for a reviewer: of a section, a child or a collection.

Rule 1: a section that is created or deleted is one block with its children. In other sections each collection is a
block; if it has only one change, of a child with a name, the block is that of the child.
Rule 2: the blocks keep the order of the changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from hsync.model import Address
from hsync.plan.plan import Action, Change

__all__ = ["MARKS", "Block", "blocks"]

MARKS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-", Action.MOVE: ">", Action.REPLACE: "~"}
"""The sign of each action."""


@dataclass(frozen=True, slots=True)
class Block:
    """Changes that are shown together.

    Args:
        address: a section, a child or a collection.
        action: the action on it; UPDATE if only its children change.
        own: the change of the address itself; None if only its children change.
        inner: changes of children, each with its name in the block (`servers/s1`, `s1` or `[2]`).
    """

    address: Address
    action: Action
    own: Change | None
    inner: tuple[tuple[str, Change], ...] = ()

    @property
    def source(self) -> str:
        """The place of the block in the templates: file and line."""
        first = self.own or self.inner[0][1]
        return first.source


def blocks(changes: Iterable[Change]) -> Iterator[Block]:
    """The blocks of a plan's changes, in the order of the plan."""
    for section, group in groupby(changes, lambda change: change.address.section):
        many = list(group)
        first = many[0]
        if first.address == section and first.action in {Action.CREATE, Action.DELETE}:
            yield Block(section, first.action, first, tuple((one.address.inner, one) for one in many[1:]))
        else:
            yield from _collections(many)


def _collections(many: Iterable[Change]) -> Iterator[Block]:
    for collection, group in groupby(many, lambda change: change.address.holder):
        inside = list(group)
        first = inside[0]
        if len(inside) == 1 and first.address.index < 0:
            yield Block(first.address, first.action, first)
        else:
            yield Block(collection, Action.UPDATE, None, tuple((one.address.member, one) for one in inside))
