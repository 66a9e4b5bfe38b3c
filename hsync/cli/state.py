"""`hsync state show` and `hsync state history`: hsync's record of a target. Contacts no target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hsync.cli.options import Decorator, json_option, operator_options, option
from hsync.cli.verb import Verb

if TYPE_CHECKING:
    from hsync.store import State

_TARGET: Decorator = option(
    "-t", "--target", metavar="TARGET", help="Name in hsync.toml, Data Plane API URL, or path of a haproxy.cfg."
)


@click.group("state")
def command() -> None:
    """Show recorded state."""


@command.command("show", cls=Verb)
@_TARGET
@operator_options
@json_option
def show(target: str | None, as_json: bool) -> None:
    """Show the last apply, the owned sections, and an unfinished run."""
    from hsync.output.console import out
    from hsync.session.memory import state_document, state_text

    out((state_document if as_json else state_text)(_state(target)))


@command.command("history", cls=Verb)
@_TARGET
@operator_options
@option("--verify", is_flag=True, help="Check that no run was changed or removed since it was written.")
@json_option
def history(target: str | None, verify: bool, as_json: bool) -> None:
    """List the last runs, the newest last: when, outcome, version, plan, changes, who, how long, why."""
    from hsync.output.console import out, say
    from hsync.session.memory import history_document, history_text, refuse_broken

    state = _state(target)
    out((history_document if as_json else history_text)(state))
    if verify:
        say(refuse_broken(state))


def _state(spec: str | None) -> State:
    from hsync.cli.targets import project_here
    from hsync.output.console import warn
    from hsync.session.commands import Commands
    from hsync.session.memory import remembered

    project = project_here()
    settings = project.target(spec or "")
    warn(project.targets.faults())
    store = project.store(settings)
    commands = Commands(("-t", project.targets.spec(settings)))
    with commands.in_hints():
        warn(map(commands.fill, store.warnings()))
        return remembered(store)
