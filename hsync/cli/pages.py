"""pages: a plan in the form that the options ask for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hsync.cli.verb import no_effect
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.output.words import Saved
    from hsync.plan.plan import Plan

__all__ = ["page", "refuse_two_forms"]


def refuse_two_forms(*, as_json: bool, markdown: bool) -> None:
    """One run has one form of output."""
    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other")


def page(plan: Plan, saved: Saved | None, *, as_json: bool = False, markdown: bool = False, diff: bool = False) -> str:
    """The text of a plan for standard output.

    Args:
        plan: the plan.
        saved: where its file lies.
        as_json: for programs.
        markdown: for a pull request.
        diff: with the text diff; the other two forms always have it.
    """
    refuse_two_forms(as_json=as_json, markdown=markdown)
    if as_json or markdown:
        no_effect(["diff"], f"{'--json' if as_json else '--markdown'} always includes the diff")
    if as_json:
        from hsync.output.machine import plan_document

        return plan_document(plan, saved)
    if markdown:
        from hsync.output.markdown import plan_page

        return plan_page(plan, saved=saved)
    from hsync.output.human import plan_text
    from hsync.output.look import look_of

    return plan_text(plan, look_of(sys.stdout), saved=saved, diff=diff)
