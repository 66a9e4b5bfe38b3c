"""pages: a plan in the output format of the options."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hsync.cli.verb import no_effect

if TYPE_CHECKING:
    from hsync.output.words import Saved
    from hsync.plan.plan import Plan

__all__ = ["page"]


def page(plan: Plan, saved: Saved | None, *, form: str = "text", diff: bool = False, bodies: bool = False) -> str:
    """The text of a plan for standard output.

    Args:
        plan: the plan.
        saved: the plan file; None if there is none.
        form: the name of a form, see `FORMS`.
        diff: whether to include the text diff.
        bodies: whether to include the bodies of the requests.
    """
    from hsync.output.forms import FORMS
    from hsync.output.forms.form import Parts
    from hsync.output.look import look_of

    chosen = FORMS[form]
    if chosen.whole:
        no_effect(["diff"], f"--format {form} always includes the diff")
    return chosen.render(plan, saved, look_of(sys.stdout), Parts(diff, bodies))
