"""`hsync show`: show a plan file, for people or programs. Contacts no target."""

from __future__ import annotations

from hsync.cli.options import PlanFlags, form_option, option, plan_options
from hsync.cli.verb import verb


@verb("show")
@plan_options
@form_option
@option("--diff", is_flag=True, help="Include the text diff.")
@option("--bodies", is_flag=True, help="Include the bodies of the requests, with masked secrets.")
def command(file: PlanFlags, form: str, diff: bool, bodies: bool) -> None:
    """Show a plan file.

    Checks its digest. Contacts no target.
    """
    from hsync.cli.pages import page
    from hsync.output.console import out, say
    from hsync.output.words import Saved
    from hsync.session.shown import refuse_contradiction

    found = file.read()
    made = found.plan
    left = None
    if made.base.left:
        from hsync.session.project import kept_here

        left = kept_here(made)
    refuse_contradiction(made, left)
    if made.base.sections is None and made.operations:
        say("The changes were not compared with the operations here: verify and apply compare them.")
    elif left is None and made.base.left:
        say("Whose the changes are was not checked here: verify and apply check it where the last apply was recorded.")
    out(
        page(
            made,
            Saved(str(file.plan), found.digest, read=True, signer=found.signer),
            form=form,
            diff=diff,
            bodies=bodies,
        )
    )
