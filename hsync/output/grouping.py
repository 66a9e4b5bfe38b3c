"""grouping: changes as a reviewer reads them: blocks of one section, one child or one collection.

Rule 1: a section that is created or deleted is one block with its children; in a section that stays, each collection is
a block, and a collection with a single named change is a block of that child.
Rule 2: the order of the changes stays.
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
        address: what the block is about.
        action: what happens to that: UPDATE when something happens inside.
        own: the change of the address itself, if there is one.
        inner: changes inside, each with its name there (`servers/s1`, `s1` or `[2]`).
    """

    address: Address
    action: Action
    own: Change | None
    inner: tuple[tuple[str, Change], ...] = ()

    @property
    def source(self) -> str:
        """Where the block stands in the desired text."""
        first = self.own or self.inner[0][1]
        return first.source


def blocks(changes: Iterable[Change]) -> Iterator[Block]:
    """Changes, in the order of a plan, as blocks."""
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
