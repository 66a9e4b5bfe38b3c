"""carry: assigns the changes to operations, so that a reviewer finds the purpose of each request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hsync.model import Address
from hsync.plan.plan import RAW, Action, Change, Operation

__all__ = ["carried"]


def carried(operations: Iterable[Operation], changes: Sequence[Change]) -> tuple[Operation, ...]:
    """The operations with the addresses of their changes.

    Args:
        operations: the operations of a plan.
        changes: the changes of the plan.
    """
    return tuple(map(_Carriers(changes).carry, operations))


class _Carriers:
    """The changes by the address that an operation must write for them."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.all = tuple(str(change.address) for change in changes)
        self.by_place: dict[Address, list[str]] = {}
        self.by_section: dict[Address, list[str]] = {}
        for change, text in zip(changes, self.all, strict=True):
            self.by_place.setdefault(replace(change.address, index=-1), []).append(text)
            self.by_section.setdefault(change.address.section, []).append(text)

    def carry(self, operation: Operation) -> Operation:
        """The operation with the addresses of its changes."""
        if operation.address == RAW:
            return replace(operation, changes=self.all)
        address = Address.parse(operation.address)
        whole = operation.action is Action.DELETE or ("full_section", "true") in operation.request.query
        if whole and not address.child:
            return replace(operation, changes=tuple(self.by_section.get(address, ())))
        return replace(operation, changes=tuple(self.by_place.get(address, ())))
