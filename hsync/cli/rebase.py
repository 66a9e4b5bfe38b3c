"""`hsync rebase`: a reviewed plan on a target that has changed elsewhere since."""

from __future__ import annotations

from hsync.cli.options import (
    OutFlags,
    PlanFlags,
    form_option,
    judge_options,
    operator_options,
    option,
    out_options,
    plan_options,
    target_options,
)
from hsync.cli.verb import verb
from hsync.session.asked import Judging, TargetOptions


@verb("rebase")
@plan_options
@target_options
@out_options
@judge_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@operator_options
def command(file: PlanFlags, target: TargetOptions, writing: OutFlags, judging: Judging, form: str, diff: bool) -> None:
    """Make a reviewed plan valid again after the target has changed elsewhere.

    The new plan has the same operations and changes, on sections that nobody has touched since; it names the digest of
    the reviewed plan. Exits with 3 if it would be another plan: then make a new one, and review it.
    """
    from hsync.cli.pages import drafting
    from hsync.cli.targets import meant, project_here
    from hsync.errors import UsageError
    from hsync.session.rebasing import rebase

    if writing.out is None:
        raise UsageError("rebase: the new plan needs a file of its own", hint="give one: -o NEW.plan.json")
    project = project_here()
    reviewed = file.read(project.requires_signature)
    made, secrets = project.revealed(reviewed.plan)
    run = meant(target, project, reviewed.plan, file.plan)
    with drafting(run, project, writing, form=form, diff=diff) as draft:
        draft.save(rebase(draft.session, reviewed.plan, made, reviewed.digest, secrets, judging))
