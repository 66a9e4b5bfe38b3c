"""`hsync allow`: vouch for what a project wants and only the operator allows. Talks to no target."""

from __future__ import annotations

import click

from hsync.cli.options import operator_options, option
from hsync.cli.verb import verb


@verb("allow")
@click.argument("values", nargs=-1, metavar="[KIND:VALUE]...")
@option("--list", "listed", is_flag=True, help="Print what is allowed; allow nothing.")
@option("--revoke", is_flag=True, help="Take back everything that is allowed to this project.")
@operator_options
def command(values: tuple[str, ...], listed: bool, revoke: bool) -> None:
    """Allow a project what it wants.

    Programs, addresses, sockets and files outside of its folder, exactly as hsync.toml names them now, or the given
    VALUES besides. Read what is printed: who changes hsync.toml later is asked about again.
    """
    from hsync.cli.console import out, say
    from hsync.cli.targets import project_here
    from hsync.errors import UsageError
    from hsync.output.reports import table
    from hsync.session import allowing

    if sum(map(bool, (values, listed, revoke))) > 1:
        raise UsageError("KIND:VALUE, --list and --revoke exclude each other")
    project = project_here()
    shown = allowing.listed(project, revoke=revoke) if listed or revoke else allowing.allow(project, values)
    out(table([[line] for line in shown.lines]))
    say(shown.words)
