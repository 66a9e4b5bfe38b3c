"""watchers: the watcher of an apply that is to be confirmed, started with the options of this run."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from hsync.cli.verb import no_effect
from hsync.session.asked import Confirmation, TargetOptions

if TYPE_CHECKING:
    from hsync.session.confirming import Confirming
    from hsync.session.session import Session

__all__ = ["confirming", "starting"]


def confirming(session: Session, target: TargetOptions, asked: Confirmation) -> Confirming | None:
    """How an apply is to be confirmed; None if it need not be."""
    from hsync.session.confirming import Confirming

    if asked.confirm_within is None:
        no_effect(["confirm_probe", "confirm_times"], "without --confirm-within nothing is to be confirmed")
        return None
    return Confirming(asked.confirm_within, starting(session, target, asked), session.clock)


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
