"""`hsync state show` and `hsync state history`: what is remembered about a target. Talks to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hsync.cli.options import Decorator, json_option, option
from hsync.cli.verb import Verb

if TYPE_CHECKING:
    from hsync.schema import Json
    from hsync.store import State

_TARGET: Decorator = option("-t", "--target", metavar="TARGET", help="As for the other commands.")


@click.group("state")
def command() -> None:
    """Tell what is remembered."""


@command.command("show", cls=Verb)
@_TARGET
@json_option
def show(target: str | None, as_json: bool) -> None:
    """What was last applied, which sections are owned, and whether a run is under way."""
    from hsync.cli.console import out
    from hsync.output.machine import report
    from hsync.output.reports import table

    state = _state(target)
    out(report("state-show", _object(state)) if as_json else table(_lines(state)))


@command.command("history", cls=Verb)
@_TARGET
@json_option
def history(target: str | None, as_json: bool) -> None:
    """The last runs, the newest last."""
    from hsync.cli.console import out
    from hsync.output.machine import report
    from hsync.output.reports import table

    state = _state(target)
    made: dict[str, Json] = {"target": state.target.name, "runs": _runs(state)}
    out(report("state-history", made) if as_json else table(_history(state)))


def _state(spec: str | None) -> State:
    from hsync.cli.hints import Commands, filled_in
    from hsync.cli.targets import default_target, place_of, project_here, say_stranger, spec_of, target_of
    from hsync.errors import InputError
    from hsync.store import read_state

    project = project_here()
    settings = target_of(spec or default_target(project), project)
    place = place_of(settings, project)
    commands = Commands(("-t", spec_of(settings, project)))
    with filled_in(lambda: commands):
        state = read_state(place)
        if state is None:
            say_stranger(place, commands)
            message = f"nothing is remembered about {settings.name} ({place.identity})"
            raise InputError(message, hint="take over what it runs: hsync import")
    return state


def _lines(state: State) -> list[list[str]]:
    from hsync.output.words import count, short

    lines = [
        ["target", f"{state.target.name}  {state.target.url}  (Data Plane API {state.target.api})"],
        ["lineage", f"{state.lineage}, serial {state.serial}"],
    ]
    if applied := state.applied:
        what = f"plan {short(applied.plan)}" if applied.plan else "imported"
        lines.append(["applied", f"version {applied.version}, {short(applied.sha256)}, {what}, {applied.when}"])
    owned = ", ".join(" ".join(filter(None, key)) for key in state.owned)
    lines.append(["owned", f"{count(len(state.owned), 'section')}: {owned}" if owned else "no section"])
    lines += [["under way", f"{one.phase} since {one.when}, plan {short(one.plan)}"] for one in state.journal]
    return lines


def _history(state: State) -> list[list[str]]:
    from hsync.output.words import short

    return [
        [
            run.when,
            run.outcome,
            "" if run.version is None else f"version {run.version}",
            short(run.plan) if run.plan else "",
        ]
        for run in state.history
    ]


def _runs(state: State) -> list[Json]:
    return [
        {"when": run.when, "outcome": run.outcome, "version": run.version, "reload": run.reload, "plan": run.plan}
        for run in state.history
    ]


def _object(state: State) -> dict[str, Json]:
    return {
        "target": {"name": state.target.name, "url": state.target.url, "api": state.target.api},
        "lineage": state.lineage,
        "serial": state.serial,
        "applied": _applied(state),
        "owned": [" ".join(filter(None, key)) for key in state.owned],
        "journal": [
            {"phase": one.phase, "plan": one.plan, "facts": dict(one.facts), "when": one.when} for one in state.journal
        ],
    }


def _applied(state: State) -> Json:
    if state.applied is None:
        return None
    return {
        "version": state.applied.version,
        "sha256": state.applied.sha256,
        "plan": state.applied.plan,
        "reload": state.applied.reload,
        "when": state.applied.when,
    }
