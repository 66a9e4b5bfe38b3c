"""`hsync convert`: a haproxy.cfg as the Data Plane API's JSON, and back. Talks to nobody."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from hsync.cli.options import FILE, option
from hsync.cli.verb import verb

if TYPE_CHECKING:
    from hsync.schema import Json


@verb("convert")
@click.argument("file", type=FILE)
@option("--to", "to", type=click.Choice(["json", "cfg"]), help="What to make of it; default: the other of the two.")
def command(file: Path, to: str | None) -> None:
    """Turn a configuration into JSON, or back.

    Prints FILE in the other form.

    JSON is one object: collection -> list of sections with their children; what the API cannot express stands under
    `opaque`, line by line, with its place and the reason. An order of lines that JSON cannot hold is refused.
    """
    from hsync.cli.console import out
    from hsync.errors import ConfigError
    from hsync.model import Configuration
    from hsync.output.conversion import configuration_object, configuration_text
    from hsync.output.machine import document
    from hsync.sections import grammar
    from hsync.store.files import CONFIGURATION_BYTES, read_text
    from hsync.syntax import lost

    text = read_text(file, max_bytes=CONFIGURATION_BYTES, kind="configuration")
    if (to or ("cfg" if text.lstrip().startswith(("{", "[")) else "json")) == "json":
        configuration = Configuration.from_text(text, str(file))
        if faults := lost(configuration.document, grammar()):
            raise ConfigError(f"{file} cannot be turned into JSON without a loss:", faults)
        out(document(configuration_object(configuration)))
    else:
        out(configuration_text(_loaded(text, str(file)), str(file)))


def _loaded(text: str, source: str) -> Json:
    from hsync.errors import InputError

    try:
        value: Json = json.loads(text)
    except json.JSONDecodeError as fault:
        hint = f"correct the file; if it is a configuration: hsync convert {quote(source)} --to json"
        raise InputError(f"{source}:{fault.lineno}:{fault.colno}: not JSON: {fault.msg}", hint=hint) from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{source}: not JSON: {fault}", hint="correct the file") from fault
    return value
