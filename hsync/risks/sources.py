"""sources: where the lines of a plan's result come from, by their words."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from hsync.model import Configuration
from hsync.risks.side import Key, Line

__all__ = ["sources"]


def sources(desired: Configuration, where: Callable[[int], str]) -> Callable[[Line], str]:
    """A function from a line of the result to its source; "" for a line that the desired text does not have.

    Args:
        desired: the desired configuration, whose lines may have another order and spelling.
        where: returns the source of a line of the desired text.
    """

    @cache
    def numbers(key: Key) -> dict[tuple[str, ...], int]:
        section = desired.sections.get(key)
        return {one.meaning: one.number for one in section.directives} if section is not None else {}

    def source(line: Line) -> str:
        number = numbers(line.key).get(line.words)
        return where(number) if number is not None else ""

    return source
