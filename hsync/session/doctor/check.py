"""check: what a check of `hsync doctor` is.

To add one, write one file in `hsync/session/doctor` with an object `CHECK`; it is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hsync.dataplane import Snapshot
from hsync.session.session import Session

__all__ = ["Check", "Finding", "Level", "Patient"]


class Level(StrEnum):
    """What a finding means."""

    OK = "ok"
    """As it should be."""
    WARNING = "warning"
    """An apply would work; something is odd."""
    ERROR = "error"
    """An apply would fail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Args:
        level: what it means.
        what: one sentence.
        remedy: what to do; "" for nothing.
    """

    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A target that is examined.

    Args:
        session: with the target; nothing is written to it.
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
    run: Callable[[Patient], Iterator[Finding]]
