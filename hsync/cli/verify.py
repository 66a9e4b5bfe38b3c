"""`hsync verify`: prove a plan again, on the server itself; nothing is committed."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import TargetFlags, json_option, operator_options, plan_argument, target_options
from hsync.cli.verb import verb
from hsync.process.interrupts import told


@verb("verify")
@plan_argument
@target_options
@json_option
@operator_options
def command(plan: Path, target: TargetFlags, as_json: bool) -> None:
    """Prove a plan on its target.

    In a transaction that is deleted, and by the server's own validation. Nothing is committed.
    """
    from hsync.cli.console import out
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.reports import verified_document, verified_text
    from hsync.store.planfile import read

    project = project_here()
    saved, _, digest = read(plan)
    with meant(target, project, saved, plan)[1].in_hints():
        made, secrets = project.revealed(saved)
    with (
        open_target(target, project, made, plan) as opened,
        told(lambda: opened.session.verifying_interrupted(made)),
    ):
        found = opened.session.verify(made, secrets)
    sentences = (found.shown, found.unproved)
    if not made.operations:
        sentences = ((*found.shown, "there is nothing to apply: the plan has no operations"), ())
    out(verified_document(digest, *sentences) if as_json else verified_text(*sentences))
