"""`hsync show`: a plan file as people or programs read it. Talks to nobody."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import form_option, option, plan_argument
from hsync.cli.verb import verb


@verb("show")
@plan_argument
@form_option
@option("--diff", is_flag=True, help="With the text diff.")
def command(plan: Path, form: str, diff: bool) -> None:
    """Show a plan file.

    Its digest is checked; nobody is asked.
    """
    from hsync.cli.console import out
    from hsync.cli.pages import page
    from hsync.output.words import Saved
    from hsync.store.planfile import read

    made, _, digest = read(plan, to_show=True)
    out(page(made, Saved(str(plan), digest, read=True), form=form, diff=diff))
