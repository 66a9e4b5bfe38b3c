"""Project: templates, variables, targets and states of one folder: for the command line and for the library.

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

from hsync.dataplane import TargetSettings, connect
from hsync.dataplane.embedded import verdicts_folder
from hsync.events import Listener, silent
from hsync.plan.plan import Plan
from hsync.plan.scope import Scope
from hsync.plan.secrets import reveal
from hsync.render import Secrets, find_project
from hsync.render import project as render
from hsync.render.project import FILE_NAME, line_of
from hsync.session.gates import refuse_refused
from hsync.session.records import Guard, NoGuard
from hsync.session.session import Session
from hsync.session.sources import Source, Wanted, read_source
from hsync.session.targets import is_checked, is_reloaded, place_of, target_of

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

    def missing_folders(self) -> tuple[str, ...]:
        """The folders of templates that hsync.toml names and that are not there, each with its place."""
        settings = self.settings
        own = settings.template.parent
        missing = [folder for folder in settings.templates if folder != own and not folder.is_dir()]
        line = line_of((settings.root / FILE_NAME).read_text(encoding="utf-8"), ("templates",)) if missing else 0
        return tuple(f"{FILE_NAME}:{line}: templates: there is no folder {folder}" for folder in missing)

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
        return target_of(spec, self.settings)

    @contextmanager
    def session(
        self,
        target: str | TargetSettings = "",
        *,
        password: Callable[[], str] | None = None,
        on_event: Listener = silent,
        guard: Guard | None = None,
    ) -> Iterator[Session]:
        """A session with a target, for the time of the block.

        Args:
            target: its settings, or as `target` takes it.
            password: gives the password of the target's user, when it is needed.
            on_event: told what is being done.
            guard: keeps interrupts from coming at the wrong moment; None lets them come.

        Raises:
            UsageError: there is no such target, its settings have a fault, or the password is missing.
        """
        settings = self.target(target) if isinstance(target, str) else target
        with connect(settings, password, verdicts=verdicts_folder()) as client:
            yield Session(
                settings.name,
                client,
                place_of(settings, self.settings),
                checked=is_checked(settings),
                reloaded=is_reloaded(settings),
                on_event=on_event,
                guard=guard or NoGuard(),
            )

    def revealed(self, plan: Plan) -> tuple[Plan, tuple[str, ...]]:
        """A plan as it is sent, and the secrets in it.

        Args:
            plan: from a plan file: with references in the place of its secrets.

        Raises:
            UnsafePlanError: HAProxy refused its result when it was made, or a secret has another value now.
            InputError: a secret cannot be looked up.
        """
        refuse_refused(plan)
        secrets = Secrets.of_project(self.settings.root)
        made = reveal(plan, secrets.agreed(plan.inputs))
        return made, tuple(secrets.values)

    def scope(self, session: Session) -> Scope:
        """What plans of the project may touch on the target of a session."""
        return session.scope(self.settings)
