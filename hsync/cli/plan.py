"""`hsync plan`: compare the desired configuration with what a target runs, and write the plan file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import (
    OUT_FILE,
    DesiredFlags,
    JudgeFlags,
    TargetFlags,
    desired_options,
    form_option,
    judge_options,
    option,
    target_options,
)
from hsync.cli.verb import verb

if TYPE_CHECKING:
    from hsync.cli.targets import Opened
    from hsync.output.words import Saved
    from hsync.plan.plan import Plan

CHANGES = 2


@verb("plan")
@desired_options
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@judge_options
@form_option
@option("--diff", is_flag=True, help="With the text diff.")
@option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes.")
def command(
    desired: DesiredFlags,
    target: TargetFlags,
    judge: JudgeFlags,
    out: Path | None,
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
    from hsync.cli.targets import open_target, project_here
    from hsync.errors import ConfigError
    from hsync.plan.scope import violations
    from hsync.plan.verdict import Status
    from hsync.session.session import Judging
    from hsync.store.planfile import refuse_other_file

    project = project_here(desired.environment)
    source = read_source(desired, project)
    with open_target(target, project) as opened:
        path = out or default_file(opened)
        refuse_other_file(path)
        with _withdrawing(path, opened.commands.of("plan"), project.root):
            scope = opened.session.scope(project)
            made = opened.session.plan(source, scope, Judging(not judge.no_judge, judge.fail_on_warnings))
            if made.operations:
                opened.warn()
            refused = violations(made, scope)
            saved = None if refused else _save(made, path, project.root)
            console.out(page(_marked(made, refused), saved, form=form, diff=diff))
            _refuse(refused)
    if made.verdict.status is Status.REFUSED:
        # The file says what HAProxy found: it can be shown, and `apply` refuses it.
        raise ConfigError(f"HAProxy does not accept the result of the plan: {_counted(made)}", hint=_MEND)
    return CHANGES if made.operations and detailed_exitcode else 0


def _marked(plan: Plan, refused: Sequence[str]) -> Plan:
    """A plan that says why it is refused: it is shown, and has no file."""
    return replace(plan, attention=(*(f"refused: it {reason}" for reason in refused), *plan.attention))


def _refuse(refused: Sequence[str]) -> None:
    from hsync.errors import UnsafePlanError

    if refused:
        raise UnsafePlanError(
            f"the plan {'; it '.join(refused)}",
            hint="no plan was saved; if this is what you want, change protect or max_delete in hsync.toml",
        )


@contextmanager
def _withdrawing(path: Path, again: str, root: Path) -> Iterator[None]:
    """Withdraw the plan that lies in a file if what should run now is refused in the block.

    Otherwise it could be applied by mistake, as if it were the answer to the run that was refused.
    """
    from hsync.cli.console import say
    from hsync.cli.meta import meta
    from hsync.errors import ConfigError, InputError, UnsafePlanError
    from hsync.store.planfile import withdraw

    try:
        yield
    except (ConfigError, UnsafePlanError) as refusal:
        try:
            if withdraw(path, refusal.message, again, meta(root)):
                say(f"The older plan in {path} was withdrawn: hsync apply refuses it.")
        except InputError as fault:
            say(f"An older plan is in {path} and could not be withdrawn, do not apply it: {fault.message}")
        raise


def default_file(opened: Opened) -> Path:
    """TARGET.plan.json. Targets may share a derived name: that of another target's plan is not taken."""
    from hsync.store.places import short_digest
    from hsync.store.planfile import about

    tails = ("", f"-{short_digest(opened.session.place.identity)}")
    plain, own = (Path(f"{opened.name}{tail}.plan.json") for tail in tails)
    if opened.spec == opened.name:
        return plain  # a name of hsync.toml has one target
    return own if own.exists() or about(plain) not in {"", opened.session.client.identity} else plain


_MEND = "fix it where it was written, then: hsync plan"


def _counted(plan: Plan) -> str:
    """How much HAProxy found, and where the first of it is."""
    from hsync.output.words import count

    first = plan.verdict.findings[0].fault
    return f"{count(len(plan.verdict.findings), 'error')}, the first at {first.where}"


def _save(plan: Plan, path: Path, root: Path) -> Saved:
    from hsync.cli.hints import typed_path
    from hsync.cli.meta import meta
    from hsync.output.words import Saved
    from hsync.store.planfile import write

    return Saved(typed_path(path), write(path, plan, meta(root)))
