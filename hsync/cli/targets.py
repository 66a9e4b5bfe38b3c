"""targets: a session with the target that the command line means, and what is said about it on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hsync.cli.console import asked, confirmed, is_interactive, say, warn
from hsync.cli.verb import no_effect, typed_desired, typed_words
from hsync.process.passwords import password_of_environment
from hsync.secrecy import learn

if TYPE_CHECKING:
    from hsync.dataplane import TargetSettings
    from hsync.plan.plan import Plan
    from hsync.session.asked import TargetOptions, Wanted
    from hsync.session.commands import Meant
    from hsync.session.project import Project
    from hsync.session.session import Session
    from hsync.session.sources import Source
    from hsync.trust import Claim, Operator

__all__ = ["meant", "open_target", "project_here", "read_source", "say_unchecked"]


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
    say("This project wants what only you can allow:")
    for claim in claims:
        say(f"  {claim}")
    return confirmed("Allow exactly this, now and later? Only a typed `yes` will do:")


def project_here(environment: str = "") -> Project:
    """The project of the working directory."""
    from hsync.session.project import Project

    project = Project.open(environment=environment, operator=operator_here())
    warn(project.missing_folders())
    return project


def read_source(wanted: Wanted, project: Project) -> Source:
    """Read or render the desired text; an environment that changes nothing of this run is told.

    Args:
        wanted: from the command line.
        project: the project, with its environment.

    Raises:
        UsageError: options that exclude each other, or a variable that no template reads.
        InputError: something cannot be read or rendered.
    """
    params, chosen = click.get_current_context().params, project.settings.environments.get(wanted.environment)
    takes_target = "target" in params and not params["target"]
    if chosen is not None and not wanted.changes_by(chosen, takes_target=takes_target):
        no_effect(["environment"], f"[environments.{wanted.environment}] has nothing that this run takes")
    return project.source(wanted)


def meant(options: TargetOptions, project: Project, plan: Plan | None = None, file: Path | None = None) -> Meant:
    """The target of this run, and what to type about it.

    Args:
        options: from the command line.
        project: for the tables of targets.
        plan: the plan that is about the target, when no -t is given.
        file: the file of the plan.

    Raises:
        StalePlanError: the name of the plan's target means another one here.
        UsageError: there is no target, or its settings have a fault.
    """
    from hsync.session.commands import meant as meant_by

    verb, checks = str(click.get_current_context().info_name), typed_words("expect", "allowed_signers")
    return meant_by(options, project.targets, typed_desired(), plan=plan, file=file, verb=verb, checks=checks)


@contextmanager
def open_target(run: Meant, project: Project, *folders: Path) -> Iterator[Session]:
    """Connect to a target for the time of the block.

    Args:
        run: the target.
        project: of the run.
        folders: of plans that are read or written.

    Raises:
        UsageError: a password is missing, or a setting has a fault.
    """
    from hsync.output.progress import shown_on
    from hsync.process.signals import GUARD

    settings = run.chosen.settings
    warn(project.warnings(settings, *folders))
    with project.session(run, password=lambda: _password(settings), guard=GUARD) as session:
        session.on_event = shown_on(lambda *_: None, lambda words: say(run.commands.fill(words)))
        warn(map(run.commands.fill, session.store.warnings()))
        yield session


def say_unchecked(session: Session) -> None:
    """Warn if nothing will validate the configuration."""
    if not session.checked:
        say("No HAProxy binary: nothing checks the configuration before it runs (see --haproxy-bin).")


def _password(settings: TargetSettings) -> str:
    """The password: from the environment, or typed; "" when there is none."""
    said = password_of_environment()
    if not said and is_interactive():
        said = asked(f"Password of {settings.login}", hide=True)
    learn([said])
    return said
