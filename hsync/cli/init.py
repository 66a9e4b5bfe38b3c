"""`hsync init`: a project to start from: a copy of the files in `starter`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import click

from hsync.cli.verb import verb

STARTER = Path(__file__).with_name("starter")
FILES = (
    "hsync.toml",
    "templates/haproxy.cfg.j2",
    "vars/common.yaml",
    "vars/prod.yaml",
    "state/README.md",
)
"""What a project begins with."""


@verb("init")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
def command(folder: Path) -> None:
    """Write a small project to start from.

    It goes into FOLDER (default: here): hsync.toml, a template, variables. Nothing is overwritten.
    """
    from hsync.cli.console import say
    from hsync.errors import InputError

    there = [name for name in FILES if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise InputError(f"{folder}: {', '.join(there)} is there already", hint="hsync init NEW_FOLDER")
    for name in FILES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((STARTER / name).read_text(encoding="utf-8"), encoding="utf-8")
        say(f"wrote {path}")
    go = "" if folder == Path() else f"cd {quote(str(folder))}, then "
    say(f"Next: {go}hsync plan, then hsync apply local.plan.json")
