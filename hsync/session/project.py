"""Project: templates, variables, targets and states of a folder, for the command line and the library.

project = Project.open("farm", environment="prod")
with project.session() as session:
plan = session.plan(project.source(), project.scope(session))
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from hsync.dataplane import TargetSettings
from hsync.dataplane.deadline import NEVER, Deadline
from hsync.dataplane.embedded import verdicts_folder
from hsync.dataplane.endpoint import resolved
from hsync.errors import HsyncError, InputError, UsageError
from hsync.events import Listener, silent
from hsync.plan.limit import limit_of
from hsync.plan.plan import Plan
from hsync.plan.scope import Scope
from hsync.plan.secrets import reveal
from hsync.render import Secrets, find_project
from hsync.render import project as render
from hsync.session.asked import TargetOptions, Wanted
from hsync.session.claims import claims_of_rendering, claims_of_state, where_in
from hsync.session.commands import Meant, meant
from hsync.session.gates import refuse_refused
from hsync.session.records import Guard, NoGuard
from hsync.session.session import Session
from hsync.session.sources import Source, read_source
from hsync.session.targets import Targets, open_ways, sandbox_of
from hsync.store import StateStore, Subject, open_store
from hsync.store.kinds import kind_of
from hsync.store.places import exposed
from hsync.trust import Claim, Operator, Trust
from hsync.trust.reach import Reach

__all__ = ["Project", "kept_here"]


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Args:
        settings: the settings of hsync.toml, with an environment.
        trust: the operator's permissions.
    """

    settings: render.Project
    trust: Trust

    @classmethod
    def open(
        cls, folder: str | os.PathLike[str] = ".", environment: str = "", operator: Operator | None = None
    ) -> Project:
        """The project of a folder: hsync.toml is searched from there upwards, and may not exist.

        Args:
            folder: the folder.
            environment: an environment of hsync.toml; "" for none.
            operator: the operator's settings; None for an operator without any permissions.

        Raises:
            UsageError: hsync.toml has a fault, or the environment does not exist.
            InputError: the operator's file is a file of the project.
        """
        found = find_project(Path(folder).absolute())
        speaker = operator or Operator()
        _refuse_own_operator(speaker, found.root)
        trust = Trust(speaker, found.root, partial(_all_claims, found, speaker))
        return cls(found.in_environment(environment), trust)

    @property
    def requires_signature(self) -> str:
        """The setting that requires a signature when a plan is applied; "" for none."""
        operator = self.trust.operator
        return f"require_signature in {operator.file}" if operator.require_signature else ""

    def missing_folders(self) -> tuple[str, ...]:
        """The folders of templates in hsync.toml that do not exist, each with its place."""
        settings = self.settings
        own = settings.template.parent
        missing = [folder for folder in settings.templates if folder != own and not folder.is_dir()]
        return tuple(f"{where_in(settings, 'templates')}: templates: folder {one} does not exist" for one in missing)

    @property
    def targets(self) -> Targets:
        """The configured targets."""
        return Targets(self.settings, self.trust.operator)

    def source(self, wanted: Wanted | None = None) -> Source:
        """Render or read the desired text.

        Args:
            wanted: the options; None for the project's template with its variables.

        Raises:
            InputError: a file cannot be read or rendered.
            NotAllowedError: the operator has not allowed a file or a secret.
            UsageError: no template reads a variable.
        """
        return read_source(wanted or Wanted(), self.settings, self.trust)

    def target(self, spec: str = "") -> TargetSettings:
        """A target.

        Args:
            spec: a name of hsync.toml, a URL, or the path of a haproxy.cfg; "" for the project's.

        Raises:
            UsageError: the target does not exist, or its settings have a fault.
        """
        return self._meant(spec).chosen.settings

    def _meant(self, spec: str) -> Meant:
        return meant(TargetOptions(spec, explicit=frozenset({"target"})), self.targets)

    def warnings(self, settings: TargetSettings | None = None, *folders: Path) -> Iterator[str]:
        """Warnings about the project and its targets, a sentence each.

        Args:
            settings: the settings of the target; None for a run without a target.
            folders: folders of plan files that are read or written.
        """
        yield from self.targets.faults()
        if ways := open_ways(self.trust.operator, settings):
            yield f"the kernel cannot deny {ways} to HAProxy's check here, so texts that need them are refused"
        if settings is not None:
            yield from exposed(*folders)

    def store(self, settings: TargetSettings) -> StateStore:
        """The store of a target, with state, lock and history.

        Args:
            settings: the target.

        Raises:
            NotAllowedError: the store is outside of the project, which the operator has not allowed.
            UsageError: the kind of store does not exist.
        """
        try:
            kind_of(self.settings.state)
        except UsageError as fault:
            raise UsageError(f"{where_in(self.settings, 'state')}: {fault.message}", hint=fault.hint) from fault
        self.trust.need(claims_of_state(self.settings))
        return open_store(self.settings.state, self.targets.subject(settings))

    @contextmanager
    def session(
        self,
        target: str | Meant = "",
        *,
        password: Callable[[], str] | None = None,
        on_event: Listener = silent,
        guard: Guard | None = None,
    ) -> Iterator[Session]:
        """A session with a target for the duration of the block. Commands in errors of the block are completed.

        Args:
            target: the target, or an argument of `target`.
            password: returns the password of the target's user; called only if it is needed.
            on_event: called with each event.
            guard: delays interrupts during writes; None does not delay them.

        Raises:
            NotAllowedError: the target has values that the operator has not allowed.
            UsageError: the target does not exist, its settings have a fault, or the password is missing.
        """
        run = self._meant(target) if isinstance(target, str) else target
        self.trust.need(run.chosen.claims)
        settings, store = run.chosen.settings, self.store(run.chosen.settings)
        sandbox = sandbox_of(self.trust.operator)
        verdicts = None if sandbox else verdicts_folder()  # verdicts from outside of the sandbox may reveal secrets
        deadline = Deadline.after(run.timeout) if run.timeout else NEVER
        with (
            run.commands.in_hints(),
            settings.connect(password, deadline=deadline, verdicts=verdicts, sandbox=sandbox) as client,
        ):
            session = Session(
                settings.name,
                client,
                store,
                checked=settings.checked,
                reloaded=settings.reloaded,
                needs=settings.needs,
                on_event=on_event,
                guard=guard or NoGuard(),
                commands=run.commands,
            )
            with session.discreet():
                yield session

    def revealed(self, plan: Plan) -> tuple[Plan, Mapping[str, str]]:
        """A plan as it is sent, and the secrets in it: values by reference.

        Args:
            plan: from a plan file: with references in the place of its secrets.

        Raises:
            UnsafePlanError: HAProxy refused its result when it was made, or a secret has another value now.
            InputError: a secret cannot be looked up.
            NotAllowedError: the operator has not allowed to look it up.
        """
        refuse_refused(plan)

        def revealed(reach: Reach) -> tuple[Plan, Mapping[str, str]]:
            secrets = Secrets.of_project(self.settings.root, reach, self.trust.operator)
            return reveal(plan, secrets.agreed(plan.inputs)), secrets.by_key

        return self.trust.reading(revealed)

    def looked_up(self, made: Callable[[Secrets], str]) -> tuple[str, Secrets]:
        """What a function makes of the secrets of the project, and the secrets, which know what it asked for.

        Args:
            made: the function.

        Raises:
            InputError: a secret cannot be looked up.
            NotAllowedError: the operator has not allowed to look it up.
        """

        def looked_up(reach: Reach) -> tuple[str, Secrets]:
            secrets = Secrets.of_project(self.settings.root, reach, self.trust.operator)
            return made(secrets), secrets

        return self.trust.reading(looked_up)

    def scope(self, session: Session, max_delete: str = "") -> Scope:
        """The sections that plans of the project may change on the target of a session, and their limits.

        Args:
            session: the session.
            max_delete: how much a plan may delete, `10` or `30%`; "" for the setting of the project.

        Raises:
            UsageError: `max_delete` is no limit.
        """
        try:
            limit = limit_of(max_delete) if max_delete else None
        except ValueError as fault:
            raise UsageError(f"--max-delete: {fault}") from fault
        return session.scope(self.settings, limit)

    def claims(self) -> tuple[Claim, ...]:
        """The claims of hsync.toml, with all environments and targets."""
        return tuple(self.trust.whole())


def kept_here(plan: Plan) -> str | None:
    """The text of the last apply that a plan names, if the project in the working directory keeps it.

    Args:
        plan: the plan of a plan file, which may come from another machine.
    """
    try:
        project = Project.open()
        project.trust.need(claims_of_state(project.settings))
        subject = Subject(plan.target.name, resolved(plan.target.url), derived=True)
        return open_store(project.settings.state, subject).fetch(plan.base.left)
    except HsyncError:
        return None


def _all_claims(settings: render.Project, operator: Operator) -> tuple[Claim, ...]:
    environments = ("", *settings.environments)
    rendering = (claims_of_rendering(settings.in_environment(name), name) for name in environments)
    targets = Targets(settings, operator).claims()
    return tuple(dict.fromkeys(chain(claims_of_state(settings), *rendering, targets)))


def _refuse_own_operator(operator: Operator, root: Path) -> None:
    """Refuse an operator's file in the folder of the project."""
    if operator.file and operator.named and Path(os.path.realpath(operator.file)).is_relative_to(root):
        message = f"{operator.file} cannot be the operator's file, since it is in the project, which others may write"
        raise InputError(message, hint=f"keep it outside of {root}")
