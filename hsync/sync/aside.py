"""What `continue_on_error` takes out of a plan: a refused operation, and what cannot stand without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsync.errors import ServerRefused
from hsync.model import Address
from hsync.plan.plan import Action, Operation
from hsync.sync.result import OperationError

__all__ = ["set_aside"]


def set_aside(operations: Sequence[Operation], refused: Operation, cause: ServerRefused) -> Iterator[OperationError]:
    """The refused operation, and those that must not be applied without it.

    A section or child that is deleted and created again goes as a whole, or the half that is left would lose it; what
    lies in a section that was not created cannot stand at all.
    """
    yield (first := OperationError(refused, cause))
    section = str(Address.parse(refused.address).section)
    recreated = {one.action for one in operations if one.address == section} >= {Action.DELETE, Action.CREATE}
    whole = recreated or (refused.address == section and refused.action is Action.CREATE)
    for one in operations:
        inside = whole and (one.address == section or one.address.startswith(f"{section}/"))
        if one != refused and (inside or one.address == refused.address):
            yield OperationError(one, first)
