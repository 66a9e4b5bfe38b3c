"""Transport: an `httpx` transport that answers from a haproxy.cfg on disk or in memory. No server, no socket.

    client = httpx.Client(transport=EmbeddedTransport(path="haproxy.cfg"), base_url="http://embedded")

Rule 1: one client code path serves all targets: nothing above the transport knows which one it talks to.

Source: design.md 10.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from hsync.dataplane.embedded.app import answer, configuration_version
from hsync.dataplane.embedded.engine import Engine, Settings
from hsync.dataplane.embedded.folder import FolderStorage
from hsync.dataplane.embedded.reloads import Runner, by_command, by_master_socket, by_nothing
from hsync.dataplane.embedded.requests import Request
from hsync.dataplane.embedded.storage import FileStorage, MemoryStorage, Storage

__all__ = ["EmbeddedTransport"]


class EmbeddedTransport(httpx.BaseTransport):
    """The Data Plane API v3 over one text.

    Args:
        path: the file, or the folder of a configuration in several files; or else
        text: a text in memory.
        haproxy_bin: validates what is committed; None = no validation, the caller chooses (`find_haproxy`).
        reload_command: run after a commit; or else
        master_socket: of a running HAProxy, which is told to reload. With neither, every reload "succeeds".
        reload_delay_s: how long a reload waits for others to share it.
        rewrite: write text as the real server does.
        api: API line that is reported.
        damage: a test's hook that damages the staged text.
        max_open_transactions: limit of open transactions.
        backups: how many former texts are kept.
        clock: seconds, monotonic.
        verdicts: folder in which it is remembered what HAProxy accepted; None to ask it always.
        storage: another place for the text, instead of `path` and `text`.
        runner: another way to reload, instead of `reload_command` and `master_socket`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        text: str = "",
        haproxy_bin: str | None = None,
        reload_command: str = "",
        master_socket: str = "",
        reload_delay_s: float = 0.0,
        rewrite: bool = False,
        api: str = "3.4",
        damage: Callable[[str], str] | None = None,
        max_open_transactions: int = 20,
        backups: int = 0,
        clock: Callable[[], float] = time.monotonic,
        verdicts: Path | None = None,
        storage: Storage | None = None,
        runner: Runner | None = None,
    ) -> None:
        place = storage or (MemoryStorage(text) if path is None else _storage(path))
        self.engine = Engine(
            place,
            Settings(
                haproxy_bin=haproxy_bin,
                runner=runner or _runner(reload_command, master_socket),
                reload_delay_s=reload_delay_s,
                rewrite=rewrite,
                api=api,
                damage=damage,
                max_open_transactions=max_open_transactions,
                backups=backups,
                clock=clock,
                verdicts=verdicts,
            ),
        )
        self._turn = threading.RLock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; requests of several threads take turns."""
        asked = Request(
            request.method.upper(),
            request.url.raw_path.partition(b"?")[0].decode("ascii"),
            tuple(request.url.params.multi_items()),
            {name.lower(): value for name, value in request.headers.items()},
            request.read(),
        )
        with self._turn:
            given = answer(self.engine, asked)
            version = configuration_version(self.engine, asked)
        headers = {"Configuration-Version": str(version), **given.headers}
        if given.content_type:
            headers["Content-Type"] = given.content_type
        content = b"" if asked.method == "HEAD" else given.content
        return httpx.Response(given.status, headers=headers, content=content, request=request)

    def tick(self) -> None:
        """Look after a pending reload and edits by others, without a request."""
        with self._turn:
            self.engine.refresh()

    @property
    def text(self) -> str:
        """The text as it lies on disk or in memory."""
        with self._turn:
            return self.engine.storage.read()

    def staged(self, transaction: str) -> str:
        """What an open transaction has staged, as written, without header lines: for whoever has no need of requests.

        Args:
            transaction: its id.
        """
        with self._turn:
            return self.engine.transactions.open_one(transaction).staged.content.text.lstrip("\n")


def _storage(path: str | os.PathLike[str]) -> Storage:
    """A folder is one text of its files."""
    return FolderStorage(path) if os.path.isdir(path) else FileStorage(path)  # noqa: PTH112 - any path-like


def _runner(command: str, socket: str) -> Runner:
    if command and socket:
        raise ValueError("reload_command and master_socket: give one of them")
    if socket:
        return by_master_socket(socket)
    return by_command(command) if command else by_nothing
