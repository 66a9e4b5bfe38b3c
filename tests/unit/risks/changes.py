"""Risks between two texts, for tests."""

from __future__ import annotations

from hsync.model import Configuration
from hsync.plan.risk import Risk
from hsync.risks import risks_between

__all__ = ["found", "risks"]


def risks(before: str, after: str) -> tuple[Risk, ...]:
    """The risks from one text to another; their sources are `d:LINE`."""
    desired = Configuration.from_text(after, "d")
    return risks_between(Configuration.from_text(before), desired, desired, desired.document.where)


def found(before: str, after: str) -> list[str]:
    """The risks in short: `high tls-weaker`."""
    return [f"{one.level} {one.rule}" for one in risks(before, after)]
