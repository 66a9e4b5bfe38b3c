"""`hsync explain`: what a risk means. Contacts no target."""

from __future__ import annotations

import click

from hsync.cli.verb import verb


@verb("explain")
@click.argument("risk", required=False, metavar="[ID]")
def command(risk: str | None) -> None:
    """Explain a risk: what it is, why it hurts, an example, how to accept it.

    Without ID, lists all risks that hsync knows.
    """
    from hsync.output.console import out
    from hsync.output.explained import explained, overview
    from hsync.risks import rule_of, rules_by_id

    out(explained(rule_of(risk)) if risk is not None else overview(rules_by_id().values()))
