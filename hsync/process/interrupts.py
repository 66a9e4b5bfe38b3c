"""interrupts: the error of an interrupted command: state of the target, and the next command to type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from hsync.errors import HsyncError
from hsync.process.signals import code_of

__all__ = ["UNKNOWN", "told"]

UNKNOWN = "the state of the target is unknown"


class Ending(Protocol):
    """The state of the target after an interrupted run."""

    @property
    def words(self) -> str:
        """A description of the state."""

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
    """Convert an interrupt of the block into an error that describes the state of the target.

    Args:
        ending: finds out the state. A second interrupt stops it; then the state is unknown.

    Raises:
        RunInterruptedError: the block was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        code = code_of(stop)
        try:
            found = ending()
        except KeyboardInterrupt:
            raise RunInterruptedError(UNKNOWN, code, hint="the next hsync apply on this target finds it out") from stop
        raise RunInterruptedError(found.words, code, hint=found.hint) from stop
