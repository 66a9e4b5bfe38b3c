"""Words for messages: counts, operations and lists."""

from __future__ import annotations

from collections.abc import Sequence

from hsync.plan.plan import Operation

__all__ = ["count", "label", "listed", "operations_of"]


def count(number: int, singular: str, plural: str) -> str:
    """`1 retry`, `2 retries`."""
    return f"{number} {singular if number == 1 else plural}"


def operations_of(items: Sequence[object]) -> str:
    """The number of operations: `1 operation`, `2 operations`."""
    return count(len(items), "operation", "operations")


def label(operation: Operation) -> str:
    """Action and address: `create backends/web`."""
    return f"{operation.action} {operation.address}"


_NAMED = 10
"""Maximum number of items in a message."""


def listed(items: Sequence[object]) -> str:
    """The first ten items, and the number of further items."""
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(str(item) for item in items[:_NAMED]) + more
