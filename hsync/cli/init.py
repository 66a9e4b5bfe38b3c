"""`hsync init`: create a small project."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from hsync.cli.verb import verb


@verb("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def command(folder: Path) -> None:
    """Create a small project.

    Writes hsync.toml, a template and variables into FOLDER (default: the current one). Overwrites no file.
    """
    from hsync.output.console import say
    from hsync.session.starting import start

    for path in start(folder):
        say(f"wrote {path}")
    go = "" if folder == Path() else f"cd {quote(str(folder))}, then "
    say(f"Next: {go}hsync plan, then hsync apply local.plan.json")
