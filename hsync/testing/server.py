r"""Server: a Data Plane API over a text for tests, in this process or on a loopback socket, with faults on request.

    with Server("global\n  maxconn 100\n") as server:
        server.tap.refuse(OPERATION, "no", number=2)
        ...  # server.client, or server.url with listens=True

Theory: the product's embedded server does the work. The tap is directly in front of it, so a fault strikes a client in
this process and a program at the other end of the socket alike. A lost answer on a socket is a connection that ends.

Rule 1: a server that rewrites text is a server to plans, wherever it runs: its URL is never that of a file.
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
"""The identity of a server in this process that rewrites text; the name can never be resolved."""

FAILED = "[ALERT]    (1) : config : a reload that was told to fail"
"""HAProxy's words when a reload fails on request."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The seconds that were slept."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Passes at once."""
        self.now += seconds


class _ServerTap(Tap):
    """A tap that can be served on a socket."""

    def __init__(self, inner: EmbeddedTransport, *, sleep: Callable[[float], None]) -> None:
        super().__init__(inner, sleep=sleep)
        self.tick = inner.tick


class Server:
    """A Data Plane API over a text. A context manager; `close` ends it as well.

    `client` speaks to it, `tap` notes the requests and takes faults, `url` is for other programs (with `listens`).

    Args:
        text: the configuration that the server runs; "" with `path` keeps the file as it is.
        path: a file to serve instead of a text in memory.
        rewrites: write text as the real server does; else keep it byte for byte.
        damage: a bug of the server: from the text that it should store to the one that it does.
        listens: answer on a loopback socket, for other programs; `client` uses the socket, too.
        settings: how the server behaves otherwise; `clock` and `manner` are overridden.
        clock: the time of server and client. Default: a `Clock` in this process, real time on a socket.
        timeout: how many seconds `client` waits for an answer.

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
        way: httpx.BaseTransport = tap
        if listens:
            self.url = self._open.enter_context(serve(tap))
            way = httpx.HTTPTransport()
        traits = SERVER if rewrites or listens else FILE
        self.client = DataplaneClient(self.url, transport=way, traits=traits, timeout=timeout, sleep=sleep, clock=now)
        self._open.callback(self.client.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the client, then the socket. A second time does nothing."""
        self._open.close()

    @property
    def text(self) -> str:
        """The text on disk or in memory, header lines included."""
        return self.transport.text

    def reset(self, text: str) -> None:
        """Start anew on a text: no transactions, no reloads, the version of the text."""
        self.transport.engine = Engine(self._storage(text), self.transport.engine.settings)

    def write(self, text: str) -> None:
        """Somebody else writes: the server runs another text, under the next version.

        Args:
            text: the whole configuration, without header lines.

        Raises:
            ServerRefused: HAProxy does not accept the text.
        """
        with DataplaneClient(_REWRITING_URL, transport=self.transport) as other:
            other.push_raw(text, other.snapshot().version)

    def split_brain(self, text: str) -> None:
        """Memory and disk disagree: somebody else wrote a text whose reload failed. The disk has the former text again.

        Args:
            text: the whole configuration in memory, under the next version.
        """
        if not read_header(self.text).genuine:
            # The server takes a text without its own header lines for an edit by hand, which its memory follows.
            self.write(split_header(self.text)[1])
        self._reload_now()
        with self.failing_reloads():
            self.write(text)
            self._reload_now()

    @contextmanager
    def failing_reloads(self, words: str = FAILED) -> Iterator[None]:
        """Meanwhile every reload fails, and the server puts the last good text back.

        Args:
            words: HAProxy's.
        """
        before, self._reload = self._reload, lambda: Outcome(ok=False, response=words)
        try:
            yield
        finally:
            self._reload = before

    def _reload_now(self) -> None:
        """Without waiting for others."""
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
