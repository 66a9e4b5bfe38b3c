"""`hsync plan`: compare a target with the desired configuration, and write the plan file."""

from __future__ import annotations

from hsync.cli.options import (
    OutFlags,
    brake_options,
    desired_options,
    form_option,
    judge_options,
    operator_options,
    option,
    out_options,
    target_options,
)
from hsync.cli.verb import verb
from hsync.session.asked import Brakes, Judging, TargetOptions, Wanted

CHANGES = 2


@verb("plan")
@desired_options
@target_options
@out_options
@brake_options
@judge_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@operator_options
def command(
    wanted: Wanted,
    target: TargetOptions,
    writing: OutFlags,
    brakes: Brakes,
    judging: Judging,
    form: str,
    diff: bool,
    detailed_exitcode: bool,
) -> int:
    """Compare a target with the desired configuration, write a plan.

    The desired configuration is TEMPLATE (default: the project's) or --config. The plan file lists the changes and the
    operations, for review; `hsync apply` sends the operations.
    """
    from hsync.cli.pages import drafting
    from hsync.cli.targets import meant, project_here, read_source, say_unchecked

    project = project_here(wanted.environment)
    source = read_source(wanted, project)
    with drafting(meant(target, project), project, writing, form=form, diff=diff) as draft:
        scope = project.scope(draft.session, brakes.max_delete)
        made = draft.session.plan(source, scope, judging)
        if made.operations:
            say_unchecked(draft.session)
        draft.save(made, brakes.fail_on)
    return CHANGES if made.operations and detailed_exitcode else 0
