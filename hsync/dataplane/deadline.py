"""Deadline: the point in time at which a request or a whole command must have ended.

Rule 1: a deadline is absolute, on a clock that only goes forward. Each step of the work gets the time that is left, so
    a peer that sends one byte a second gains nothing.
Rule 2: the end of the time never says that nothing has happened: whoever was at work decides that.

Theory: a client has the deadline of its command. Each request gets the nearer one of that and its own, and holds it as
the running deadline of its thread (`running`). What works below a request asks for it (`left`): sockets, the check by
HAProxy, a reload command, a lock on a file. They need no parameter for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from math import inf

__all__ = ["NEVER", "Deadline", "left", "running"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time.

    Args:
        at: seconds of the clock; infinite for none.
        seconds: how long it was away when it was set, for messages.
        clock: seconds that only grow.
    """

    at: float = inf
    seconds: float = inf
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """The point in so many seconds from now."""
        return cls(clock() + seconds, seconds, clock)

    @property
    def left(self) -> float:
        """Seconds until then, 0 when it is over."""
        return max(0.0, self.at - self.clock()) if self.at != inf else inf

    def later(self, seconds: float) -> Deadline:
        """The point so many seconds behind this one."""
        return replace(self, at=self.at + seconds)

    @property
    def is_over(self) -> bool:
        """Whether it is over."""
        return self.left == 0

    def __str__(self) -> str:
        """The time that there was, `60 s`."""
        return f"{self.seconds:g} s"


NEVER = Deadline()
"""No deadline."""

_RUNNING: ContextVar[Deadline] = ContextVar("running deadline", default=NEVER)


@contextmanager
def running(deadline: Deadline) -> Iterator[None]:
    """Hold what the block does to a deadline, besides those that hold already.

    Args:
        deadline: ends the block, if no outer one does earlier.
    """
    outer = _RUNNING.get()
    token = _RUNNING.set(deadline if deadline.left < outer.left else outer)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def left(most: float | None = None) -> float:
    """Seconds that are left of the running deadline, but no more than `most`."""
    seconds = _RUNNING.get().left
    return seconds if most is None else min(most, seconds)
