"""`hsync convert`: a haproxy.cfg as the Data Plane API's JSON, and back. Contacts no target."""

from __future__ import annotations

from pathlib import Path

import click

from hsync.cli.options import FILE, option
from hsync.cli.verb import verb


@verb("convert")
@click.argument("file", type=FILE)
@option("--to", "to", type=click.Choice(["json", "cfg"]), help="Format of the output; default: not that of FILE.")
def command(file: Path, to: str | None) -> None:
    """Convert a configuration to JSON, or back.

    Prints FILE in the other format.

    The JSON is one object: collection -> list of sections with their children. Lines that the API cannot express are in
    the list `opaque`, with place and reason. A file whose order of lines JSON cannot express is refused.
    """
    from hsync.output.console import data
    from hsync.session.converting import converted

    data(converted(file, to))
