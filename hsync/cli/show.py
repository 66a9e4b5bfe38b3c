"""`hsync show`: a plan file as people or programs read it. Talks to nobody."""

from __future__ import annotations

from hsync.cli.options import PlanFlags, form_option, option, plan_options
from hsync.cli.verb import verb


@verb("show")
@plan_options
@form_option
@option("--diff", is_flag=True, help="With the text diff.")
@option("--bodies", is_flag=True, help="With the bodies of the requests, secrets masked.")
def command(file: PlanFlags, form: str, diff: bool, bodies: bool) -> None:
    """Show a plan file.

    Its digest is checked; nobody is asked.
    """
    from hsync.cli.console import out, say
    from hsync.cli.pages import page
    from hsync.output.words import Saved
    from hsync.session.shown import refuse_contradiction

    found = file.read()
    made = found.plan
    refuse_contradiction(made)
    if made.base.sections is None and made.operations:
        say("What this plan shows was not compared with what it sends: verify and apply do that.")
    out(
        page(
            made,
            Saved(str(file.plan), found.digest, read=True, signer=found.signer),
            form=form,
            diff=diff,
            bodies=bodies,
        )
    )
