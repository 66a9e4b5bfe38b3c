"""targets: a session with the target that the command line means, and what is said about it on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from shlex import join, quote
from typing import TYPE_CHECKING

import click

from hsync.cli.console import asked, confirmed, is_interactive, say, warn
from hsync.cli.options import TargetFlags
from hsync.cli.verb import typed, typed_desired, typed_words
from hsync.process.passwords import password_of_environment

if TYPE_CHECKING:
    from hsync.dataplane import TargetSettings
    from hsync.dataplane.deadline import Deadline
    from hsync.plan.plan import Plan
    from hsync.session.commands import Commands
    from hsync.session.project import Project
    from hsync.session.session import Session
    from hsync.session.targets import Chosen
    from hsync.store import Place
    from hsync.trust import Claim, Operator

__all__ = ["Opened", "meant", "open_target", "project_here", "say_exposed", "say_open_ways", "say_stranger"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session as the command line has it.

    Args:
        session: with the target.
        spec: what to type after `-t` to mean it.
        commands: what to type about it.
    """

    session: Session
    spec: str
    commands: Commands

    @property
    def name(self) -> str:
        """The target's, for people."""
        return self.session.name

    def warn(self) -> None:
        """Warn if nothing will validate the configuration."""
        if not self.session.checked:
            say("No HAProxy binary: nothing checks the configuration before it runs (see --haproxy-bin).")


def operator_here() -> Operator:
    """What the operator says: options, environment, file. On a terminal he is asked about what a project wants."""
    from hsync.trust import read_operator, why_untrusted

    said = click.get_current_context().meta
    found, file = said.get("hsync.untrusted"), said.get("hsync.operator_config")
    why = why_untrusted(os.environ) if found is None else "--untrusted" * bool(found)
    if why:
        way_out = "" if found else " (--trusted where you trust it)"
        say(f"Untrusted: {why}{way_out}: no secret but untrusted_secrets, no file but the project's, a closed check.")
    return read_operator(file, os.environ, untrusted=why, ask=_allowed if is_interactive() else None)


def _allowed(claims: Sequence[Claim]) -> bool:
    say("\n  ".join(["This project wants what only you can allow:", *map(str, claims)]))
    return confirmed("Allow exactly this, now and later? Only a typed `yes` will do:")


def project_here(environment: str = "") -> Project:
    """The project of the working directory."""
    from hsync.session.project import Project

    project = Project.open(environment=environment, operator=operator_here())
    warn(project.missing_folders())
    return project


@contextmanager
def open_target(
    flags: TargetFlags, project: Project, plan: Plan | None = None, file: Path | None = None
) -> Iterator[Opened]:
    """Find a target, and connect to it for the time of the block.

    Args:
        flags: as `meant` takes them, like the others.
        project: also for the folder of the states.
        plan: that the run is about.
        file: of the plan.

    Raises:
        UsageError: there is no target, its settings have a fault, or a password is missing.
    """
    from hsync.output.progress import shown_on
    from hsync.process.signals import GUARD

    chosen, commands = meant(flags, project, plan, file)
    warn(project.targets.faults())
    say_open_ways(project, chosen.settings)
    say_exposed(project.settings.state, *(() if file is None else (file.parent,)))
    with (
        commands.in_hints(),
        project.session(
            chosen, password=lambda: _password(chosen.settings), guard=GUARD, deadline=_deadline(flags)
        ) as session,
    ):
        session.on_event = shown_on(lambda *_: None, lambda words: say(commands.fill(words)))
        say_stranger(session.place, commands)
        yield Opened(session, project.targets.spec(chosen.settings), commands)


def _deadline(flags: TargetFlags) -> Deadline:
    """Until when the work on the target must have ended: from now on, since nobody is asked any more."""
    from hsync.dataplane.deadline import NEVER, Deadline

    return Deadline.after(flags.timeout) if flags.timeout else NEVER


def meant(
    flags: TargetFlags, project: Project, plan: Plan | None = None, file: Path | None = None
) -> tuple[Chosen, Commands]:
    """The target of a run, and what to type about it.

    Args:
        flags: from the command line.
        project: for the tables of targets.
        plan: the plan that is about the target, when no -t is given.
        file: the file of the plan.

    Raises:
        StalePlanError: the name of the plan's target means another one here.
        UsageError: there is no target, or its settings have a fault.
    """
    from hsync.session.commands import commands_of, commands_of_plan
    from hsync.session.targets import TargetOptions
    from hsync.store.files import typed_path

    given = {name: value for name, value in asdict(flags).items() if value and name != "timeout"}
    options, targets = TargetOptions(**given, explicit=frozenset(filter(typed, given))), project.targets
    if plan is None or file is None:
        chosen = targets.chosen(options)
        return chosen, commands_of(chosen.settings, options, targets, typed_desired())
    checks = typed_words("expect", "allowed_signers")
    again = join(["hsync", str(click.get_current_context().info_name), typed_path(file), *checks])
    chosen = targets.chosen(options, plan.target, again)
    return chosen, commands_of_plan(chosen.settings, options, targets, plan, file, checks)


def say_open_ways(project: Project, settings: TargetSettings | None = None) -> None:
    """Warn if HAProxy's check of a project that is not trusted is not closed on this machine."""
    from hsync.session.targets import open_ways

    if ways := open_ways(project.trust.operator, settings):
        say(f"Warning: the kernel cannot take {ways} from HAProxy's check here; what the text names is refused.")


def say_stranger(place: Place, commands: Commands) -> None:
    """Warn if a state file of the target's name is about another target."""
    from hsync.session.targets import stranger

    for sentence in stranger(place):
        say(commands.fill(sentence))


def say_exposed(*folders: Path) -> None:
    """Warn if others may write into folders of states or plans."""
    from hsync.store.places import other_writers

    for folder in dict.fromkeys(folders):
        if who := other_writers(folder):
            name = quote(str(folder))
            remedy = f"chown {os.geteuid()} {name}" if who.startswith("its owner") else f"chmod go-w {name}"
            say(f"Warning: {who} can write into {name}, and so replace what hsync reads there: {remedy}")


def _password(settings: TargetSettings) -> str:
    """The password: from the environment, or typed; "" when there is none."""
    said = password_of_environment()
    return said or (asked(f"Password of {settings.user} at {settings.url}", hide=True) if is_interactive() else "")
