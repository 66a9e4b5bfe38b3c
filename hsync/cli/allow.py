"""`hsync allow`: the operator allows values of a project. Contacts no target."""

from __future__ import annotations

import click

from hsync.cli.options import operator_options, option
from hsync.cli.verb import verb


@verb("allow")
@click.argument("values", nargs=-1, metavar="[KIND:VALUE]...")
@option("--list", "listed", is_flag=True, help="List the allowed values, without a change.")
@option("--revoke", is_flag=True, help="Revoke all permissions of this project.")
@operator_options
def command(values: tuple[str, ...], listed: bool, revoke: bool) -> None:
    """Allow values of this project.

    Allows the given VALUES, and the programs, addresses, sockets and files outside of its folder that hsync.toml has
    now. Check the printed list. A value that is changed later in hsync.toml has to be allowed again.
    """
    from hsync.cli.targets import project_here
    from hsync.errors import UsageError
    from hsync.output.console import out, say
    from hsync.output.reports import table
    from hsync.session import allowing

    if sum(map(bool, (values, listed, revoke))) > 1:
        raise UsageError("KIND:VALUE, --list and --revoke exclude each other")
    project = project_here()
    shown = allowing.listed(project, revoke=revoke) if listed or revoke else allowing.allow(project, values)
    out(table([[line] for line in shown.lines]))
    say(shown.words)
