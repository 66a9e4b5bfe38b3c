"""form: the type of an output format of a plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan

__all__ = ["Form", "Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """Optional parts of the output: the text diff, and the bodies of the requests."""

    diff: bool = False
    bodies: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """An output format.

    Args:
        render: makes the text of a plan, from its file, the look of the terminal, and the optional parts.
        whole: whether the text always includes the diff.
    """

    render: Callable[[Plan, Saved | None, Look, Parts], str]
    whole: bool = False
