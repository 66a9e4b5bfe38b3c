"""desired: what the command line says about the desired configuration."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags
from hsync.cli.verb import no_effect, typed

if TYPE_CHECKING:
    from hsync.session.project import Project
    from hsync.session.sources import Source, Wanted

__all__ = ["read_source", "wanted"]


def wanted(flags: DesiredFlags) -> Wanted:
    """What the options ask for."""
    from hsync.session.sources import Wanted

    said = {name: value for name, value in asdict(flags).items() if name != "environment"}
    return Wanted(**said, explicit=frozenset(filter(typed, said)))


def read_source(flags: DesiredFlags, project: Project) -> Source:
    """Read or render the desired text.

    Args:
        flags: from the command line.
        project: the project, with its environment.

    Raises:
        UsageError: options that exclude each other, or a variable that no template reads.
        InputError: something cannot be read or rendered.
    """
    asked = wanted(flags)
    asked.refuse_idle()
    _say_idle_environment(flags, asked, project)
    return project.source(asked)


def _say_idle_environment(flags: DesiredFlags, asked: Wanted, project: Project) -> None:
    """Warn if an environment changes nothing of this run."""
    import click

    chosen = project.settings.environments.get(flags.environment)
    context = click.get_current_context(silent=True)
    if chosen is None or context is None:
        return
    takes_target = "target" in context.params and not context.params["target"]
    if not (chosen.vars and not asked.as_it_stands) and not (chosen.target and takes_target):
        no_effect(["environment"], f"[environments.{flags.environment}] has nothing that this run takes")
