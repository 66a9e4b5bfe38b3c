"""pages: a plan in the output format of the options, and the file of a new plan."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from hsync.cli.options import OutFlags
from hsync.cli.targets import open_target
from hsync.cli.verb import no_effect
from hsync.output.console import out, say

if TYPE_CHECKING:
    from hsync.output.words import Saved
    from hsync.plan.plan import Plan
    from hsync.session.commands import Meant
    from hsync.session.project import Project
    from hsync.session.saving import Draft

__all__ = ["drafting", "page"]


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


@contextmanager
def drafting(
    run: Meant, project: Project, writing: OutFlags, *, form: str = "text", diff: bool = False
) -> Iterator[Draft]:
    """A session that makes a plan, shows it and saves it: see `hsync.session.saving.drafted`.

    Args:
        run: the target.
        project: the project.
        writing: the options of the plan file.
        form: the form of the output.
        diff: whether to include the text diff.
    """
    from hsync.session.saving import Draft, drafted, plan_file

    def show(plan: Plan, saved: Saved | None) -> None:
        out(page(plan, saved, form=form, diff=diff))

    verb = str(click.get_current_context().info_name)
    with open_target(run, project) as session:
        path, root = writing.out or plan_file(session), project.settings.root
        made = Draft(session, path, root, writing.sign, show, project.settings.environment)
        with drafted(made, session.commands.of(verb), say) as draft:
            yield draft
