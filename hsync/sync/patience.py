"""The limits of a sync: retries with growing pauses, a deadline, a cancel event."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from hsync.errors import HsyncError
from hsync.sync.words import count

__all__ = ["CHECKS_S", "Clock", "Patience", "Sleep", "SyncCancelledError"]


Sleep = Callable[[float], object]
Clock = Callable[[], float]

_PAUSES_S = (0.05, 2.0)
"""The first and the longest pause; each pause doubles the one before, times a random factor from 0.5 to 1.5."""

CHECKS_S = 0.1
"""Interval in which a sync that waits for its turn checks the cancel event."""


class SyncCancelledError(HsyncError):
    """The sync was cancelled, or its time limit reached, before a commit."""


@dataclass(slots=True)
class Patience:
    """The limits of a sync."""

    max_retries: int
    cancel: threading.Event | None = None
    timeout: float | None = None
    sleep: Sleep | None = None
    clock: Clock = time.monotonic
    retries: int = 0
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> timedelta:
        """Time since the start of the sync."""
        return timedelta(seconds=self.clock() - self.started)

    @property
    def exhausted(self) -> bool:
        """Whether no retry is left."""
        return 0 <= self.max_retries <= self.retries

    def check(self) -> None:
        """Raise `SyncCancelledError` if the sync is cancelled or its time limit reached."""
        after = f"after {count(self.retries, 'retry', 'retries')}"
        if self.cancel is not None and self.cancel.is_set():
            raise SyncCancelledError(f"cancelled {after}")
        if self.timeout is not None and self.clock() - self.started >= self.timeout:
            raise SyncCancelledError(f"the time limit of {self.timeout:g} s was reached {after}")

    def retry(self) -> None:
        """Pause, then count a retry."""
        self.pause(self.retries)
        self.retries += 1

    def pause(self, number: int) -> None:
        """Wait for the pause with this number, at most until the deadline."""
        first, longest = _PAUSES_S
        seconds = min(longest, first * 2 ** min(number, 16)) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load
        if self.timeout is not None:
            seconds = max(0.0, min(seconds, self.started + self.timeout - self.clock()))
        (self.sleep or (self.cancel or threading.Event()).wait)(seconds)
        self.check()
