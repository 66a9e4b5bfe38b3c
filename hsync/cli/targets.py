"""targets: a session with the target that the command line means, and what is said about it on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.console import asked, is_interactive, say, warn
from hsync.cli.options import TargetFlags
from hsync.cli.verb import typed, typed_desired
from hsync.process.passwords import password_of_environment

if TYPE_CHECKING:
    from hsync.dataplane import TargetSettings
    from hsync.plan.plan import Plan
    from hsync.session.commands import Commands
    from hsync.session.project import Project
    from hsync.session.session import Session
    from hsync.store import Place

__all__ = ["Opened", "meant", "open_target", "project_here", "say_stranger"]


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


def project_here(environment: str = "") -> Project:
    """The project of the working directory."""
    from hsync.session.project import Project

    project = Project.open(environment=environment)
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
    from hsync.process.signals import GUARD
    from hsync.session.targets import faulty_tables, spec_of

    settings, commands = meant(flags, project, plan, file)
    warn(faulty_tables(project.settings))
    with (
        commands.in_hints(),
        project.session(settings, password=lambda: _password(settings), guard=GUARD) as session,
    ):
        say_stranger(session.place, commands)
        yield Opened(session, spec_of(settings, project.settings), commands)


def meant(
    flags: TargetFlags, project: Project, plan: Plan | None = None, file: Path | None = None
) -> tuple[TargetSettings, Commands]:
    """The target of a run, and what to type about it.

    Args:
        flags: from the command line.
        project: for the tables of targets.
        plan: the plan that is about the target, when no -t is given.
        file: the file of the plan.

    Raises:
        UsageError: there is no target, or its settings have a fault.
    """
    from hsync.session.commands import commands_of, commands_of_plan
    from hsync.session.targets import TargetOptions, settings_for

    given = {name: value for name, value in asdict(flags).items() if value}
    options = TargetOptions(**given, explicit=frozenset(filter(typed, given)))
    settings = settings_for(options, project.settings, plan.target if plan else None)
    if plan is None or file is None:
        return settings, commands_of(settings, options, project.settings, typed_desired())
    return settings, commands_of_plan(settings, options, project.settings, plan, file)


def say_stranger(place: Place, commands: Commands) -> None:
    """Warn if a state file of the target's name is about another target."""
    from hsync.session.targets import stranger

    for sentence in stranger(place):
        say(commands.fill(sentence))


def _password(settings: TargetSettings) -> str:
    """The password: from the environment, or typed; "" when there is none."""
    said = password_of_environment()
    return said or (asked(f"Password of {settings.user} at {settings.url}", hide=True) if is_interactive() else "")
