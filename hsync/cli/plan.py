"""`hsync plan`: compare the desired configuration with what a target runs, and write the plan file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hsync.cli.options import (
    FILE,
    OUT_FILE,
    DesiredFlags,
    JudgeFlags,
    TargetFlags,
    desired_options,
    form_option,
    judge_options,
    operator_options,
    option,
    target_options,
)
from hsync.cli.verb import verb

CHANGES = 2


@verb("plan")
@desired_options
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@option("--sign", type=FILE, metavar="KEY", help="Sign the plan file; a public key is looked for in the SSH agent.")
@judge_options
@form_option
@option("--diff", is_flag=True, help="With the text diff.")
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
@operator_options
def command(
    desired: DesiredFlags,
    target: TargetFlags,
    judge: JudgeFlags,
    out: Path | None,
    sign: Path | None,
    form: str,
    diff: bool,
    detailed_exitcode: bool,
) -> int:
    """Compare with what runs, write the plan file.

    TEMPLATE (default: the project's) or --config is what should run. The plan file lists what would be sent, in order;
    it is for review, and `hsync apply` replays it. Without changes it says so.
    """
    from hsync.cli import console
    from hsync.cli.desired import read_source
    from hsync.cli.pages import page
    from hsync.cli.targets import open_target, project_here, say_exposed
    from hsync.plan.scope import violations
    from hsync.session.saving import marked, plan_file, refuse_rejected, refuse_violations, save
    from hsync.store.planfile import refuse_other_file

    project = project_here(desired.environment)
    source, root = read_source(desired, project), project.settings.root
    with open_target(target, project) as opened:
        path = out or plan_file(opened.session, opened.spec)
        refuse_other_file(path)
        say_exposed(path.parent)
        with _withdrawing(path, opened.commands.of("plan"), root):
            scope = project.scope(opened.session)
            made = opened.session.plan(source, scope, judge.judging())
            if made.operations:
                opened.warn()
            refused = violations(made, scope)
            saved = None if refused else save(made, path, root, opened.commands.own, sign)
            console.out(page(marked(made, refused), saved, form=form, diff=diff))
            refuse_violations(refused)
    refuse_rejected(made)
    return CHANGES if made.operations and detailed_exitcode else 0


@contextmanager
def _withdrawing(path: Path, again: str, root: Path) -> Iterator[None]:
    """Withdraw the plan that lies in a file if what should run now is refused in the block."""
    from hsync.cli.console import say
    from hsync.errors import ConfigError, UnsafePlanError
    from hsync.session.saving import withdrawn

    try:
        yield
    except (ConfigError, UnsafePlanError) as refusal:
        if words := withdrawn(path, refusal.message, again, root):
            say(words)
        raise
