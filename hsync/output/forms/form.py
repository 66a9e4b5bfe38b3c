"""form: what a form of a plan is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan

__all__ = ["Form"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Args:
        name: as in `--format`.
        place: its place among the forms, from 0; the first one is the default.
        render: makes the text of a plan; gets what is known about its file, the terminal's look, and whether the diff
            is wanted.
        whole: whether it always includes the diff.
    """

    name: str
    place: int
    render: Callable[[Plan, Saved | None, Look, bool], str]
    whole: bool = False
