"""text: a plan for people at a terminal."""

from __future__ import annotations

from hsync.output.forms.form import Form
from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan


def _text(plan: Plan, saved: Saved | None, look: Look, diff: bool) -> str:  # noqa: FBT001 - as `Form.render` has it
    from hsync.output.human import plan_text

    return plan_text(plan, look, saved=saved, diff=diff)


FORM = Form("text", 0, _text)
