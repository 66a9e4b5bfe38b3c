"""bounded: a test that would wait for ever fails instead."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TooSlowError(BaseException):
    """The block has not come to its end in time. No `except Exception` takes it for an answer."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail unless the block ends in time. In the main thread only."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TooSlowError(f"not done within {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    started = time.monotonic()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started <= seconds
