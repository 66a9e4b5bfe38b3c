"""How a message tells numbers, operations and lists."""

from __future__ import annotations

from collections.abc import Sequence

from hsync.plan.plan import Operation

__all__ = ["count", "listed", "operations_of", "told"]


def count(number: int, one: str, many: str) -> str:
    """`1 retry`, `2 retries`."""
    return f"{number} {one if number == 1 else many}"


def operations_of(items: Sequence[object]) -> str:
    """How many operations: `1 operation`, `2 operations`."""
    return count(len(items), "operation", "operations")


def told(operation: Operation) -> str:
    """`create backends/web`."""
    return f"{operation.action} {operation.address}"


_NAMED = 10
"""How many operations a message names."""


def listed(items: Sequence[object]) -> str:
    """The first ten, and how many more there are."""
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(str(one) for one in items[:_NAMED]) + more
