"""Project: templates, variables, targets and states of one folder, for the library.

project = Project.open("farm", environment="prod")
with project.session() as session:
plan = session.plan(project.source(), project.scope(session))
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hsync.dataplane import TargetSettings, connect, target_for
from hsync.dataplane.embedded import find_haproxy
from hsync.errors import UsageError
from hsync.events import Listener, silent
from hsync.plan.scope import Scope
from hsync.render import find_project
from hsync.render import project as render
from hsync.session.session import Session
from hsync.session.sources import Source, Wanted, read_source
from hsync.store import Place

__all__ = ["Project"]


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Args:
        settings: what its hsync.toml says, with an environment.
    """

    settings: render.Project

    @classmethod
    def open(cls, folder: str | os.PathLike[str] = ".", environment: str = "") -> Project:
        """The project of a folder: its hsync.toml is looked for upwards, and may be missing.

        Args:
            folder: where to look.
            environment: of hsync.toml; "" for none.

        Raises:
            UsageError: a fault in hsync.toml, or no such environment.
        """
        return cls(find_project(Path(folder).absolute()).in_environment(environment))

    def source(self, wanted: Wanted | None = None) -> Source:
        """Render or read the desired text.

        Args:
            wanted: what is asked for; None for the project's template with its variables.

        Raises:
            InputError: something cannot be read or rendered.
            UsageError: a variable that no template reads.
        """
        return read_source(wanted or Wanted(), self.settings)

    def target(self, spec: str = "") -> TargetSettings:
        """A target.

        Args:
            spec: a name of hsync.toml, a URL, or the path of a haproxy.cfg; "" for the project's.

        Raises:
            UsageError: there is none, or its settings have a fault.
        """
        wanted = spec or self.settings.target
        if not wanted and len(self.settings.targets) == 1:
            wanted = next(iter(self.settings.targets))
        if not wanted:
            raise UsageError("no target is given, and the project has no default", hint='name one: target = "NAME"')
        return target_for(wanted, self.settings.targets, base=self.settings.root)

    @contextmanager
    def session(
        self, target: str = "", *, password: Callable[[], str] | None = None, on_event: Listener = silent
    ) -> Iterator[Session]:
        """A session with a target, for the time of the block.

        Args:
            target: as `target` takes it.
            password: gives the password of the target's user, when it is needed.
            on_event: told what is being done.

        Raises:
            UsageError: there is no such target, its settings have a fault, or the password is missing.
        """
        settings = self.target(target)
        place = Place(self.settings.state, settings.name, settings.remembered_as, derived=not self._names(settings))
        embedded = settings.path is not None
        with connect(settings, password) as client:
            yield Session(
                settings.name,
                client,
                place,
                checked=not embedded or find_haproxy(settings.haproxy_bin) is not None,
                reloaded=not embedded or bool(settings.reload_command or settings.master_socket),
                on_event=on_event,
            )

    def scope(self, session: Session) -> Scope:
        """What plans of the project may touch on the target of a session."""
        return session.scope(self.settings)

    def _names(self, settings: TargetSettings) -> bool:
        return settings.name in self.settings.targets
