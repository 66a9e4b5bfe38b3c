"""grouping: changes as a reviewer reads them: blocks of one section, one child or one collection.

Rule 1: a section that is created or deleted is one block with its children; in a section that stays, each collection is
a block, and a collection with a single named change is a block of that child.
Rule 2: the order of the changes stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from hsync.plan.plan import Action, Change

__all__ = ["MARKS", "Block", "Place", "blocks", "place_of"]

MARKS = {Action.CREATE: "+", Action.UPDATE: "~", Action.DELETE: "-", Action.MOVE: ">", Action.REPLACE: "~"}
"""The sign of each action."""

_MEMBER = re.compile(r"(?P<child>[A-Za-z_]+)\[(?P<index>\d+)\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A change's address taken apart, for showing only.

    Args:
        section: `backends/web`.
        child: `servers`; "" for the section itself.
        member: `s1` or `[2]`; "" for the section itself.
    """

    section: str
    child: str = ""
    member: str = ""

    @property
    def collection(self) -> str:
        """Address of the collection, or of the section itself."""
        return f"{self.section}/{self.child}" if self.child else self.section

    @property
    def inner(self) -> str:
        """The address below the section: `servers/s1`, `acls[2]`."""
        listed = self.member.startswith("[") and self.member.endswith("]") and self.member[1:-1].isdigit()
        return self.child + ("" if listed else "/") + self.member


def place_of(address: str) -> Place:
    """Take apart the address of a change."""
    parts = address.split("/")
    listed = _MEMBER.fullmatch(parts[-1])
    if listed and len(parts) in {2, 3}:
        return Place("/".join(parts[:-1]), listed["child"], f"[{listed['index']}]")
    if len(parts) > 2:
        return Place("/".join(parts[:-2]), parts[-2], parts[-1])
    return Place(address)


@dataclass(frozen=True, slots=True)
class Block:
    """Changes that are shown together.

    Args:
        address: what the block is about.
        action: what happens to that: UPDATE when something happens inside.
        own: the change of the address itself, if there is one.
        inner: changes inside, each with its name there (`servers/s1`, `s1` or `[2]`).
    """

    address: str
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
    placed = [(place_of(change.address), change) for change in changes]
    for section, group in groupby(placed, lambda one: one[0].section):
        many = list(group)
        first = many[0][1]
        if first.address == section and first.action in {Action.CREATE, Action.DELETE}:
            yield Block(section, first.action, first, tuple((place.inner, one) for place, one in many[1:]))
        else:
            yield from _collections(many)


def _collections(many: Iterable[tuple[Place, Change]]) -> Iterator[Block]:
    for collection, group in groupby(many, lambda one: one[0].collection):
        inside = list(group)
        place, change = inside[0]
        if len(inside) == 1 and not place.member.startswith("["):
            yield Block(change.address, change.action, change)
        else:
            yield Block(collection, Action.UPDATE, None, tuple((place.member, one) for place, one in inside))
