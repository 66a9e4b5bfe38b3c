"""A client of an embedded server for tests: short paths, and answers as (status, body)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport
from hsync.dataplane.embedded.storage import Storage

TEXT = """global
  maxconn 1000

defaults base
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from base
  bind 127.0.0.1:5630 name main
  default_backend web

backend web from base
  # who answers
  server w1 127.0.0.1:5638 check
"""


class Api:
    """Requests below `/v3/services/haproxy`."""

    def __init__(
        self, text: str = TEXT, *, path: Path | None = None, storage: Storage | None = None, **settings: Any
    ) -> None:
        self.transport = EmbeddedTransport(path, EmbeddedSettings(**settings), text=text, storage=storage)

        self.client = httpx.Client(transport=self.transport, base_url="http://embedded/v3/services/haproxy/")

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.client.request(method, path, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The body of a GET that must succeed."""
        answer = self.ask("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json() if answer.headers["content-type"] == "application/json" else answer.text

    def begin(self, version: int | None = None) -> str:
        """A new transaction's id."""
        answer = self.ask("POST", "transactions", params={"version": version or self.version})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def write(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status, and the body or the error's message."""
        sent = {} if body is None else {"json": body}
        answer = self.ask(method, f"configuration/{path}", params=query, **sent)
        given: Any = answer.json() if answer.content else None
        return answer.status_code, given["message"] if answer.status_code >= 400 else given

    def push(self, text: str, **query: Any) -> httpx.Response:
        """A raw push."""
        return self.ask("POST", "configuration/raw", params=query, content=text, headers={"Content-Type": "text/plain"})

    def commit(self, transaction: str, **query: Any) -> httpx.Response:
        return self.ask("PUT", f"transactions/{transaction}", params=query)

    def staged(self, transaction: str) -> str:
        """The staged text without the server's header lines."""
        return str(self.get("configuration/raw", transaction_id=transaction)).partition("\n\n")[2]

    @property
    def version(self) -> int:
        return int(self.ask("GET", "configuration/version").headers["Configuration-Version"])
