"""form: what a form of a plan is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan

__all__ = ["Form", "Parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """What is wanted besides what a plan always shows: the text diff, the bodies of the requests."""

    diff: bool = False
    bodies: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Args:
        render: makes the text of a plan; gets what is known about its file, the terminal's look, and what is wanted
            besides.
        whole: whether it always includes the diff.
    """

    render: Callable[[Plan, Saved | None, Look, Parts], str]
    whole: bool = False
