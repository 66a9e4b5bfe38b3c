"""timing: the time limits of requests, and why a request has no answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hsync.dataplane.deadline import NEVER, Deadline

__all__ = ["Failure", "Timing"]


class Failure(NamedTuple):
    """Why there is no answer."""

    reason: str
    hint: str = ""
    sent: bool = True
    again: bool = True


@dataclass(frozen=True, slots=True)
class Timing:
    """Time limits, and the clock that measures them.

    Args:
        connect: seconds to connect.
        answer: seconds for a request and its whole answer; above 60, since the server may wait that long for a reload.
        sleep: pauses for a number of seconds.
        clock: a monotonic clock, in seconds.
        command: the time limit of all requests together.
    """

    connect: float = 10.0
    answer: float = 90.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    command: Deadline = NEVER

    def request(self, grace: float = 0.0) -> Deadline:
        """The deadline of a request that begins now.

        Args:
            grace: extra seconds after the deadline of the command, to clean up or to find out the result of a write.
        """
        return Deadline.after(min(self.answer, self.command.later(grace).left), self.clock)

    def pause(self, seconds: float) -> None:
        """Sleep, but not beyond the deadline of the command."""
        self.sleep(min(seconds, self.command.left))

    def too_late(self, *, sent: bool) -> Failure:
        """The failure of a request that has no time left."""
        limit = f"the time limit of the command, {self.command}, is reached"
        what = limit if self.command.is_over else "no time is left"
        return Failure(what, "allow more time: --timeout SECONDS", sent=sent, again=False)
