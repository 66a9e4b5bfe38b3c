"""targets: the project, target and session of a command, with their questions and warnings on the terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hsync.cli.questions import asked, confirmed, is_interactive
from hsync.cli.verb import no_effect, typed_desired, typed_words
from hsync.output.console import say, warn
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
    """The operator's settings: options, environment, file. On a terminal, missing permissions are asked for."""
    from hsync.trust import read_operator, why_untrusted

    said = click.get_current_context().meta
    found, file = said.get("hsync.untrusted"), said.get("hsync.operator_config")
    why = why_untrusted(os.environ) if found is None else "--untrusted" * bool(found)
    if why:
        way_out = "" if found else " (use --trusted if you trust it)"
        say(f"Untrusted: {why}{way_out}: only secrets of untrusted_secrets, only files of the project, a sandbox.")
    return read_operator(file, os.environ, untrusted=why, ask=_allowed if is_interactive() else None)


def _allowed(claims: Sequence[Claim]) -> bool:
    say("This project needs your permission for:")
    for claim in claims:
        say(f"  {claim}")
    return confirmed("Allow exactly this, now and in later runs? Type `yes` to confirm:")


def project_here(environment: str = "") -> Project:
    """The project in the working directory."""
    from hsync.session.project import Project

    project = Project.open(environment=environment, operator=operator_here())
    warn(project.missing_folders())
    return project


def read_source(wanted: Wanted, project: Project) -> Source:
    """Read or render the desired text; warn if the environment has no effect.

    Args:
        wanted: from the command line.
        project: the project, with its environment.

    Raises:
        UsageError: two options exclude each other, or no template reads a variable.
        InputError: a file cannot be read or rendered.
    """
    params, chosen = click.get_current_context().params, project.settings.environments.get(wanted.environment)
    takes_target = "target" in params and not params["target"]
    if chosen is not None and not wanted.changes_by(chosen, takes_target=takes_target):
        no_effect(["environment"], f"[environments.{wanted.environment}] has no setting that this command uses")
    return project.source(wanted)


def meant(options: TargetOptions, project: Project, plan: Plan | None = None, file: Path | None = None) -> Meant:
    """The target of this run, with the words of a command line for it.

    Args:
        options: from the command line.
        project: has the tables of targets.
        plan: has the target if -t is not given.
        file: the plan file.

    Raises:
        StalePlanError: the name of the plan's target belongs to another target here.
        UsageError: there is no target, or its settings have a fault.
    """
    from hsync.session.commands import meant as meant_by

    verb, checks = str(click.get_current_context().info_name), typed_words("expect", "allowed_signers")
    return meant_by(options, project.targets, typed_desired(), plan=plan, file=file, verb=verb, checks=checks)


@contextmanager
def open_target(run: Meant, project: Project, *folders: Path) -> Iterator[Session]:
    """A session with a target for the duration of the block.

    Args:
        run: the target.
        project: the project.
        folders: the folders of plan files that the run reads or writes.

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
        if click.get_current_context().info_name != "confirm":
            warn(session.unconfirmed)
        yield session


def say_unchecked(session: Session) -> None:
    """Warn if nothing will validate the configuration."""
    if not session.checked:
        say("No HAProxy binary: nothing checks the configuration before it runs (see --haproxy-bin).")


def _password(settings: TargetSettings) -> str:
    """The password from the environment or the terminal; "" for none."""
    said = password_of_environment()
    if not said and is_interactive():
        said = click.get_current_context().meta["hsync.password"] = asked(f"Password of {settings.login}", hide=True)
    learn([said])
    return said
