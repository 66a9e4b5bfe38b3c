"""signals: what ends a run from outside: Ctrl-C, SIGTERM, SIGHUP.

Rule 1: each of them is raised in the main thread as an exception, so that every `finally` runs; the exit code is 128
plus the number of the signal.
Rule 2: while the answer to a request that may change the target is on its way, the first signal waits for it: what has
become of the target is known then. The second one does not wait.
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

WAITING = "Interrupted: waiting for the answer of the target, to know what has become of it (again to leave at once)."


class Interrupted(KeyboardInterrupt):
    """A signal, raised where the main thread was."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class _Desk:
    """Whether signals wait, and the one that does; 0 for none."""

    holding = False
    waiting = 0


@contextmanager
def caught(tell: Callable[[str], None]) -> Iterator[None]:
    """Raise signals as exceptions for the time of the block; only the main thread of a process can ask for that.

    Args:
        tell: gets a sentence when a signal has to wait.
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
        with suppress(RuntimeError, OSError):  # the signal came while somebody was writing
            tell(WAITING)
        return
    raise Interrupted(number)


def hold() -> None:
    """From now on the first signal waits."""
    _Desk.holding = True


def release() -> None:
    """From now on no signal waits; the one that does is raised."""
    number = _Desk.waiting
    drop()
    if number:
        raise Interrupted(number)


def drop() -> None:
    """From now on no signal waits; the one that did is forgotten: how the run ended says more."""
    _Desk.holding, _Desk.waiting = False, 0


class _Guard:
    """The functions above, as a session takes them."""

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
    """The exit code of an interrupt, or of the error that click made of one."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, Interrupted):
        cause = cause.__cause__
    return 128 + (cause.number if cause else signal.SIGINT)
