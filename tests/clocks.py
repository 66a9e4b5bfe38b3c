"""A clock that advances only by sleeping, and that a test can set."""

from __future__ import annotations

from collections.abc import Callable

from hsync.store import Clock

__all__ = ["SetClock"]


class SetClock(Clock):
    """The clocks of a machine of a test.

    Args:
        on_sleep: called before each sleep with its seconds: the world goes on meanwhile.
    """

    def __init__(self, on_sleep: Callable[[float], object] | None = None) -> None:
        self.now, self.up, self.id = 1_800_000_000.0, 5000.0, "boot-1"
        self.slept: list[float] = []
        self.on_sleep = on_sleep

    def wall(self) -> float:
        return self.now

    def uptime(self) -> float:
        return self.up

    def boot(self) -> str:
        return self.id

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.up += seconds
        if self.on_sleep is not None:
            self.on_sleep(seconds)
