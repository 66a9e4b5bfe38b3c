"""targets: which target is meant, how it is reached, and where its state is.

Rule 1: what is said for this run stands above hsync.toml; a variable of the process that makes no sense for this target
is not a fault, an option is.
Rule 2: nothing is sent, and nothing is asked: that begins with a session.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from hsync.dataplane import TargetSettings, target_for
from hsync.dataplane.embedded import find_haproxy
from hsync.errors import UsageError
from hsync.plan.plan import Target
from hsync.render import Project
from hsync.render.project import FILE_NAME, line_of
from hsync.store import Place, read_state

__all__ = [
    "TargetOptions",
    "default_target",
    "faulty_tables",
    "is_checked",
    "is_reloaded",
    "place_of",
    "settings_for",
    "spec_of",
    "stranger",
    "target_of",
]

_OF_URL = ("user", "ca_file", "client_cert", "client_key")


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """What is said about a target for one run.

    Args:
        target: a name of hsync.toml, a URL, or the path of a haproxy.cfg; "" for the project's.
        user: as in `TargetSettings`, like those below; empty where nothing is said.
        ca_file: of a URL.
        client_cert: of a URL.
        client_key: of a URL.
        haproxy_bin: of a path.
        explicit: the names of what was said for this very run, rather than in a variable of the process.
    """

    target: str = ""
    user: str = ""
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    haproxy_bin: str = ""
    explicit: frozenset[str] = field(default_factory=frozenset)

    def over(self, settings: TargetSettings) -> TargetSettings:
        """The settings of a target with what is said here instead.

        Args:
            settings: as hsync.toml has them.

        Raises:
            UsageError: an option that has no effect on this kind of target.
        """
        own, idle = (("haproxy_bin",), _OF_URL) if settings.path is not None else (_OF_URL, ("haproxy_bin",))
        for name in idle:
            if getattr(self, name) and name in self.explicit:
                raise UsageError(f"--{name.replace('_', '-')} is for {self._meant(settings)}")
        said = {name: getattr(self, name) for name in own}
        return replace(settings, **{name: value for name, value in said.items() if value})

    def repeated(self) -> tuple[str, ...]:
        """The options of the connection that were said for this run, as they are typed."""
        given = [name for name in _OF_URL if getattr(self, name) and name in self.explicit]
        return tuple(word for name in given for word in (f"--{name.replace('_', '-')}", str(getattr(self, name))))

    @staticmethod
    def _meant(settings: TargetSettings) -> str:
        if settings.path is not None:
            return f"a URL; {settings.path} is a file"
        return "the path of a haproxy.cfg: a server checks with its own HAProxy"


def default_target(project: Project) -> str:
    """The target when none is named: the project's default, or its only one.

    Raises:
        UsageError: there is none.
    """
    if project.target:
        return project.target
    if len(project.targets) == 1:
        return next(iter(project.targets))
    known = f"{FILE_NAME} knows {', '.join(project.targets)}" if project.targets else f"and {FILE_NAME} names none"
    raise UsageError(f"no target is given, {known}", hint="-t NAME, -t URL, or -t PATH of a haproxy.cfg")


def target_of(spec: str, project: Project) -> TargetSettings:
    """The target that a name of hsync.toml, a URL or a path means.

    Args:
        spec: as typed after `-t`; "" for the project's default.
        project: for the tables.

    Raises:
        UsageError: it means no target, or its table has a fault, which is told with its place.
    """
    spec = spec or default_target(project)
    try:
        return target_for(spec, project.targets, base=project.root)
    except UsageError as fault:
        if spec not in project.targets:
            raise
        raise UsageError(_placed(spec, fault, project), hint=fault.hint) from fault


def settings_for(options: TargetOptions, project: Project, planned: Target | None = None) -> TargetSettings:
    """The target of a run, with its options.

    Args:
        options: what is said about it.
        project: for the tables.
        planned: the target of a plan, which is meant unless another one is named for this run.

    Raises:
        UsageError: there is no such target, its table has a fault, or an option has no effect on it.
    """
    if planned is None or (options.target and "target" in options.explicit):
        return options.over(target_of(options.target, project))
    named = _known(planned.name, project)
    if named is None or named.identity != planned.url:
        named = replace(target_for(planned.url, {}), name=planned.name)
    return options.over(named)


def faulty_tables(project: Project) -> Iterator[str]:
    """The faults in the tables of targets, one a table, each with its place: that of the target that is meant is an
    error, see `target_of`.
    """
    for name in project.targets:
        try:
            target_for(name, project.targets, base=project.root)
        except UsageError as fault:
            yield _placed(name, fault, project)


def _placed(name: str, fault: UsageError, project: Project) -> str:
    """A fault with the line of the setting that it names, else with that of the table of the target."""
    key = next((key for key in project.targets[name] if re.search(rf"\b{re.escape(key)}\b", fault.message)), "")
    text = (project.root / FILE_NAME).read_text(encoding="utf-8")
    line = line_of(text, ("targets", name, key)) or line_of(text, ("targets", name))
    return f"{FILE_NAME}{f':{line}' if line else ''}: {fault.message}"


def place_of(settings: TargetSettings, project: Project) -> Place:
    """Where state and lock of a target are. A target that hsync.toml names has them under that name.

    Args:
        settings: the target.
        project: for the names and the folder.
    """
    identity = settings.remembered_as
    names = sorted(project.targets, key=lambda name: name != settings.name)
    name = next((name for name in names if _is_about(name, project, identity)), "")
    return Place(project.state, name or settings.name, identity, derived=not name)


def _is_about(name: str, project: Project, identity: str) -> bool:
    known = _known(name, project)
    return known is not None and known.remembered_as == identity


def _known(name: str, project: Project) -> TargetSettings | None:
    """The target of a name in hsync.toml; None when there is none, or its table has a fault."""
    try:
        return target_for(name, project.targets, base=project.root) if name in project.targets else None
    except UsageError:
        return None


def spec_of(settings: TargetSettings, project: Project) -> str:
    """What to type after `-t` in this folder to mean a target: its name in hsync.toml, its URL or its path."""
    known = _known(settings.name, project)
    if known is not None and known.identity == settings.identity:
        return settings.name
    if settings.path is None:
        return settings.url
    path = settings.identity.removeprefix("file:")
    here = os.path.relpath(path)
    return path if here.startswith("..") else os.path.join(".", here)  # noqa: PTH118 - Path drops the `./` again


def stranger(place: Place) -> tuple[str, ...]:
    """What to say if there is no state, and the file of the target's name is about another one: this, and a way out."""
    found = place.stranger() if read_state(place) is None else None
    if found is None:
        return ()
    path, about = found
    is_now = f"{path} is about {about}, and {place.name} is {place.identity} now"
    way_out = f"hint: to take over what {place.name} runs now: hsync import"
    return (f"{is_now}: it is not used, and it stays as it is.", way_out)


def is_checked(settings: TargetSettings) -> bool:
    """Whether an HAProxy checks what a target gets: a server has its own."""
    return settings.path is None or find_haproxy(settings.haproxy_bin) is not None


def is_reloaded(settings: TargetSettings) -> bool:
    """Whether something tells HAProxy to reload after a commit: an embedded target may write its file and leave it."""
    return settings.path is None or bool(settings.reload_command or settings.master_socket)
