"""watchers: what is to happen after an apply, and the watcher process, started with the options of this run."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from hsync.cli.verb import no_effect
from hsync.session.asked import Confirmation, TargetOptions

if TYPE_CHECKING:
    from hsync.session.project import Project
    from hsync.session.session import Session
    from hsync.session.watching import Guarded

__all__ = ["guarded", "starting"]


def guarded(session: Session, project: Project, target: TargetOptions, asked: Confirmation) -> Guarded:
    """What is to happen after an apply."""
    from hsync.session.watching import Guarded

    if asked.confirm_within is None:
        no_effect(["confirm_probe", "confirm_times"], "without --confirm-within nothing is to be confirmed")
    if asked.watch is None:
        no_effect(["rollback_on_regression"], "without --watch nothing is watched")
    # Only what waits for people is confirmed by probes; a watch confirms what is only watched.
    probes = asked if asked.confirm_within is not None else Confirmation()
    return Guarded(session, project, asked, starting(session, target, probes))


def starting(session: Session, target: TargetOptions, asked: Confirmation) -> Callable[[], tuple[str, str]]:
    """What starts a watcher: this hsync, with the options of this run, and the password that was typed."""
    from hsync.session.watcher import start

    said = click.get_current_context().meta
    words = [*session.commands.words("confirm")[1:], "--wait", "--timeout", str(target.timeout), *asked.repeated()]
    words += ["--operator-config", str(file)] if (file := said.get("hsync.operator_config")) else []
    trust: dict[bool | None, list[str]] = {True: ["--untrusted"], False: ["--trusted"], None: []}
    words += trust[said.get("hsync.untrusted")]
    typed = {"HSYNC_PASSWORD": said["hsync.password"]} if "hsync.password" in said else {}
    return partial(start, words, session.store.subject.identity, {**os.environ, **typed})
