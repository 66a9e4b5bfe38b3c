"""targets: finds the target of a run, its settings and its state.

Rule 1: options override the operator's file, which overrides hsync.toml. An option without an effect on the target is a
fault, a variable of the process without an effect is not.
Rule 2: the target of a plan must be configured by the operator or the project, or named by an option.
Rule 3: this module sends nothing, and asks nothing: a session does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from shlex import quote

from hsync.dataplane import TargetSettings, target_for
from hsync.dataplane.embedded import Sandbox
from hsync.dataplane.kinds import Names
from hsync.errors import StalePlanError, UsageError
from hsync.plan.plan import Target
from hsync.render import Project
from hsync.render.project import FILE_NAME
from hsync.session.asked import TargetOptions
from hsync.session.claims import claims_of_link, claims_of_target, where_in
from hsync.store import Subject
from hsync.trust import Claim, Operator

__all__ = [
    "Chosen",
    "Targets",
    "open_ways",
    "sandbox_of",
    "typed_target",
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The target of a run.

    Args:
        settings: the settings.
        claims: the claims that the operator must allow.
    """

    settings: TargetSettings
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Targets:
    """The targets of the operator and the project.

    Args:
        project: the project with its tables.
        operator: the operator, whose tables override those of the project.
    """

    project: Project
    operator: Operator

    def chosen(self, options: TargetOptions, planned: Target | None = None, again: str = "") -> Chosen:
        """The target of a run, with its options.

        Args:
            options: the options of the target.
            planned: the target of a plan, which is used unless an option names another one.
            again: the typed command, for a hint that adds `-t`.

        Raises:
            StalePlanError: the name of the plan's target belongs to another target here.
            UsageError: the target does not exist, its table has a fault, or an option has no effect on it.
        """
        if planned is None or (options.target and "target" in options.explicit):
            return self._over(options, self._of_spec(options.target, options))
        return self._over(options, self._of_plan(planned, options, again))

    def _over(self, options: TargetOptions, chosen: Chosen) -> Chosen:
        return replace(chosen, settings=options.over(chosen.settings))

    def _of_spec(self, spec: str, options: TargetOptions) -> Chosen:
        """The argument of `-t`; "" for the project's default."""
        wanted = spec or self.default()
        if wanted in self._names():
            return self._named(wanted, options)
        settings = target_for(wanted, self._names())
        if not spec:
            return Chosen(settings, self._claims(settings, options, "target"))
        return Chosen(settings, tuple(claims_of_link(settings, self.project)))

    def _named(self, name: str, options: TargetOptions) -> Chosen:
        settings = self.named(name)
        return Chosen(
            settings, () if name in self.operator.targets else self._claims(settings, options, "targets", name)
        )

    def _claims(self, settings: TargetSettings, options: TargetOptions, *keys: str) -> tuple[Claim, ...]:
        """The claims of a project for a target, without values that the operator overrides."""
        programs = [name for name, names in settings.settings().items() if names is Names.PROGRAM]
        said = {name: "" for name in programs if getattr(options, name, "")}
        return tuple(claims_of_target(replace(settings, **said), self.project, *keys))

    def _of_plan(self, planned: Target, options: TargetOptions, again: str) -> Chosen:
        names = sorted(self._names(), key=lambda name: name != planned.name)
        for spec in filter(None, (*names, options.target, self._default())):
            settings = self._maybe(spec)
            if settings is not None and settings.identity == planned.url:
                # not typed: a default in hsync.toml that is a URL or a path, and so a claim of the project
                return self._of_spec(spec if spec in names or spec == options.target else "", options)
        hint = f"if that is the right one, name it: {again} -t {quote(typed_target(planned.url))}"
        known = self._maybe(planned.name) if planned.name in names else None
        if known is not None:
            message = f"the plan was made for {planned.url}, but {planned.name} is {known.identity} here"
            raise StalePlanError(message, hint=hint)
        raise UsageError(f"the plan is for {planned.url}, but this target is not configured here", hint=hint)

    def configures(self, identity: str) -> bool:
        """Whether a plan for a target with this identity needs no `-t` here."""
        specs = (*self._names(), self._default() or "")
        found = (self._maybe(spec) for spec in specs if spec)
        return any(one is not None and one.identity == identity for one in found)

    def default(self) -> str:
        """The default target: that of the project, or its only target.

        Raises:
            UsageError: there is no default.
        """
        if found := self._default():
            return found
        names = list(self._names())
        known = f"{FILE_NAME} has {', '.join(names)}" if names else f"and {FILE_NAME} has none"
        raise UsageError(f"no target is given, {known}", hint="-t NAME, -t URL, or -t PATH of a haproxy.cfg")

    def _default(self) -> str | None:
        own = self.project.targets
        return self.project.target or (next(iter(own)) if len(own) == 1 else None)

    def named(self, name: str) -> TargetSettings:
        """The target of a table.

        Args:
            name: the name of the table.

        Raises:
            UsageError: the table has a fault; the message has its place.
        """
        operator, project = self.operator, self.project
        try:
            if name in operator.targets:
                return target_for(name, operator.targets, base=operator.folder, operator=True)
            return target_for(name, project.targets, base=project.root)
        except UsageError as fault:
            where = str(operator.file) if name in operator.targets else self._where(name, fault)
            raise UsageError(f"{where}: {fault.message}", hint=fault.hint) from fault

    def names(self) -> tuple[str, ...]:
        """The names of all targets."""
        return tuple(self._names())

    def _names(self) -> Mapping[str, Mapping[str, object]]:
        return {**self.project.targets, **self.operator.targets}

    def _maybe(self, spec: str) -> TargetSettings | None:
        """The target with a name, a URL or a path; None if there is none, or its table has a fault."""
        try:
            return self.named(spec) if spec in self._names() else target_for(spec, {})
        except UsageError:
            return None

    def claims(self) -> Iterator[Claim]:
        """The claims of the project for all its targets."""
        for name in self.project.targets:
            if name not in self.operator.targets and self._maybe(name):
                yield from self._named(name, TargetOptions()).claims
        for keys, spec in self._defaults():
            settings = self._maybe(spec) if spec not in self._names() else None
            if settings is not None:
                yield from self._claims(settings, TargetOptions(), *keys)

    def _defaults(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The settings of default targets, with their keys."""
        found: list[tuple[tuple[str, ...], str]] = [(("target",), self.project.target)]
        found += [(("environments", name, "target"), one.target) for name, one in self.project.environments.items()]
        yield from ((keys, spec) for keys, spec in found if spec)

    def faults(self) -> Iterator[str]:
        """The first fault of each table, with its place; and tables without an effect."""
        for name in self._names():
            try:
                self.named(name)
            except UsageError as fault:
                yield fault.message
        for name in self.operator.targets:
            if name in self.project.targets:
                where = where_in(self.project, "targets", name)
                yield f"{where}: [targets.{name}] has no effect: {self.operator.file} defines {name}"

    def _where(self, name: str, fault: UsageError) -> str:
        """The place of the setting with the fault, else that of the target's table."""
        key = next((k for k in self.project.targets[name] if re.search(rf"\b{re.escape(k)}\b", fault.message)), "")
        found = where_in(self.project, "targets", name, key)
        return found if found != FILE_NAME else where_in(self.project, "targets", name)

    def subject(self, settings: TargetSettings) -> Subject:
        """The subject of a target's state and lock, which has the name of the target, if any.

        Args:
            settings: the target.
        """
        identity = settings.remembered_as
        names = sorted(self._names(), key=lambda name: name != settings.name)
        name = next(filter(partial(self._is_about, identity), names), "")
        return Subject(name or settings.name, identity, derived=not name)

    def _is_about(self, identity: str, name: str) -> bool:
        known = self._maybe(name)
        return known is not None and known.remembered_as == identity

    def spec(self, settings: TargetSettings) -> str:
        """The argument of `-t` for a target in this folder: its name, its URL or its path."""
        known = self._maybe(settings.name) if settings.name in self._names() else None
        if known is not None and known.identity == settings.identity:
            return settings.name
        return typed_target(settings.spec)


def typed_target(identity: str) -> str:
    """The argument of `-t` for a target without a name: a URL, or a path relative to this folder."""
    if not identity.startswith("file:"):
        return identity
    path = identity.removeprefix("file:")
    here = os.path.relpath(path)
    return path if here.startswith("..") else os.path.join(".", here)  # noqa: PTH118 - Path drops the `./` again


def sandbox_of(operator: Operator) -> Sandbox | None:
    """The sandbox of HAProxy's check; None for a trusted project."""
    return Sandbox(operator.untrusted_files) if operator.untrusted else None


def open_ways(operator: Operator, settings: TargetSettings | None = None) -> str:
    """The resources that HAProxy's check of an untrusted text could still access, in words; "" for none.

    Args:
        operator: whether the operator trusts the project.
        settings: the settings of the target; None for a check without a target.
    """
    here = settings is None or settings.checks_here
    return " and ".join(Sandbox.missing()) if operator.untrusted and here else ""
