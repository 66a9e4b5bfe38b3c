"""`hsync rollback`: a plan that leads a target back to a text of its past."""

from __future__ import annotations

import click

from hsync.cli.options import (
    OutFlags,
    brake_options,
    form_option,
    judge_options,
    operator_options,
    option,
    out_options,
    target_options,
)
from hsync.cli.verb import verb
from hsync.session.asked import Brakes, Judging, TargetOptions


@verb("rollback")
@click.argument("to", metavar="[N|DIGEST]", default="1")
@target_options
@out_options
@brake_options
@judge_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@operator_options
def command(
    to: str, target: TargetOptions, writing: OutFlags, brakes: Brakes, judging: Judging, form: str, diff: bool
) -> None:
    """Write a plan that undoes the last applies.

    N is their number (default 1); DIGEST the beginning of the digest of a kept text, or of the plan to undo. Nothing is
    sent: the plan is reviewed and applied like any other. See `hsync state history`.
    """
    from hsync.cli.pages import drafting
    from hsync.cli.targets import meant, project_here
    from hsync.session.rolling_back import past_of, plan_back

    project = project_here()
    with drafting(meant(target, project), project, writing, form=form, diff=diff) as draft:
        session, scope = draft.session, project.scope(draft.session, brakes.max_delete)
        past = past_of(session.state.history if session.state else (), to, session.name)
        draft.save(plan_back(session, past, project.looked_up, scope, judging), brakes.fail_on)
