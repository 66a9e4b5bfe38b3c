"""interrupts: an interrupted command says what has become of the target, and what to type next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from click import Abort

from hsync.cli.signals import code_of
from hsync.errors import HsyncError

if TYPE_CHECKING:
    from hsync.session.fate import Ending

__all__ = ["told"]


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
    """
    try:
        yield
    except (KeyboardInterrupt, Abort) as stop:  # click's prompt makes an Abort of a Ctrl-C
        code = code_of(stop)
        from hsync.session.fate import UNKNOWN, Ending

        try:
            found = ending()
        except KeyboardInterrupt:
            found = Ending(UNKNOWN, "the next hsync apply on this target finds out")
        raise RunInterruptedError(found.words, code, hint=found.hint) from stop
