"""desired: what the command line says about the desired configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags
from hsync.cli.verb import no_effect, typed
from hsync.errors import UsageError

if TYPE_CHECKING:
    from hsync.render import Project
    from hsync.session.sources import Source, Wanted

__all__ = ["read_source", "wanted"]


def wanted(flags: DesiredFlags) -> Wanted:
    """What the options ask for."""
    from hsync.session.sources import Wanted

    return Wanted(flags.template, flags.config, flags.var, flags.var_json, flags.vars)


def read_source(flags: DesiredFlags, project: Project) -> Source:
    """Read or render the desired text.

    Args:
        flags: from the command line.
        project: the project, with its environment.

    Raises:
        UsageError: options that exclude each other, or a variable that no template reads.
        InputError: something cannot be read or rendered.
    """
    from hsync.session import sources

    _refuse_idle(flags)
    _say_idle_environment(flags, project)
    return sources.read_source(wanted(flags), project)


def _as_it_stands(flags: DesiredFlags) -> bool:
    """Whether --config names a text that no template makes: a file, or a folder of files of which none is one."""
    from hsync.render import holds_templates

    return flags.config is not None and not holds_templates(flags.config)


def _refuse_idle(flags: DesiredFlags) -> None:
    """Refuse what would have no effect; a variable of the environment may make no sense here."""
    excluded = ["template", "var", "var_json", "vars"] if _as_it_stands(flags) else ["template"]
    if flags.config and any(getattr(flags, name) and typed(name) for name in excluded):
        source = "" if typed("config") else " (it comes from HSYNC_CONFIG)"
        with_it = "no template, no --var, --var-json or --vars with it"
        if len(excluded) == 1:
            raise UsageError(f"--config names the templates{source}: no other template with it")
        raise UsageError(f"--config takes the text as it stands{source}: {with_it}")
    names = [one.partition("=")[0].strip() for one in (*flags.var, *flags.var_json)]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise UsageError(f"--var {twice} is given {names.count(twice)} times: only one value counts")


def _say_idle_environment(flags: DesiredFlags, project: Project) -> None:
    """Warn if an environment changes nothing of this run."""
    import click

    chosen = project.environments.get(flags.environment)
    context = click.get_current_context(silent=True)
    if chosen is None or context is None:
        return
    takes_target = "target" in context.params and not context.params["target"]
    if not (chosen.vars and not _as_it_stands(flags)) and not (chosen.target and takes_target):
        no_effect(["environment"], f"[environments.{flags.environment}] has nothing that this run takes")
