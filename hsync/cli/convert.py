"""`hsync convert`: a haproxy.cfg as the Data Plane API's JSON, and back. Talks to nobody."""

from __future__ import annotations

from pathlib import Path

import click

from hsync.cli.options import FILE, option
from hsync.cli.verb import verb


@verb("convert")
@click.argument("file", type=FILE)
@option("--to", "to", type=click.Choice(["json", "cfg"]), help="What to make of it; default: the other of the two.")
def command(file: Path, to: str | None) -> None:
    """Turn a configuration into JSON, or back.

    Prints FILE in the other form.

    JSON is one object: collection -> list of sections with their children; what the API cannot express stands under
    `opaque`, line by line, with its place and the reason. An order of lines that JSON cannot hold is refused.
    """
    from hsync.cli.console import data
    from hsync.session.converting import converted

    data(converted(file, to))
