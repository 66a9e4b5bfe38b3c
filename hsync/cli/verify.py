"""`hsync verify`: prove a plan again, on its target, without a commit."""

from __future__ import annotations

from hsync.cli.options import PlanFlags, json_option, operator_options, plan_options, target_options
from hsync.cli.verb import verb
from hsync.process.interrupts import told
from hsync.session.asked import TargetOptions


@verb("verify")
@plan_options
@target_options
@json_option
@operator_options
def command(file: PlanFlags, target: TargetOptions, as_json: bool) -> None:
    """Prove a plan on its target.

    Sends the plan in a transaction, lets the server validate it, and deletes the transaction. Commits nothing.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.console import out
    from hsync.output.reports import verified_document, verified_text

    project = project_here()
    reviewed = file.read()
    run = meant(target, project, reviewed.plan, file.plan)
    with run.commands.in_hints():
        made, secrets = project.revealed(reviewed.plan)
    with (
        open_target(run, project, file.plan.parent) as session,
        told(lambda: session.verifying_interrupted(made)),
    ):
        found = session.verify(made, secrets)
    sentences = ((*reviewed.words, *found.shown), found.unproved)
    if not made.operations:
        sentences = ((*sentences[0], "there is nothing to apply: the plan has no operations"), ())
    out(verified_document(reviewed.digest, *sentences) if as_json else verified_text(*sentences))
