"""`hsync schema`: the JSON Schema of hsync's JSON documents. Contacts no target."""

from __future__ import annotations

import click

from hsync.cli.verb import verb


@verb("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema of a document.

    NAME is the name of a document of --json. Without NAME, lists all documents.
    """
    from hsync.errors import UsageError
    from hsync.output.console import out
    from hsync.output.machine import document
    from hsync.output.reports import table
    from hsync.output.schemas import FORMATS, schema_of

    if name is None:
        out(table([[one, named, title] for one, (named, title, _) in FORMATS.items()]))
    elif name in FORMATS:
        out(document(schema_of(name)))
    else:
        raise UsageError(f"no document has the name {name!r}", hint=f"one of: {', '.join(FORMATS)}")
