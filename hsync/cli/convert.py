"""`hsync convert`: a haproxy.cfg as the Data Plane API's JSON, and back. Talks to nobody."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hsync.cli.options import FILE, option

if TYPE_CHECKING:
    from hsync.schema import Json


@click.command("convert")
@click.argument("file", type=FILE)
@option("--to", "to", type=click.Choice(["json", "cfg"]), help="What to make of it; default: the other of the two.")
def command(file: Path, to: str | None) -> None:
    """Turn a configuration into JSON, or back.

    Prints FILE in the other form.

    JSON is one object: collection -> list of sections with their children; what the API cannot express stands under
    `opaque`, line by line, with its place and the reason.
    """
    from hsync.cli.console import out
    from hsync.cli.desired import MAX_BYTES
    from hsync.model import Configuration
    from hsync.output.conversion import configuration_object, configuration_text
    from hsync.output.machine import document
    from hsync.store.files import read_text

    text = read_text(file, max_bytes=MAX_BYTES, kind="configuration")
    if (to or ("cfg" if text.lstrip().startswith("{") else "json")) == "json":
        out(document(configuration_object(Configuration.from_text(text, str(file)))))
    else:
        out(configuration_text(_loaded(text, str(file)), str(file)))


def _loaded(text: str, source: str) -> Json:
    from hsync.errors import InputError

    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{source}: not JSON: {fault}") from fault
    return value
