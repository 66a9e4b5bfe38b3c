"""signals: interrupts of a run: Ctrl-C, SIGTERM, SIGHUP.

Rule 1: each signal is raised as an exception in the main thread, so that every `finally` runs. The exit code is 128
plus the number of the signal.
Rule 2: while hsync waits for the answer to a request that may change the target, the first signal is delayed until the
answer, so that the state of the target is known. The second signal is not delayed.
Rule 3: a signal that was ignored when hsync was started (nohup) stays ignored.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType

__all__ = ["GUARD", "caught", "code_of"]

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

WAITING = "Interrupted: waiting for the answer of the target, to know its state. Interrupt again to stop at once."


class Interrupted(KeyboardInterrupt):
    """A signal, raised as an exception in the main thread."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class _Desk:
    """Whether signals are delayed, and the delayed signal; 0 for none."""

    holding = False
    waiting = 0


@contextmanager
def caught(tell: Callable[[str], None]) -> Iterator[None]:
    """Raise signals as exceptions during the block. Has no effect outside of the main thread.

    Args:
        tell: called with a sentence if a signal is delayed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    drop()
    before = {one: signal.getsignal(one) for one in ENDING}
    for one, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(one, partial(_arrived, tell))
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _arrived(tell: Callable[[str], None], number: int, frame: FrameType | None) -> None:
    del frame
    if _Desk.holding and not _Desk.waiting:
        _Desk.waiting = number
        with suppress(RuntimeError, OSError):  # the signal came during a write to the same stream
            tell(WAITING)
        return
    raise Interrupted(number)


def hold() -> None:
    """Delay the next signal."""
    _Desk.holding = True


def release() -> None:
    """Stop delaying signals, and raise the delayed one."""
    number = _Desk.waiting
    drop()
    if number:
        raise Interrupted(number)


def drop() -> None:
    """Stop delaying signals, and discard the delayed one: the run has ended, and its outcome is more useful."""
    _Desk.holding, _Desk.waiting = False, 0


class _Guard:
    """The functions above as methods, for a session."""

    def hold(self) -> None:
        """See `hold`."""
        hold()

    def release(self) -> None:
        """See `release`."""
        release()

    def drop(self) -> None:
        """See `drop`."""
        drop()


GUARD = _Guard()


def code_of(error: BaseException) -> int:
    """The exit code of an interrupt, or of click's error for one."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Interrupted):
        cause = cause.__cause__
    return 128 + (cause.number if cause else signal.SIGINT)
