"""markdown: a plan as Markdown, for the comment of a pull request."""

from __future__ import annotations

from hsync.output.forms.form import Form, Parts
from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan


def _page(plan: Plan, saved: Saved | None, _: Look, parts: Parts) -> str:
    from hsync.output.markdown import plan_page

    return plan_page(plan, saved=saved, bodies=parts.bodies)


FORM = Form(_page, whole=True)
