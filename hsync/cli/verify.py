"""`hsync verify`: prove a plan again, on the server itself; nothing is committed."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import TargetFlags, json_option, plan_argument, target_options
from hsync.cli.verb import verb


@verb("verify")
@plan_argument
@target_options
@json_option
def command(plan: Path, target: TargetFlags, as_json: bool) -> None:
    """Prove a plan on its target.

    In a transaction that is deleted, and by the server's own validation. Nothing is committed.
    """
    from hsync.cli.console import out
    from hsync.cli.hints import filled_in
    from hsync.cli.interrupts import told as verifying
    from hsync.cli.targets import commands_for, open_target, project_here
    from hsync.output.reports import verified_document, verified_text
    from hsync.plan.secrets import reveal
    from hsync.render import Secrets
    from hsync.store.planfile import read

    project = project_here()
    saved, _, digest = read(plan)
    secrets = Secrets.of_project(project.root)
    commands = commands_for(target, project, saved, plan)
    with filled_in(lambda: commands):
        made = reveal(saved, secrets.agreed(saved.inputs))
    with (
        open_target(target, project, made, plan) as opened,
        verifying(lambda: opened.session.verifying_interrupted(made)),
    ):
        found = opened.session.verify(made, secrets.values)
    told = (found.shown, found.unproved)
    if not made.operations:
        told = ((*found.shown, "there is nothing to apply: the plan has no operations"), ())
    out(verified_document(digest, *told) if as_json else verified_text(*told))
