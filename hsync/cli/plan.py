"""`hsync plan`: compare a target with the desired configuration, and write the plan file."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import (
    FILE,
    OUT_FILE,
    desired_options,
    form_option,
    judge_options,
    operator_options,
    option,
    target_options,
)
from hsync.cli.verb import verb
from hsync.session.asked import Judging, TargetOptions, Wanted

CHANGES = 2


@verb("plan")
@desired_options
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@option("--sign", type=FILE, metavar="KEY", help="Sign the plan file; for a public key, the SSH agent signs.")
@judge_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes.")
@operator_options
def command(
    wanted: Wanted,
    target: TargetOptions,
    judging: Judging,
    out: Path | None,
    sign: Path | None,
    form: str,
    diff: bool,
    detailed_exitcode: bool,
) -> int:
    """Compare a target with the desired configuration, write a plan.

    The desired configuration is TEMPLATE (default: the project's) or --config. The plan file lists the changes and the
    operations, for review; `hsync apply` sends the operations.
    """
    from hsync.cli.pages import page
    from hsync.cli.targets import meant, open_target, project_here, read_source, say_unchecked
    from hsync.output import console
    from hsync.plan.scope import violations
    from hsync.session.saving import marked, plan_file, refuse_rejected, refuse_violations, save, withdrawing
    from hsync.store.places import exposed
    from hsync.store.planfile import refuse_other_file

    project = project_here(wanted.environment)
    source, root = read_source(wanted, project), project.settings.root
    with open_target(meant(target, project), project) as session:
        path = out or plan_file(session)
        refuse_other_file(path)
        console.warn(exposed(path.parent))
        with withdrawing(path, session.commands.of("plan"), root, console.say):
            scope = project.scope(session)
            made = session.plan(source, scope, judging)
            if made.operations:
                say_unchecked(session)
            refused = violations(made, scope)
            saved = None if refused else save(made, path, root, session.commands.own, sign)
            console.out(page(marked(made, refused), saved, form=form, diff=diff))
            refuse_violations(refused)
    refuse_rejected(made)
    return CHANGES if made.operations and detailed_exitcode else 0
