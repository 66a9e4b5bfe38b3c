"""check: what a check of `hsync doctor` is.

To add one, write one file in `hsync/session/doctor` with an object `CHECK`; it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hsync.dataplane import Snapshot
from hsync.session.session import Session

__all__ = ["Check", "Context", "Finding", "Level"]


class Level(StrEnum):
    """The severity of a finding."""

    OK = "ok"
    """No problem."""
    WARNING = "warning"
    """An apply would succeed, but something needs attention."""
    ERROR = "error"
    """An apply would fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        level: its severity.
        what: one sentence, or a message of several lines.
        remedy: a command or an action; "" for none.
    """

    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a check works on.

    Args:
        session: with the target; a check changes nothing.
        snapshot: the configuration of the target.
        api: its API release.
    """

    session: Session
    snapshot: Snapshot
    api: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Args:
        place: its place among the checks.
        run: gives findings; an error of it becomes one.
    """

    place: int
    run: Callable[[Context], Iterator[Finding]]
