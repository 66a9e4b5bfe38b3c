"""risks: the risks of a plan in words, for terminals and for Markdown.

Rule 1: no risk is left out or cut. Many of one rule are one row, with all sections named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from hsync.plan.risk import Risk, counted_risks

__all__ = ["risk_heading", "told_risks"]

FEW = 5
"""Maximum number of names in a sentence, and of rows of one rule and severity."""


class Told(NamedTuple):
    """A row.

    Args:
        level: `high`, `medium`, `low`, or `accepted`.
        rule: id of the rule.
        place: address of the section; "" for the whole target.
        words: the reason, with names, and why it is accepted.
        line: the line of text; "" for none, or if the words have it.
        source: its place; "" for none.
    """

    level: str
    rule: str
    place: str
    words: str
    line: str = ""
    source: str = ""


def risk_heading(risks: Iterable[Risk]) -> str:
    """`Risks: 2 high, 1 medium, 1 accepted`; "" for none."""
    counts = counted_risks(risks)
    return f"Risks: {', '.join(f'{number} {name}' for name, number in counts.items())}" if counts else ""


def told_risks(risks: Iterable[Risk]) -> Iterator[Told]:
    """The rows, in the order of the plan."""
    for (_, _, _), group in groupby(risks, key=lambda one: (one.accepted, one.level, one.rule)):
        many = list(group)
        shown = many if len(many) <= FEW else many[:1]
        yield from map(_told, shown)
        if len(many) > len(shown):
            rest = many[len(shown) :]
            places = ", ".join(dict.fromkeys(_place(one) for one in rest))
            level = "accepted" if rest[0].accepted else rest[0].level.value
            yield Told(level, rest[0].rule, "", f"and {len(rest)} more like it: {places}")


def _told(risk: Risk) -> Told:
    names = ", ".join(risk.names[:FEW]) + (f" and {len(risk.names) - FEW} more" if len(risk.names) > FEW else "")
    words = f"{names}: {risk.reason}" if names else risk.reason
    words += f" (accepted: {risk.accepted})" if risk.accepted else ""
    line = "" if risk.line and f"`{risk.line}`" in risk.reason else risk.line
    return Told("accepted" if risk.accepted else risk.level.value, risk.rule, _place(risk), words, line, risk.source)


def _place(risk: Risk) -> str:
    return str(risk.address) if risk.address is not None else ""
