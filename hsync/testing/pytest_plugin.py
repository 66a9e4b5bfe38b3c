"""Plugin for pytest: the fixture `hsync_server`. pytest finds the plugin by its entry point."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, ParamSpec

import pytest

if TYPE_CHECKING:
    from hsync.testing import Server

__all__ = ["hsync_server"]

P = ParamSpec("P")


@pytest.fixture
def hsync_server() -> Iterator[Callable[..., Server]]:
    """A factory of servers, which are closed at the end of the test.

    Yields:
        A function with the arguments of `hsync.testing.Server`, which returns an open server.
    """
    from hsync.testing import Server

    with ExitStack() as ends:
        yield _entering(ends, Server)


def _entering(ends: ExitStack, make: Callable[P, Server]) -> Callable[P, Server]:
    def start(*args: P.args, **options: P.kwargs) -> Server:
        return ends.enter_context(make(*args, **options))

    return start
