"""`hsync init`: a project to start from: a copy of the files in `starter`."""

from __future__ import annotations

import os
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
    from hsync.files import make_folder, read_file, reason, replace_file

    there = [name for name in FILES if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise InputError(f"{folder}: {', '.join(there)} is there already", hint="hsync init NEW_FOLDER")
    for name in FILES:
        path = folder.resolve() / name
        try:
            make_folder(path.parent)
            replace_file(path, read_file(STARTER / name), mode=_mode())
        except OSError as fault:
            raise InputError(f"cannot write {folder / name}: {reason(fault)}", hint="hsync init NEW_FOLDER") from fault
        say(f"wrote {folder / name}")
    go = "" if folder == Path() else f"cd {quote(str(folder))}, then "
    say(f"Next: {go}hsync plan, then hsync apply local.plan.json")


def _mode() -> int:
    """Of files that the user goes on with: what the umask allows, and never that others write them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o644 & ~mask
