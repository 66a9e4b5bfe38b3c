"""text: a plan for people at a terminal."""

from __future__ import annotations

from hsync.output.forms.form import Form, Parts
from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan


def _text(plan: Plan, saved: Saved | None, look: Look, parts: Parts) -> str:
    from hsync.output.human import plan_text

    return plan_text(plan, look, saved=saved, diff=parts.diff, bodies=parts.bodies)


FORM = Form(_text)
