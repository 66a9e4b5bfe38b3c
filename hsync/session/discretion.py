"""discretion: masks secrets in errors, and in the errors that caused them, since a traceback shows all of them.

Messages of a server may quote the sent and the current configuration. So errors are masked when they leave a session or
a function of the library; the command line masks its known secrets again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from hsync.errors import HsyncError, ReloadFailedError, ServerRefused
from hsync.plan.fields import masked_line
from hsync.secrecy import hide

__all__ = ["discreet", "take_out"]


@contextmanager
def discreet(secrets: Collection[str]) -> Iterator[None]:
    """Mask secrets in the errors of the block.

    Args:
        secrets: the values; the block may add some.
    """
    try:
        yield
    except HsyncError as error:
        take_out(error, secrets)
        raise


def take_out(error: BaseException | None, secrets: Collection[str]) -> None:
    """Mask secrets in an error and in its causes; their types do not change.

    Args:
        error: the error.
        secrets: the values.
    """
    known, done = frozenset(secrets), set[int]()
    while error is not None and id(error) not in done:
        done.add(id(error))
        if isinstance(error, HsyncError):
            error.message = _without(error.message, known)
            error.args = (error.message,)
        if isinstance(error, ServerRefused | ReloadFailedError):
            error.server_message = _without(error.server_message, known)
        error = error.__cause__ or error.__context__


def _without(words: str, secrets: frozenset[str]) -> str:
    return masked_line(hide(words, secrets, words=True), secrets)
