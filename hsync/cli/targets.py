"""targets: from options, hsync.toml and the environment to a connected target with its memory.

Rule 1: an option stands above hsync.toml; a variable that makes no sense for this target is not a fault, an option is.
Rule 2: the API release is asked once per target and remembered in its state.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.console import is_interactive, say
from hsync.cli.hints import Commands, commands_of, filled_in
from hsync.cli.options import TargetFlags
from hsync.cli.verb import typed
from hsync.errors import InputError, UsageError

if TYPE_CHECKING:
    from hsync.dataplane import TargetSettings
    from hsync.events import Listener
    from hsync.output.progress import Progress
    from hsync.plan.plan import Plan
    from hsync.render import Project
    from hsync.session.session import Session
    from hsync.store import Place

__all__ = [
    "Opened",
    "commands_for",
    "default_target",
    "open_target",
    "place_of",
    "project_here",
    "say_stranger",
    "spec_of",
    "target_of",
]


VERDICTS = ".verdicts"
"""Folder beside the states: what HAProxy accepted already."""


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

    def teller(self, progress: Progress) -> Listener:
        """What tells the events of an apply on the terminal.

        Args:
            progress: the line that moves.
        """
        from hsync.events import Event, Recovered, Step

        def tell(event: Event) -> None:
            if isinstance(event, Step):
                progress(event.what, event.done, event.total)
            elif isinstance(event, Recovered):
                words = f"An earlier run died before it had finished (phase {event.phase}): {event.outcome}."
                say(self.commands.fill(words))

        return tell


def project_here(environment: str = "") -> Project:
    """The project of the working directory."""
    from hsync.render.project import FILE_NAME, find_project, line_of

    project = find_project(Path.cwd()).in_environment(environment)
    for folder in project.templates:
        if folder != project.template.parent and not folder.is_dir():
            line = line_of((project.root / FILE_NAME).read_text(encoding="utf-8"), ("templates",))
            say(f"Warning: {FILE_NAME}:{line}: templates: there is no folder {folder}")
    return project


@contextmanager
def open_target(
    flags: TargetFlags, project: Project, plan: Plan | None = None, file: Path | None = None
) -> Iterator[Opened]:
    """Find a target, and connect to it for the time of the block.

    Args:
        flags: from the command line.
        project: for the tables of targets and the folder of the states.
        plan: the plan that is about the target, when no -t is given.
        file: the file of the plan.

    Raises:
        UsageError: there is no target, or its settings have a fault.
    """
    from hsync.cli.signals import GUARD
    from hsync.dataplane import connect
    from hsync.session.session import Session

    settings = _overridden(_settings(flags, project, plan), flags)
    place, spec = place_of(settings, project), spec_of(settings, project)
    commands = commands_of(spec, flags, project, identity=settings.identity, plan=plan, file=file)
    with (
        filled_in(lambda: commands),
        connect(settings, lambda: _password(settings), verdicts=project.state / VERDICTS) as client,
    ):
        session = Session(
            settings.name,
            client,
            place,
            checked=not _is_unchecked(settings),
            reloaded=not _is_unreloaded(settings),
            guard=GUARD,
        )
        if session.state is None:
            say_stranger(place, commands)
        yield Opened(session, spec, commands)


def commands_for(flags: TargetFlags, project: Project, plan: Plan, file: Path) -> Commands:
    """What to type about a plan and its target.

    Args:
        flags: from the command line.
        project: for the tables of targets.
        plan: the plan.
        file: its file.
    """
    settings = _settings(flags, project, plan)
    spec = spec_of(settings, project)
    return commands_of(spec, flags, project, identity=settings.identity, plan=plan, file=file)


def place_of(settings: TargetSettings, project: Project) -> Place:
    """Where state and lock of a target are. A target that hsync.toml names has them under that name.

    Args:
        settings: the target.
        project: for the names and the folder.
    """
    from hsync.store import Place

    identity = settings.remembered_as
    names = sorted(project.targets, key=lambda name: name != settings.name)
    name = next((name for name in names if _is_about(name, project, identity)), "")
    return Place(project.state, name or settings.name, identity, derived=not name)


def _is_about(name: str, project: Project, identity: str) -> bool:
    known = known_target(name, project)
    return known is not None and known.remembered_as == identity


def known_target(name: str, project: Project) -> TargetSettings | None:
    """The target of a name in hsync.toml; None when there is none, or its table has a fault."""
    from hsync.dataplane import target_for

    try:
        return target_for(name, project.targets, base=project.root) if name in project.targets else None
    except UsageError:
        return None


def spec_of(settings: TargetSettings, project: Project) -> str:
    """What to type after `-t` in this folder to mean a target: its name in hsync.toml, its URL or its path."""
    known = known_target(settings.name, project)
    if known is not None and known.identity == settings.identity:
        return settings.name
    if settings.path is None:
        return settings.url
    path = settings.identity.removeprefix("file:")
    here = os.path.relpath(path)
    return path if here.startswith("..") else os.path.join(".", here)  # noqa: PTH118 - Path drops the `./` again


def say_stranger(place: Place, commands: Commands) -> None:
    """Warn if a state file of the target's name is about another target."""
    if found := place.stranger():
        path, about = found
        say(
            f"{path} is about {about}, and {place.name} is {place.identity} now: it is not used, and it stays as it is."
        )
        say(f"hint: to take over what {place.name} runs now: {commands.of('import')}")


def _is_unchecked(settings: TargetSettings) -> bool:
    """Whether an embedded target has no HAProxy that checks."""
    if settings.path is None:
        return False
    from hsync.dataplane.embedded import find_haproxy

    return find_haproxy(settings.haproxy_bin) is None


def _is_unreloaded(settings: TargetSettings) -> bool:
    """Whether an embedded target writes its file and leaves it at that."""
    return settings.path is not None and not (settings.reload_command or settings.master_socket)


def _settings(flags: TargetFlags, project: Project, plan: Plan | None) -> TargetSettings:
    from hsync.dataplane import target_for

    if plan is None or (flags.target and typed("target")):
        return target_of(flags.target or default_target(project), project)
    named = known_target(plan.target.name, project)
    if named is not None and named.identity == plan.target.url:
        return named
    return replace(target_for(plan.target.url, {}), name=plan.target.name)


def target_of(spec: str, project: Project) -> TargetSettings:
    """The target that a name of hsync.toml, a URL or a path means. A fault in a table is told with its place.

    Args:
        spec: as typed after `-t`.
        project: for the tables.

    Raises:
        UsageError: it means no target, or its table has a fault.
    """
    from hsync.dataplane import target_for

    for name in project.targets:
        try:
            target_for(name, project.targets, base=project.root)
        except UsageError as fault:
            message = f"{_where(name, fault.message, project)}: {fault.message}"
            if name == spec:
                raise UsageError(message, hint=fault.hint) from fault
            say(f"Warning: {message}")
    return target_for(spec, project.targets, base=project.root)


def _where(name: str, fault: str, project: Project) -> str:
    """Where in hsync.toml the setting stands that a message names, else the table of the target."""
    from hsync.render.project import FILE_NAME, line_of

    key = next((key for key in project.targets[name] if re.search(rf"\b{re.escape(key)}\b", fault)), "")
    text = (project.root / FILE_NAME).read_text(encoding="utf-8")
    line = line_of(text, ("targets", name, key)) or line_of(text, ("targets", name))
    return f"{FILE_NAME}:{line}" if line else FILE_NAME


def default_target(project: Project) -> str:
    """The target when no -t is given: the project's default, or its only one."""
    if project.target:
        return project.target
    if len(project.targets) == 1:
        return next(iter(project.targets))
    known = f"hsync.toml knows {', '.join(project.targets)}" if project.targets else "and hsync.toml names none"
    raise UsageError(f"no target is given, {known}", hint="-t NAME, -t URL, or -t PATH of a haproxy.cfg")


def _overridden(settings: TargetSettings, flags: TargetFlags) -> TargetSettings:
    """The settings with what the command line and the environment say instead."""
    if settings.path is not None:
        chosen = flags.haproxy_bin or settings.haproxy_bin
        return replace(_without_url_options(settings, flags), haproxy_bin=chosen)
    if typed("haproxy_bin") and flags.haproxy_bin:
        raise UsageError("--haproxy-bin is for the path of a haproxy.cfg: a server checks with its own HAProxy")
    given = {name: getattr(flags, name) for name in ("user", "ca_file", "client_cert", "client_key")}
    return replace(settings, **{name: value for name, value in given.items() if value})


def _without_url_options(settings: TargetSettings, flags: TargetFlags) -> TargetSettings:
    for name in ("user", "ca_file", "client_cert", "client_key"):
        if getattr(flags, name) and typed(name):
            raise UsageError(f"--{name.replace('_', '-')} is for a URL; {settings.path} is a file")
    return settings


def _password(settings: TargetSettings) -> str:
    """The password: HSYNC_PASSWORD, HSYNC_PASSWORD_FILE, or typed; "" when there is none."""
    if secret := os.environ.get("HSYNC_PASSWORD"):
        return secret
    if path := os.environ.get("HSYNC_PASSWORD_FILE"):
        return _read_password(Path(path))
    if not is_interactive():
        return ""
    import click

    typed: str = click.prompt(f"Password of {settings.user} at {settings.url}", hide_input=True, err=True)
    return typed


def _read_password(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].removesuffix("\r")
    except (OSError, UnicodeError) as fault:
        raise InputError(f"HSYNC_PASSWORD_FILE {path}: {fault}", hint="give a file whose first line it is") from fault
