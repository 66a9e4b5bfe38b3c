"""Transport: an `httpx` transport with an embedded server behind it: no process, no socket.

    client = httpx.Client(transport=EmbeddedTransport(path="haproxy.cfg"), base_url="http://embedded")

Rule 1: all targets share the code of the client; only the transport differs.

Source: docs/architecture.md 8.
"""

from __future__ import annotations

import os
import threading

from hsync.dataplane.embedded.app import answer, configuration_version
from hsync.dataplane.embedded.engine import Engine
from hsync.dataplane.embedded.folder import FolderStorage
from hsync.dataplane.embedded.requests import Request
from hsync.dataplane.embedded.settings import EmbeddedSettings
from hsync.dataplane.embedded.storage import FileStorage, MemoryStorage, Storage
from hsync.dataplane.http import httpx

__all__ = ["EmbeddedTransport"]


class EmbeddedTransport(httpx.BaseTransport):
    """The Data Plane API v3 over a text.

    Args:
        path: the file, or the folder of a configuration of several files; None for a text in memory.
        settings: the behaviour of the server.
        text: the text in memory.
        storage: another place for the text, instead of `path` and `text`.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        settings: EmbeddedSettings | None = None,
        *,
        text: str = "",
        storage: Storage | None = None,
    ) -> None:
        place = storage or (MemoryStorage(text) if path is None else _storage(path))
        self.engine = Engine(place, settings or EmbeddedSettings())
        self._turn = threading.RLock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; requests of several threads are serialized."""
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
        """Run a reload that is due, and read edits of the file by others, without a request."""
        with self._turn:
            self.engine.refresh()

    @property
    def text(self) -> str:
        """The text on disk, or in memory."""
        with self._turn:
            return self.engine.storage.read()

    def staged(self, transaction: str) -> str:
        """The staged text of an open transaction, without header lines.

        Args:
            transaction: id of the transaction.
        """
        with self._turn:
            return self.engine.transactions.open_one(transaction).staged.content.text.lstrip("\n")


def _storage(path: str | os.PathLike[str]) -> Storage:
    """The storage for a file, or for a folder of files."""
    return FolderStorage(path) if os.path.isdir(path) else FileStorage(path)  # noqa: PTH112 - any path-like
