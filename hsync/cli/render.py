"""`hsync render`: print the desired configuration."""

from __future__ import annotations

from hsync.cli.options import desired_options, operator_options, option
from hsync.cli.verb import verb
from hsync.session.asked import Wanted


@verb("render")
@desired_options
@option("--reveal", is_flag=True, help="Print the values of secrets instead of (secret).")
@operator_options
def command(wanted: Wanted, reveal: bool) -> None:
    """Print the desired configuration.

    Renders TEMPLATE (default: the project's). Secrets of templates are hidden without --reveal.
    """
    from hsync.cli.targets import project_here, read_source
    from hsync.cli.verb import no_effect
    from hsync.output.console import data, say

    source = read_source(wanted, project_here(wanted.environment))
    if not source.places:
        no_effect(["reveal"], "the text has no secret of a template")
    elif not reveal:
        say("Secrets are hidden: --reveal prints them.")
    data(source.text if reveal else source.shown or source.text, reveal=reveal)
