"""interrupts: an interrupted command says what has become of the target, and what to type next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from hsync.errors import HsyncError
from hsync.process.signals import code_of

__all__ = ["UNKNOWN", "told"]

UNKNOWN = "it is unknown what has become of the target"


class Ending(Protocol):
    """What has become of a target."""

    @property
    def words(self) -> str:
        """What is the case."""

    @property
    def hint(self) -> str:
        """The next command to type."""


class RunInterruptedError(HsyncError):
    """A run that was interrupted; `exit_code` is that of the signal."""

    def __init__(self, words: str, code: int, *, hint: str = "") -> None:
        super().__init__(f"interrupted: {words}", hint=hint)
        self.exit_code = code


@contextmanager
def told(ending: Callable[[], Ending]) -> Iterator[None]:
    """Tell an interrupt of the block as an error that says what is the case.

    Args:
        ending: finds that out. A second interrupt ends it: nothing is known then.

    Raises:
        RunInterruptedError: an interrupt came.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        code = code_of(stop)
        try:
            found = ending()
        except KeyboardInterrupt:
            raise RunInterruptedError(UNKNOWN, code, hint="the next hsync apply on this target finds out") from stop
        raise RunInterruptedError(found.words, code, hint=found.hint) from stop
