"""values: attributes as people read them, before and after, in the room there is.

Rule 1: two values that differ are never cut to the same text: what both begin with gives way first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from hsync.output.safe import ELLIPSIS, cut, width_of

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["attribute_rows", "shown", "told_apart"]

UNSET = "(unset)"
"""Stands for an attribute that is not there."""

_NO_UNITS: Mapping[str, str] = {}

WIDEST_NAME = 32
"""Columns up to which attribute names are aligned."""

CONTEXT = 12
"""Characters of a common beginning that stay, when it gives way."""


def shown(value: Json, unit: str = "") -> str:
    """A value in plain text; strings without quotes unless they are empty or begin or end with a blank.

    Args:
        value: the value.
        unit: of a number, which is written as in a haproxy.cfg then: `ms` or `B`.
    """
    if value is None:
        return UNSET
    if unit and isinstance(value, int):
        from hsync.schema.units import write_size, write_time

        return write_time(value) if unit == "ms" else write_size(value)
    if isinstance(value, str):
        return value if value == value.strip() != "" else f'"{value}"'
    return json.dumps(value, ensure_ascii=False)


def attribute_rows(
    before: Mapping[str, Json] | None, after: Mapping[str, Json] | None, room: int, units: Mapping[str, str] = _NO_UNITS
) -> Iterator[tuple[str, str]]:
    """(sign, text) of each attribute by name; the sign is blank but for values that take a line each.

    Args:
        before: attributes before; None when the object is created.
        after: attributes after; None when it is deleted.
        room: columns of a text.
        units: of numbers, by attribute.
    """
    old, new = before or {}, after or {}
    names = sorted({*old, *new})
    column = min(max((width_of(name) for name in names), default=0), WIDEST_NAME) + 2
    for name in names:
        unit = units.get(name, "")
        label = name + " " * max(column - width_of(name), 2)
        if before is None or after is None:
            yield " ", cut(label + shown({**old, **new}[name], unit), room)
        else:
            yield from _pair(label, shown(old.get(name), unit), shown(new.get(name), unit), room)


def _pair(label: str, before: str, after: str, room: int) -> Iterator[tuple[str, str]]:
    one = f"{label}{before} → {after}"
    if width_of(one) <= room:
        yield " ", one
        return
    yield " ", cut(label.rstrip(), room)
    old, new = told_apart(before, after, room - 2)
    yield "-", f"  {old}"
    yield "+", f"  {new}"


def told_apart(before: str, after: str, room: int) -> tuple[str, str]:
    """Two plain texts that differ, each cut to the room, with the first difference in sight."""
    if max(width_of(before), width_of(after)) <= room:
        return before, after
    common = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    start = (min(len(before), len(after)) if common is None else common) - CONTEXT
    if start <= CONTEXT:
        return cut(before, room), cut(after, room)
    return cut(ELLIPSIS + before[start:], room), cut(ELLIPSIS + after[start:], room)
