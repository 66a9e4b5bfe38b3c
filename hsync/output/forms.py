"""forms: in which forms a plan is shown, by name. A new form is a function and its line in `FORMS`.

Each form is loaded when it is used: a run needs one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan

__all__ = ["FORMS"]


@dataclass(frozen=True, slots=True)
class Form:
    """One form.

    Args:
        render: makes the text of a plan; gets what is known about its file, the terminal's look, and whether the diff
            is wanted.
        whole: whether it always includes the diff.
    """

    render: Callable[[Plan, Saved | None, Look, bool], str]
    whole: bool = False


def _text(plan: Plan, saved: Saved | None, look: Look, diff: bool) -> str:  # noqa: FBT001 - as `Form.render` has it
    from hsync.output.human import plan_text

    return plan_text(plan, look, saved=saved, diff=diff)


def _json(plan: Plan, saved: Saved | None, *_: object) -> str:
    from hsync.output.machine import plan_document

    return plan_document(plan, saved)


def _markdown(plan: Plan, saved: Saved | None, *_: object) -> str:
    from hsync.output.markdown import plan_page

    return plan_page(plan, saved=saved)


FORMS: Mapping[str, Form] = {
    "text": Form(_text),
    "json": Form(_json, whole=True),
    "markdown": Form(_markdown, whole=True),
}
"""The first one is for people at a terminal, and the default."""
