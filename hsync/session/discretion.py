"""discretion: errors whose words show no secret, nor do those of the errors that they come from: a traceback has all.

A server may repeat in its words what it was sent, and what it runs. So errors are cleaned where they leave a session or
a function of the library; the command line hides what it knows once more.
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
    """Errors of the block show no secret.

    Args:
        secrets: their values; more may come in the block.
    """
    try:
        yield
    except HsyncError as error:
        take_out(error, secrets)
        raise


def take_out(error: BaseException | None, secrets: Collection[str]) -> None:
    """Take secrets out of an error and of those that it comes from; they stay what they are.

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
