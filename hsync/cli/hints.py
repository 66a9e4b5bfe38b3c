"""hints: the commands that messages name, made ready to be typed here.

Rule 1: whoever writes a message names a command in one of the forms of `_FORM`: `hsync plan`, `hsync drift`,
`hsync import`, `hsync state history`, `hsync apply PLAN`, `hsync verify PLAN`, `hsync show PLAN`, with a backtick, a
punctuation mark or the end behind it. Only here is it known which target, plan file and options are meant.
Rule 2: `hsync plan` and `hsync apply` get nothing that hsync finds out by itself: the default target, that of a plan.

Theory: the form in a hint is replaced when the error leaves the block in which target and plan are known. A command of
another form is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import join
from typing import TYPE_CHECKING

from hsync.errors import HsyncError

if TYPE_CHECKING:
    from hsync.cli.options import TargetFlags
    from hsync.plan.plan import Plan
    from hsync.render import Project

__all__ = ["Commands", "commands_of", "filled_in", "typed_path"]

_FORM = re.compile(r"\bhsync (?:(plan|drift|import|state history)|(apply|verify|show) PLAN)(?= again|[`;,.:)]|$)")

_CONNECTION = ("user", "ca_file", "client_cert", "client_key")
"""Options of a target that are repeated if they were typed."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What to type in this folder.

    Args:
        target: `-t SPEC`.
        default: whether that is the default target.
        connection: options of the target that were typed.
        desired: what should run, and the plan file: for `hsync plan`.
        file: the plan file; "" where there is none.
        own: `-t SPEC` when that is the plan's target, for what takes the target from the plan.
    """

    target: tuple[str, ...] = ()
    default: bool = False
    connection: tuple[str, ...] = ()
    desired: tuple[str, ...] = ()
    file: str = ""
    own: tuple[str, ...] = ()

    def of(self, verb: str) -> str:
        """The command of a verb."""
        words = ["hsync", *verb.split()]
        if verb in {"apply", "verify"}:
            words += [self.file, *self.own, *self.connection]
        elif verb == "show":
            words += [self.file]
        elif verb == "plan":
            words += [*self.desired, *(() if self.default else self.target), *self.connection]
        else:
            words += [*self.target, *(() if verb == "state history" else self.connection)]
        return join(words)

    def fill(self, text: str) -> str:
        """A text with the forms of commands replaced."""
        return _FORM.sub(self._filled, text)

    def _filled(self, match: re.Match[str]) -> str:
        return match[0] if match[2] and not self.file else self.of(match[1] or match[2])


def typed_path(path: Path | str) -> str:
    """A path as an argument: one that begins with a dash is no option."""
    return f"./{path}" if str(path).startswith("-") else str(path)


def commands_of(
    spec: str,
    flags: TargetFlags,
    project: Project,
    *,
    identity: str = "",
    plan: Plan | None = None,
    file: Path | None = None,
) -> Commands:
    """The commands of a run on a target.

    Args:
        spec: what to type after `-t` to mean the target.
        flags: from the command line.
        project: for its default target.
        identity: of the target.
        plan: the plan that is applied or verified.
        file: its file.
    """
    from hsync.cli.verb import typed

    given = [name for name in _CONNECTION if getattr(flags, name) and typed(name)]
    connection = tuple(word for name in given for word in (f"--{name.replace('_', '-')}", str(getattr(flags, name))))
    known = Commands(("-t", spec), spec == _default(project), connection, _again())
    if plan is None or file is None:
        return known
    own = ("-t", str(flags.target)) if typed("target") and identity == plan.target.url else ()
    return replace(known, file=typed_path(file), own=own, desired=_made_from(plan, project, file))


def _default(project: Project) -> str:
    return project.target or (next(iter(project.targets)) if len(project.targets) == 1 else "")


def _again() -> tuple[str, ...]:
    """What was typed about the desired configuration: for `plan`, and for `drift`, which has no other options."""
    import click

    from hsync.cli.verb import typed

    context = click.get_current_context(silent=True)
    found: list[str] = []
    for name in ("template", "config", "var", "vars", "environment", "out"):
        if context is None or context.info_name not in {"plan", "drift"} or not typed(name):
            continue
        value = context.params[name]
        option = {"template": (), "environment": ("-e",), "out": ("-o",)}.get(name, (f"--{name}",))
        for one in value if isinstance(value, tuple) else (value,):
            found += [*option, typed_path(one)]
    return tuple(found)


def _made_from(plan: Plan, project: Project, file: Path) -> tuple[str, ...]:
    """What a plan was made from, as far as it says that: variables of its command line are not in it."""
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


@contextmanager
def filled_in(commands: Callable[[], Commands]) -> Iterator[None]:
    """Fill in the commands in the hint of an error of the block."""
    try:
        yield
    except HsyncError as error:
        if error.hint:
            error.hint = commands().fill(error.hint)
        raise
