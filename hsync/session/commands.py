"""commands: completes the commands in messages, so that they can be typed in this folder.

Rule 1: a message has a command in one of the forms of `_FORM`: `hsync plan`, `hsync drift`, `hsync import`, `hsync
confirm`, `hsync recover`, `hsync rollback`, `hsync state history`, `hsync state texts`, `hsync state unlock`, `hsync
apply PLAN`, `hsync verify PLAN`, `hsync show PLAN`, followed by a backtick, a punctuation mark or the end. This module
adds target, plan file and options.
Rule 2: options that hsync finds by itself are not added: the default target, and the target of a plan.

Theory: the form in a hint is replaced when the error leaves the block in which target and plan are known. A command of
another form is not changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import join

from hsync.dataplane import TargetSettings
from hsync.errors import HsyncError, UsageError
from hsync.output.safe import plain
from hsync.plan.plan import Plan
from hsync.render import Project
from hsync.session.asked import TargetOptions
from hsync.session.targets import Chosen, Targets, typed_target
from hsync.store.files import typed_path

__all__ = ["KEPT", "Commands", "Meant", "meant"]

KEPT = "kept "
"""How the name of a kept text begins, among the inputs of the plan that leads back to it; its digest follows."""

_FORM = re.compile(
    r"\bhsync (?:(plan|drift|import|confirm|recover|rollback|state (?:history|texts|unlock))|(apply|verify|show) PLAN)"
    r"(?= again| takes|[`;,.:)]|$)"
)


@dataclass(frozen=True, slots=True)
class Commands:
    """The words of command lines in this folder.

    Args:
        target: `-t SPEC`.
        default: whether that is the default target.
        connection: typed options of the target.
        desired: typed options of the desired configuration and the plan file, for `hsync plan`.
        file: the plan file; "" for none.
        own: `-t SPEC` if that is needed also with the plan file.
        checks: typed options of the plan's review.
        maker: the verb that makes the plan again, and its argument.
    """

    target: tuple[str, ...] = ()
    default: bool = False
    connection: tuple[str, ...] = ()
    desired: tuple[str, ...] = ()
    file: str = ""
    own: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    maker: tuple[str, ...] = ("plan",)

    @property
    def spec(self) -> str:
        """The argument of `-t` for the target."""
        return self.target[-1]

    def of(self, verb: str) -> str:
        """The command of a verb."""
        return join(map(plain, self.words(verb)))

    def words(self, verb: str) -> list[str]:
        """The same, word by word."""
        words = ["hsync", *(self.maker if verb == "plan" else verb.split())]
        if verb in {"apply", "verify"}:
            words += [self.file, *self.checks, *self.own, *self.connection]
        elif verb == "show":
            words += [self.file]
        elif verb == "plan":
            words += [*self.desired, *(() if self.default else self.target), *self.connection]
        else:
            words += [*self.target, *(() if verb.startswith("state ") else self.connection)]
        return words

    def fill(self, text: str) -> str:
        """A text with completed commands."""
        return _FORM.sub(self._filled, text)

    def _filled(self, match: re.Match[str]) -> str:
        return match[0] if match[2] and not self.file else self.of(match[1] or match[2])

    @contextmanager
    def in_hints(self) -> Iterator[None]:
        """Complete the commands in the hint of an error of the block."""
        try:
            yield
        except HsyncError as error:
            if error.hint:
                error.hint = self.fill(error.hint)
            raise


@dataclass(frozen=True, slots=True)
class Meant:
    """The target of a run, and its commands.

    Args:
        chosen: the target.
        commands: its commands.
        timeout: time limit for the work on it, in seconds; 0 for none.
    """

    chosen: Chosen
    commands: Commands
    timeout: float = 0.0


def meant(
    options: TargetOptions,
    targets: Targets,
    desired: tuple[str, ...] = (),
    *,
    plan: Plan | None = None,
    file: Path | None = None,
    verb: str = "",
    checks: tuple[str, ...] = (),
) -> Meant:
    """The target of a run.

    Args:
        options: the options of the target.
        targets: the configured targets.
        desired: typed options of the desired configuration.
        plan: the plan of the run, if any.
        file: the plan file.
        verb: the verb of a run with a plan.
        checks: typed options of the plan's review.

    Raises:
        StalePlanError: the name of the plan's target belongs to another target here.
        UsageError: there is no target, or its settings have a fault.
    """
    if plan is None or file is None:
        chosen = targets.chosen(options)
        return Meant(chosen, commands_of(chosen.settings, options, targets, desired), options.timeout)
    chosen = targets.chosen(options, plan.target, join(["hsync", verb, typed_path(file), *checks]))
    commands = commands_of_plan(chosen.settings, options, targets, plan, file, checks)
    return Meant(chosen, commands, options.timeout)


def commands_of(
    settings: TargetSettings, options: TargetOptions, targets: Targets, desired: tuple[str, ...] = ()
) -> Commands:
    """The commands of a run on a target.

    Args:
        settings: the target.
        options: the options of the target.
        targets: the configured targets.
        desired: typed options of the desired configuration.
    """
    spec = targets.spec(settings)
    named = () if targets.configures(settings.identity) else ("-t", spec)
    return Commands(("-t", spec), spec == _default(targets), options.repeated(), desired, own=named)


def commands_of_plan(
    settings: TargetSettings,
    options: TargetOptions,
    targets: Targets,
    plan: Plan,
    file: Path,
    checks: tuple[str, ...] = (),
) -> Commands:
    """The commands of a run on a plan.

    Args:
        settings: the target.
        options: the options of the target.
        targets: the configured targets, and the project.
        plan: the plan that is applied or verified.
        file: its file.
        checks: typed options of the plan's review.
    """
    own = () if targets.configures(plan.target.url) else ("-t", typed_target(plan.target.url))
    if "target" in options.explicit and settings.identity == plan.target.url:
        own = ("-t", options.target)
    return replace(
        commands_of(settings, options, targets, _made_from(plan, targets.project, file)),
        file=typed_path(file),
        own=own,
        checks=checks,
        maker=next((("rollback", name[len(KEPT) :]) for name, _ in plan.inputs if name.startswith(KEPT)), ("plan",)),
    )


def _default(targets: Targets) -> str:
    try:
        return targets.default()
    except UsageError:
        return ""


def _made_from(plan: Plan, project: Project, file: Path) -> tuple[str, ...]:
    """The options of the desired configuration of a plan, from its inputs, which do not have typed variables."""
    names = [name for name, _ in plan.inputs if not name.startswith("secret ")]
    templates = [name for name in names if name != "variables"]
    source: tuple[str, ...] = ()
    if len(templates) == 1 and project.root / templates[0] != project.template and Path(templates[0]).is_file():
        source = (*(() if "variables" in names else ("--config",)), typed_path(templates[0]))
    folders = {Path(name).parent for name in templates}
    if len(templates) > 1 and len(folders) == 1 and "variables" not in names:  # `--config FOLDER`
        source = ("--config", typed_path(folders.pop()))
    default = file == Path(f"{plan.target.name}.plan.json")
    return (*source, *(() if default else ("-o", typed_path(file))))
