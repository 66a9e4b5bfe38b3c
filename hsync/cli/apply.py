"""`hsync apply`: apply a plan file to its target."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hsync.cli.options import (
    PlanFlags,
    confirm_options,
    json_option,
    lock_option,
    operator_options,
    option,
    plan_options,
    target_options,
)
from hsync.cli.verb import no_effect, typed, verb
from hsync.process.interrupts import told
from hsync.session.asked import Confirmation, TargetOptions

if TYPE_CHECKING:
    from hsync.session import Outcome
    from hsync.session.fate import Ending
    from hsync.session.session import Session
    from hsync.store.reviewed import Reviewed


@verb("apply")
@plan_options
@target_options
@option("--auto-approve", is_flag=True, help="Do not ask for approval; required if standard input is not a terminal.")
@option("--validate", is_flag=True, help="Let the server check the staged text before the commit.")
@option(
    "--reload",
    type=click.Choice(["now", "batched"]),
    default="now",
    metavar="WHEN",
    help="When a server reloads HAProxy: now (default), or batched: at its next tick, with other commits.",
)
@option("-m", "--message", default="", metavar="WHY", help="Why it is applied, for the history.")
@confirm_options
@lock_option
@json_option
@operator_options
def command(
    file: PlanFlags,
    target: TargetOptions,
    auto_approve: bool,
    validate: bool,
    reload: str,
    message: str,
    confirmation: Confirmation,
    lock_timeout: float,
    as_json: bool,
) -> int:
    """Apply a plan file.

    Sends exactly the operations of PLAN, proves their result before the commit, and waits until the target runs it.
    Without -t, the target is that of the plan.
    """
    ended: list[Outcome] = []
    with told(lambda: _ending(ended)):
        from hsync.cli.targets import meant, open_target, project_here, say_unchecked
        from hsync.cli.watchers import guarded
        from hsync.errors import OutputError, UsageError
        from hsync.output.console import out, say, warn
        from hsync.session.reporting import Report

        project = project_here()
        reviewed = file.read(project.requires_signature)
        run = meant(target, project, reviewed.plan, file.plan)
        with run.commands.in_hints():
            made, secrets = project.revealed(reviewed.plan)
        asks = bool(made.operations) and not auto_approve
        if asks and not _approved(reviewed, file.plan, run.commands.of("apply"), as_json=as_json):
            return 1
        if reviewed.signer and not asks:
            say(f"Signed by {reviewed.signer}.")
        with open_target(run, project, file.plan.parent) as session, session.locked(lock_timeout, "hsync apply"):
            say_unchecked(session)
            if session.client.traits.keeps_text:
                no_effect(["reload"], "a file is reloaded as its own settings say")
            for one in made.verdict.findings:  # only warnings: a refused plan has no file to apply
                say(f"HAProxy warns: {one.fault}")
            if validate and not session.checked and typed("validate"):
                unchecked = "--validate: no HAProxy binary checks this target"
                raise UsageError(unchecked, hint="give one: --haproxy-bin FILE")
            after = guarded(session, project, target, confirmation)
            apply = partial(session.apply, made, reviewed.digest, secrets, batched=reload == "batched")
            how = partial(apply, validate=validate, reason=message, origin=reviewed.meta, confirming=after.confirming)
            after.begin()
            ended.append(_applied(session, how))
            after.end(ended[0], say)
        warn((*ended[0].notes, *session.unconfirmed))
        report = Report(ended[0], made, reviewed.digest, session.reloaded)
        try:
            out(report.document() if as_json else report.text())
        except OutputError as fault:
            raise OutputError(f"{report.text().strip()}\n  {fault.message}", hint=fault.hint) from fault
    return 0


def _approved(reviewed: Reviewed, path: Path, again: str, *, as_json: bool) -> bool:
    """Show the plan and ask for approval, which needs a terminal."""
    from hsync.cli.pages import page
    from hsync.cli.questions import confirmed, is_interactive
    from hsync.errors import UsageError
    from hsync.output.console import out, say, say_page
    from hsync.output.human import plan_text
    from hsync.output.words import Saved

    if not is_interactive():
        message = "approval is required, but standard input is not a terminal"
        raise UsageError(message, hint=f"review the plan, then: {again} --auto-approve")
    plan, saved = reviewed.plan, Saved(str(path), reviewed.digest, read=True, asked=True, signer=reviewed.signer)
    if as_json:
        say_page(plan_text(plan, saved=saved))
    else:
        out(page(plan, saved))
    if confirmed(f"Apply this to {plan.target.name}? Type `yes` to confirm:"):
        return True
    say("Not applied.")
    return False


def _applied(session: Session, apply: Callable[[], Outcome]) -> Outcome:
    """Apply a plan. The error of an interrupt has the state of the target."""
    from hsync.output.console import say
    from hsync.output.progress import progress_on, shown_on
    from hsync.session.fate import NOTHING, Ending

    with (
        told(lambda: session.interrupted(session.commands.of("apply")) or Ending(NOTHING)),
        progress_on(sys.stderr) as progress,
    ):
        session.on_event = shown_on(progress, lambda words: say(session.commands.fill(words)))
        return apply()


def _ending(ended: Sequence[Outcome]) -> Ending:
    """The state of the target after an interrupt before or after `session.apply`."""
    from hsync.session.fate import NOTHING, Ending

    return Ending(ended[0].message if ended else NOTHING)
