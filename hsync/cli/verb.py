"""verb: parses the command line of a verb; no option or variable is ignored silently.

Rule 1: an option with one value can be given only once, and a value cannot be empty.
Rule 2: a variable `HSYNC_...` without an option causes a warning that names the most similar variable.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import click
from click.core import ParameterSource

from hsync.output.console import say, warn
from hsync.process.variables import unknown_variables

__all__ = ["Verb", "no_effect", "typed", "typed_desired", "typed_words", "verb"]


class Verb(click.Command):
    """A verb, or a subcommand of a verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; refuse repeated and empty options."""
        if not ctx.resilient_parsing:
            values, _, order = self.make_parser(ctx).parse_args(args=list(args))
            _refuse_idle(ctx, values, order)
        rest = super().parse_args(ctx, args)
        if not ctx.resilient_parsing:
            warn(unknown_variables(os.environ, _variables(self), _all_variables))
        return rest


verb = partial(click.command, cls=Verb)
"""Like `click.command`."""


def typed(name: str) -> bool:
    """Whether an option or argument is on the command line, not only in the environment."""
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def typed_desired() -> tuple[str, ...]:
    """The typed options for the desired configuration, if the verb is `plan` or `drift`."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name not in {"plan", "drift"}:
        return ()
    return typed_words("template", "config", "var", "var_json", "vars", "environment", "out", "sign")


def typed_words(*names: str) -> tuple[str, ...]:
    """The typed options and arguments, as words of a command line.

    Args:
        names: names of the parameters.
    """
    found: list[str] = []
    for name in filter(typed, names):
        value = click.get_current_context().params[name]
        spelling = {"template": (), "environment": ("-e",), "out": ("-o",)}.get(name, (f"--{name.replace('_', '-')}",))
        for one in value if isinstance(value, tuple) else (value,):
            found += [*spelling, f"./{one}" if str(one).startswith("-") else str(one)]
    return tuple(found)


def no_effect(names: Iterable[str], why: str) -> None:
    """Warn about typed options without effect.

    Args:
        names: names of the parameters.
        why: the reason.
    """
    context = click.get_current_context(silent=True)
    found = [spelled(one) for one in context.command.params if one.name in names and typed(one.name)] if context else []
    if found:
        say(f"Warning: {', '.join(found)} {'has' if len(found) == 1 else 'have'} no effect: {why}")


def spelled(parameter: click.Parameter) -> str:
    """The name of a parameter for people: `--lock-timeout`; for an argument as in the usage, `TEMPLATE`."""
    long = next((one for one in parameter.opts if one.startswith("--")), "")
    return long or (parameter.name or "").upper()


def _refuse_idle(ctx: click.Context, values: Mapping[str, object], order: list[click.Parameter]) -> None:
    for parameter, times in Counter(order).items():
        if isinstance(parameter, click.Option) and times > 1 and not (parameter.multiple or parameter.is_flag):
            raise click.UsageError(f"{spelled(parameter)} is given {times} times: only one value is allowed", ctx)
        value = values.get(parameter.name or "")
        if value == "" or (isinstance(value, list | tuple) and "" in value):
            raise click.UsageError(f"{spelled(parameter)} is empty: give a value, or omit it", ctx)


def _variables(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        if isinstance(parameter.envvar, str):
            yield parameter.envvar


def _all_variables() -> Iterator[str]:
    from hsync.cli.group import VERBS, command_of

    for command in map(command_of, VERBS):
        for one in command.commands.values() if isinstance(command, click.Group) else [command]:
            yield from _variables(one)
