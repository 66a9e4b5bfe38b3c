"""values: attributes before and after, for people, cut to the width of the terminal.

Rule 1: two different values are never cut to the same text: their common beginning is cut first.
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
"""The value that is shown for an absent attribute."""

_NO_UNITS: Mapping[str, str] = {}

WIDEST_NAME = 32
"""Maximum width of the name column."""

CONTEXT = 12
"""Characters of a common beginning that are kept when it is cut."""


def shown(value: Json, unit: str = "") -> str:
    """A value as plain text; a string has quotes only if it is empty, or begins or ends with a blank.

    Args:
        value: the value.
        unit: unit of a number, `ms` or `B`: the number is written as in a haproxy.cfg; "" for none.
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
    """(sign, text) of each attribute, sorted by name; the sign is blank, except for two values on a line each.

    Args:
        before: attributes before; None if the object is created.
        after: attributes after; None if it is deleted.
        room: maximum width of a text.
        units: units of numbers, by attribute.
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
    """Two different plain texts, each cut to a width such that the first difference is visible."""
    if max(width_of(before), width_of(after)) <= room:
        return before, after
    common = next((n for n, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    start = (min(len(before), len(after)) if common is None else common) - CONTEXT
    if start <= CONTEXT:
        return cut(before, room), cut(after, room)
    return cut(ELLIPSIS + before[start:], room), cut(ELLIPSIS + after[start:], room)
