"""`hsync rollback`: a plan that leads a target back to a text of its past."""

from __future__ import annotations

from pathlib import Path

import click

from hsync.cli.options import OUT_FILE, form_option, judge_options, operator_options, option, target_options
from hsync.cli.verb import verb
from hsync.session.asked import Judging, TargetOptions


@verb("rollback")
@click.argument("to", metavar="[N|DIGEST]", default="1")
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@judge_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@operator_options
def command(to: str, target: TargetOptions, judging: Judging, out: Path | None, form: str, diff: bool) -> int:
    """Write a plan that undoes the last applies.

    N is their number (default 1); DIGEST the beginning of the digest of a kept text, or of the plan to undo. Nothing is
    sent: the plan is reviewed and applied like any other. See `hsync state history`.
    """
    from hsync.cli.pages import page
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output import console
    from hsync.plan.scope import violations
    from hsync.session.rolling_back import past_of, plan_back
    from hsync.session.saving import marked, plan_file, refuse_rejected, refuse_violations, save
    from hsync.store.planfile import refuse_other_file

    project = project_here()
    with open_target(meant(target, project), project) as session:
        path = out or plan_file(session)
        refuse_other_file(path)
        past = past_of(session.state.history if session.state else (), to, session.name)
        scope = project.scope(session)
        made = plan_back(session, past, project.looked_up, scope, judging)
        refused = violations(made, scope)
        saved = None if refused else save(made, path, project.settings.root, session.commands.own)
        console.out(page(marked(made, refused), saved, form=form, diff=diff))
        refuse_violations(refused)
    refuse_rejected(made)
    return 0
