"""carry: which changes an operation carries, so that a reviewer finds what each request is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hsync.plan.plan import RAW, Action, Change, Operation
from hsync.schema import Shape
from hsync.sections import by_path

__all__ = ["carried"]


def carried(operations: Iterable[Operation], changes: Sequence[Change]) -> tuple[Operation, ...]:
    """The operations with the addresses of the changes that each carries.

    Args:
        operations: of one plan.
        changes: of the same plan.
    """
    return tuple(map(_Carriers(changes).carry, operations))


_INDEX = re.compile(r"\[\d+\]\Z")


class _Carriers:
    """The changes by the place that an operation must write to carry them."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.all = tuple(change.address for change in changes)
        self.by_place: dict[str, list[str]] = {}
        self.by_section: dict[str, list[str]] = {}
        for address in self.all:
            place = _INDEX.sub("", address)
            self.by_place.setdefault(place, []).append(address)
            self.by_section.setdefault(_section_of(place), []).append(address)

    def carry(self, operation: Operation) -> Operation:
        """The operation with the addresses of the changes that it carries."""
        if operation.address == RAW:
            return replace(operation, changes=self.all)
        whole = operation.action is Action.DELETE or ("full_section", "true") in operation.request.query
        if whole and _section_of(operation.address) == operation.address:
            return replace(operation, changes=tuple(self.by_section.get(operation.address, ())))
        return replace(operation, changes=tuple(self.by_place.get(operation.address, ())))


def _section_of(place: str) -> str:
    """The section of an address: its collection and name, or the singleton."""
    collection, *rest = place.split("/", 2)
    known = by_path().get(collection)
    singleton = known is not None and known.shape is Shape.SINGLETON
    return collection if singleton or not rest else f"{collection}/{rest[0]}"
