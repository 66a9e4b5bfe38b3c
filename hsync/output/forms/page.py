"""page: a plan as Markdown, for the comment of a pull request."""

from __future__ import annotations

from hsync.output.forms.form import Form
from hsync.output.words import Saved
from hsync.plan.plan import Plan


def _page(plan: Plan, saved: Saved | None, *_: object) -> str:
    from hsync.output.markdown import plan_page

    return plan_page(plan, saved=saved)


FORM = Form("markdown", 20, _page, whole=True)
