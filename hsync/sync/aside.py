"""Operations that `continue_on_error` removes from a plan: a refused operation, and those that depend on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsync.errors import ServerRefused
from hsync.model import Address
from hsync.plan.plan import Action, Operation
from hsync.sync.result import OperationError

__all__ = ["set_aside"]


def set_aside(operations: Sequence[Operation], refused: Operation, cause: ServerRefused) -> Iterator[OperationError]:
    """The refused operation, and the operations that must not be applied without it.

    If a section or child is deleted and created, both operations depend on each other: one alone would lose it. The
    operations in a new section depend on its creation.
    """
    yield (first := OperationError(refused, cause))
    section = str(Address.parse(refused.address).section)
    recreated = {each.action for each in operations if each.address == section} >= {Action.DELETE, Action.CREATE}
    whole = recreated or (refused.address == section and refused.action is Action.CREATE)
    for operation in operations:
        inside = whole and (operation.address == section or operation.address.startswith(f"{section}/"))
        if operation != refused and (inside or operation.address == refused.address):
            yield OperationError(operation, first)
