"""json: a plan as a JSON document, for programs."""

from __future__ import annotations

from hsync.output.forms.form import Form, Parts
from hsync.output.look import Look
from hsync.output.words import Saved
from hsync.plan.plan import Plan


def _document(plan: Plan, saved: Saved | None, _: Look, parts: Parts) -> str:
    from hsync.output.machine import plan_document

    return plan_document(plan, saved, bodies=parts.bodies)


FORM = Form(_document, whole=True)
