"""`hsync render`: print the desired configuration."""

from __future__ import annotations

from hsync.cli.options import desired_options, operator_options
from hsync.cli.verb import verb
from hsync.session.asked import Wanted


@verb("render")
@desired_options
@operator_options
def command(wanted: Wanted) -> None:
    """Print the desired configuration.

    Renders TEMPLATE (default: the project's). Secrets stand in the text in clear.
    """
    from hsync.cli.console import data
    from hsync.cli.targets import project_here, read_source

    data(read_source(wanted, project_here(wanted.environment)).text)
