"""Deadline: the time limit of a request or a whole command.

Rule 1: a deadline is an absolute time of a monotonic clock. Each step of the work gets the time that is left, so a
    server that sends one byte a second cannot extend it.
Rule 2: a reached deadline does not mean that the target is unchanged; the code that sent the request decides that.

Theory: a client has the deadline of its command. The deadline of a request is that one or its own, whichever is
earlier. It is stored in a context variable (`running`), and every wait below the request reads it (`left`): sockets,
HAProxy's check, a reload command, a lock on a file. So they need no parameter for it.
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
    """A time limit.

    Args:
        at: time of the clock in seconds; infinite for no deadline.
        seconds: time from the creation of the deadline until it, for messages.
        clock: a monotonic clock, in seconds.
    """

    at: float = inf
    seconds: float = inf
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """The deadline in a number of seconds from now."""
        return cls(clock() + seconds, seconds, clock)

    @property
    def left(self) -> float:
        """Seconds until the deadline; 0 after it."""
        return max(0.0, self.at - self.clock()) if self.at != inf else inf

    def later(self, seconds: float) -> Deadline:
        """A deadline that is a number of seconds later."""
        return replace(self, at=self.at + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.left == 0

    def __str__(self) -> str:
        """The whole time, `60 s`."""
        return f"{self.seconds:g} s"


NEVER = Deadline()
"""No deadline."""

_RUNNING: ContextVar[Deadline] = ContextVar("running deadline", default=NEVER)


@contextmanager
def running(deadline: Deadline) -> Iterator[None]:
    """Apply a deadline to all waits in the block, in addition to the deadlines of outer blocks.

    Args:
        deadline: of the block; an earlier outer deadline remains in force.
    """
    outer = _RUNNING.get()
    token = _RUNNING.set(deadline if deadline.left < outer.left else outer)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def left(most: float | None = None) -> float:
    """Seconds until the running deadline, but at most `most`."""
    seconds = _RUNNING.get().left
    return seconds if most is None else min(most, seconds)
