"""`hsync render`: print the desired configuration."""

from __future__ import annotations

from hsync.cli.options import DesiredFlags, desired_options, operator_options
from hsync.cli.verb import verb


@verb("render")
@desired_options
@operator_options
def command(desired: DesiredFlags) -> None:
    """Print the desired configuration.

    Renders TEMPLATE (default: the project's). Secrets stand in the text in clear.
    """
    from hsync.cli.console import out
    from hsync.cli.desired import read_source
    from hsync.cli.targets import project_here

    out(read_source(desired, project_here(desired.environment)).text)
