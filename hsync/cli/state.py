"""`hsync state`: hsync's record of a target. Contacts no target."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from hsync.cli.options import Decorator, json_option, operator_options, option
from hsync.cli.verb import Verb, no_effect

if TYPE_CHECKING:
    from hsync.store import StateStore

_TARGET: Decorator = option(
    "-t", "--target", metavar="TARGET", help="Name in hsync.toml, Data Plane API URL, or path of a haproxy.cfg."
)


@click.group("state")
def command() -> None:
    """Show recorded state, and release a lock."""


@command.command("show", cls=Verb)
@_TARGET
@operator_options
@json_option
def show(target: str | None, as_json: bool) -> None:
    """Show the last apply, the owned sections, and an unfinished run."""
    from hsync.output.console import out
    from hsync.session.memory import remembered, state_document, state_text

    with _store(target) as store:
        out((state_document if as_json else state_text)(remembered(store)))


@command.command("history", cls=Verb)
@_TARGET
@operator_options
@option("--verify", is_flag=True, help="Check that no run was changed or removed since it was written.")
@json_option
def history(target: str | None, verify: bool, as_json: bool) -> None:
    """List the last runs, the newest last: when, outcome, version, plan, changes, environment and commit, who,
    how long, why.
    """
    from hsync.output.console import out, say
    from hsync.session.memory import history_document, history_text, refuse_broken, remembered

    with _store(target) as store:
        state = remembered(store)
    out((history_document if as_json else history_text)(state))
    if verify:
        say(refuse_broken(state))


@command.command("texts", cls=Verb)
@click.argument("digest", required=False, default="")
@_TARGET
@operator_options
@json_option
def texts(digest: str, target: str | None, as_json: bool) -> None:
    """List the kept texts, the newest last, or print the one with DIGEST. Secrets are references."""
    from hsync.output.console import out
    from hsync.session.memory import kept_text, remembered, texts_document, texts_text

    with _store(target) as store:
        if digest:
            no_effect(["as_json", "format"], "a text is printed as it is")
            out(kept_text(store, digest))
        else:
            out((texts_document if as_json else texts_text)(store, remembered(store)))


@command.command("unlock", cls=Verb)
@_TARGET
@operator_options
@option("--yes", is_flag=True, help="Do not ask; required if standard input is not a terminal.")
def unlock(target: str | None, yes: bool) -> None:
    """Release the lock of a run that has died, or that is on another host."""
    from hsync.cli.questions import agree
    from hsync.output.console import out
    from hsync.session.memory import unlocked

    with _store(target) as store:
        out(f"{unlocked(store, str if yes else agree)}\n")


@contextmanager
def _store(spec: str | None) -> Iterator[StateStore]:
    from hsync.cli.targets import project_here
    from hsync.output.console import warn
    from hsync.session.commands import Commands

    project = project_here()
    settings = project.target(spec or "")
    warn(project.targets.faults())
    store = project.store(settings)
    commands = Commands(("-t", project.targets.spec(settings)))
    with commands.in_hints():
        warn(map(commands.fill, store.warnings()))
        yield store
