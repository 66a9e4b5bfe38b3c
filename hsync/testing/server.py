r"""Server: a Data Plane API over a text for tests, in the test process or on a loopback socket, with faults on request.

    with Server("global\n  maxconn 100\n") as server:
        server.tap.refuse(OPERATION, "no", number=2)
        ...  # server.client, or server.url with listens=True

Theory of operation: hsync's embedded server does the work. The tap is directly in front of it, so a fault affects a
client in the test process in the same way as another program at the socket. On a socket, a lost answer is a closed
connection.

Rule 1: to a plan, a server that rewrites text is a server and not a file, even in the test process: its URL is not that
of a file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from hsync.dataplane import FILE, SERVER, DataplaneClient
from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport, serve
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.engine import Engine
from hsync.dataplane.embedded.header import read_header
from hsync.dataplane.embedded.reloads import Outcome, Runner
from hsync.dataplane.embedded.storage import FileStorage, MemoryStorage, Storage
from hsync.dataplane.endpoint import absolute
from hsync.plan.snapshot import split_header
from hsync.testing.manners import KEEPING, REWRITING, damaging
from hsync.testing.tap import Tap

__all__ = ["Clock", "Server"]

_REWRITING_URL = "http://rewriting.invalid"
"""The identity of a server in the test process that rewrites text; DNS cannot resolve the name."""

FAILED = "[ALERT]    (1) : config : a reload that fails on request"
"""HAProxy's message for a reload that fails on request."""


class Clock:
    """A clock that advances only by `sleep`, which returns immediately."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The total of all sleeps, in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += seconds


class _ServerTap(Tap):
    """A tap that can be served on a socket."""

    def __init__(self, inner: EmbeddedTransport, *, sleep: Callable[[float], None]) -> None:
        super().__init__(inner, sleep=sleep)
        self.tick = inner.tick


class Server:
    """A Data Plane API over a text. A context manager; `close` ends it, too.

    `client` sends requests to it, `tap` records them and can inject faults, `url` (with `listens`) is for other
    programs.

    Args:
        text: the configuration of the server; "" with `path` keeps the file as it is.
        path: a file to serve instead of a text in memory.
        rewrites: write text as the real server does; if False, keep it byte for byte.
        damage: a bug of the server: makes the stored text from the text that it should store.
        listens: listen on a loopback socket, for other programs; `client` uses the socket, too.
        settings: other settings of the server; `clock`, `manner` and the reload settings are replaced.
        clock: clock of server and client. Default: a `Clock` without a socket, real time with a socket.
        timeout: seconds that `client` waits for an answer.

    Raises:
        TargetError: the file cannot be read or written.
        UsageError: the socket cannot be opened.
    """

    def __init__(
        self,
        text: str = "",
        *,
        path: Path | None = None,
        rewrites: bool = True,
        damage: Callable[[str], str] | None = None,
        listens: bool = False,
        settings: EmbeddedSettings | None = None,
        clock: Clock | None = None,
        timeout: float = 90.0,
    ) -> None:
        self._path = path
        chosen = settings or EmbeddedSettings()
        self._reload: Runner = chosen.reload
        passing = clock or (None if listens else Clock())
        now, sleep = (time.monotonic, time.sleep) if passing is None else (passing, passing.sleep)
        manner = REWRITING if rewrites else KEEPING
        settings = replace(
            chosen,
            clock=now,
            manner=damaging(damage, manner) if damage else manner,
            reload_command="",
            master_socket="",
            runner=self._reloaded,
        )
        self.transport = EmbeddedTransport(settings=settings, storage=self._storage(text))
        tap = _ServerTap(self.transport, sleep=sleep)
        self._open = ExitStack()
        self.url = _REWRITING_URL if rewrites else f"file:{absolute(path or '/memory')}"
        self.tap: Tap = tap
        way: httpx.BaseTransport | None = tap
        if listens:
            self.url = self._open.enter_context(serve(tap))
            way = None
        traits = SERVER if rewrites or listens else FILE
        self.client = DataplaneClient(self.url, transport=way, traits=traits, timeout=timeout, sleep=sleep, clock=now)
        self._open.callback(self.client.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the client, then the socket. Further calls do nothing."""
        self._open.close()

    @property
    def text(self) -> str:
        """The text on disk or in memory, with header lines."""
        return self.transport.text

    def reset(self, text: str) -> None:
        """Restart the server with a text: without transactions and reloads, at the version of the text."""
        self.transport.engine = Engine(self._storage(text), self.transport.engine.settings)

    def write(self, text: str) -> None:
        """Write another configuration, as another client would: the version goes up.

        Args:
            text: the whole configuration, without header lines.

        Raises:
            ServerRefused: HAProxy refuses the text.
        """
        with DataplaneClient(_REWRITING_URL, transport=self.transport) as other:
            other.push_raw(text, other.snapshot().version)

    def split_brain(self, text: str) -> None:
        """Make memory and disk differ: another client writes a text whose reload fails, so the disk has the old text.

        Args:
            text: the whole configuration in memory, at the next version.
        """
        if not read_header(self.text).genuine:
            # Without header lines the server would read the restored text as an edit by hand, and memory would follow.
            self.write(split_header(self.text)[1])
        self._reload_now()
        with self.failing_reloads():
            self.write(text)
            self._reload_now()

    @contextmanager
    def failing_reloads(self, words: str = FAILED) -> Iterator[None]:
        """Let all reloads in the block fail: the server restores the last good text.

        Args:
            words: HAProxy's message.
        """
        before, self._reload = self._reload, lambda: Outcome(ok=False, response=words)
        try:
            yield
        finally:
            self._reload = before

    def _reload_now(self) -> None:
        """Reload immediately."""
        with suppress(Refusal):
            self.transport.engine.reloads.force()

    def _reloaded(self) -> Outcome:
        return self._reload()

    def _storage(self, text: str) -> Storage:
        if self._path is None:
            return MemoryStorage(text)
        if text:
            self._path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return FileStorage(self._path)
