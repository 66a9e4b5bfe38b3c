"""Targets of the contract suite: all kinds of servers that hsync supports, with the same small interface.

| name | what it is |
|---|---|
| embedded | in the process, text in memory |
| embedded-file | in the process, over a file on disk |
| embedded-rewriting | writes text like the real server; has the URL of a server, so that losses are refused |
| embedded-socket | the same program behind a loopback socket |
| engine | the library of the real server (tests/engine) |
| dataplane | a full Data Plane API: HSYNC_TEST_DATAPLANE=http://127.0.0.1:5555, HSYNC_USER, HSYNC_PASSWORD |

Rule 1: a test does not depend on the name of its target; differences are attributes here.
Rule 2: all tests share the one real server: a test uses it exclusively, and restores its text afterwards.
"""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.dataplane.embedded import EmbeddedSettings
from hsync.files import FileLock
from hsync.plan.plan import Target as Identity
from hsync.testing import Clock, Server, Tap
from tests.oracle.engine import BINARY, Engine

__all__ = ["DATAPLANE", "NAMES", "TAKEN", "Embedded", "Target", "identity", "start"]

DATAPLANE = os.environ.get("HSYNC_TEST_DATAPLANE", "")

NAMES = (
    *("embedded", "embedded-file", "embedded-rewriting", "embedded-socket", "engine"),
    *(["dataplane"] if DATAPLANE else []),
)


class Target(Protocol):
    """A target.

    `validates`: whether HAProxy checks texts; then it may refuse a text that is only an example of a mapping.
    """

    name: str
    client: DataplaneClient
    tap: Tap
    validates: bool

    def reset(self, text: str) -> None:
        """Give the server a configuration."""

    def alone(self) -> AbstractContextManager[object]:
        """Use the server exclusively."""

    def failing_reloads(self) -> AbstractContextManager[object]:
        """Let reloads of a text that binds `TAKEN` fail; skips the test if the target cannot do that."""

    def stop(self) -> None:
        """End what was started."""


TAKEN = "127.0.0.1:18097"
"""An address that no HAProxy can bind within `failing_reloads`."""


class Switch:
    """A reload command that fails while a file exists."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "reloads-fail"
        self.command = f"test ! -e {self._file}"

    @contextmanager
    def off(self) -> Iterator[None]:
        """Let the command fail."""
        self._file.touch()
        try:
            yield
        finally:
            self._file.unlink()


def identity(target: Target) -> Identity:
    """The identity of a target in its plans."""
    return target.client.as_target(target.name)


class Embedded(Server):
    """The embedded server, with a clock that advances only by sleeping.

    Args:
        name: name of the target.
        path: the file; None for memory.
        rewrites: write text like the real server.
        damage: makes a damaged text from the staged text.
        over_socket: listen on a loopback socket.
        settings: other settings of the server.
    """

    def __init__(
        self,
        name: str = "embedded",
        *,
        path: Path | None = None,
        rewrites: bool = False,
        damage: Callable[[str], str] | None = None,
        over_socket: bool = False,
        settings: EmbeddedSettings | None = None,
    ) -> None:
        super().__init__(
            path=path, rewrites=rewrites, damage=damage, listens=over_socket, settings=settings, clock=Clock()
        )
        self.name, self.validates = name, settings is not None and settings.haproxy_bin is not None

    def alone(self) -> AbstractContextManager[object]:
        """Each process has its own."""
        return nullcontext()

    def stop(self) -> None:
        """Close the client, then the socket."""
        self.close()


class EngineTarget:
    """The test engine, one process for each worker."""

    name = "engine"
    validates = False

    def __init__(self, folder: Path) -> None:
        self._switch = Switch(folder)
        self.engine = Engine(folder, self._switch.command)
        self.tap, clock = Tap(httpx.HTTPTransport()), Clock()
        self.client = DataplaneClient(
            self.engine.url, auth=("admin", "adminpwd"), transport=self.tap, sleep=clock.sleep, clock=clock
        )

    def reset(self, text: str) -> None:
        """Let the library load the text anew."""
        self.engine.reset(text)

    def alone(self) -> AbstractContextManager[object]:
        """Each process has its own."""
        return nullcontext()

    def failing_reloads(self) -> AbstractContextManager[object]:
        """Let its reload command fail."""
        return self._switch.off()

    def stop(self) -> None:
        """End the process."""
        self.client.close()
        self.engine.__exit__(None, None, None)


class Dataplane:
    """A full Data Plane API that is running already. A commit may wait for a reload, so the timeout is long."""

    name = "dataplane"
    validates = True

    def __init__(self) -> None:
        auth = (os.environ.get("HSYNC_USER", "admin"), os.environ.get("HSYNC_PASSWORD", ""))
        self.tap = Tap(httpx.HTTPTransport())
        self.client = DataplaneClient(DATAPLANE, auth=auth, transport=self.tap, timeout=90.0)
        self._http = httpx.Client(base_url=f"{DATAPLANE.removesuffix('/v3')}/v3", auth=auth, timeout=90.0)
        name = hashlib.sha256(DATAPLANE.encode()).hexdigest()[:12]
        self._lock = FileLock(Path(tempfile.gettempdir(), f"hsync-contract-{name}.lock"))

    def reset(self, text: str) -> None:
        """Push the text without a reload; a text that its HAProxy refuses skips the test by name."""
        answer = self._push(text, skip_reload="true")
        if answer.status_code == 400:
            self._forget_failed()
            pytest.skip(f"its HAProxy refuses the start text: {' '.join(answer.text.split())[:300]}")
        assert answer.status_code < 300, answer.text

    def _forget_failed(self) -> None:
        """Delete the failed transaction that a refused push leaves, so that no test finds it."""
        for one in self._http.get("/services/haproxy/transactions", params={"status": "failed"}).json():
            self._http.delete(f"/services/haproxy/transactions/{one['id']}")

    def _push(self, text: str, **query: str) -> httpx.Response:
        version = self._http.get("/services/haproxy/configuration/version").json()
        return self._http.post(
            "/services/haproxy/configuration/raw",
            params={"version": str(version), **query},
            content=text.encode("utf-8", "surrogateescape"),
            headers={"Content-Type": "text/plain"},
        )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let other workers wait; restore the text of the server afterwards."""
        assert self._lock.acquire(timeout=3600)
        try:
            found = self.client.snapshot()
            try:
                yield
            finally:
                self._restore(found)
        finally:
            self._lock.release()

    @contextmanager
    def failing_reloads(self) -> Iterator[None]:
        """Listen on the address, so that HAProxy cannot."""
        if self._http.get("/services/haproxy/runtime/info").status_code != 200:
            pytest.skip("no HAProxy runs there: a reload cannot fail")
        host, _, port = TAKEN.partition(":")
        with socket.create_server((host, int(port))):
            yield

    def _restore(self, found: Snapshot) -> None:
        now = self.client.snapshot()
        if now.sha256 != found.sha256 or now.split_brain:
            answer = self._push(found.body)
            assert answer.status_code < 300, f"the text that was found could not be put back: {answer.text}"

    def stop(self) -> None:
        """Close the clients; the server goes on running."""
        self.client.close()
        self._http.close()


def start(name: str, folder: Path) -> Target:
    """Start a target by name, in a folder of its own. If it is not available, skips the test, or fails it if CI is set."""
    if name == "dataplane":
        return Dataplane()
    if name == "engine":
        if not BINARY.is_file():
            missing = pytest.fail if os.environ.get("CI") else pytest.skip
            missing("the test engine is not built: `make engine`")
        return EngineTarget(folder)
    return Embedded(
        name,
        path=folder / "haproxy.cfg" if name == "embedded-file" else None,
        rewrites=name == "embedded-rewriting",
        over_socket=name == "embedded-socket",
    )
