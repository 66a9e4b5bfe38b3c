"""A target for the tests of the library: the embedded server, with hooks for its requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedSettings, EmbeddedTransport
from hsync.model import Configuration
from hsync.plan.compare import compare

RAW = "/v3/services/haproxy/configuration/raw"
TRANSACTIONS = "/v3/services/haproxy/transactions"

BASE = """\
global
    maxconn 100

defaults
    mode http
    timeout client 5s
    timeout server 5s
    timeout connect 5s

frontend www
    bind 127.0.0.1:8080
    default_backend web

backend web
    server s1 192.0.2.1:80
"""

WRITES = frozenset({"POST", "PUT", "DELETE", "PATCH"})


def more(number: int) -> str:
    """BASE with some further backends: one operation for each."""
    return BASE + "".join(f"\nbackend b{n}\n    balance roundrobin\n" for n in range(1, number + 1))


def same(one: str, other: str) -> bool:
    """Whether two texts have the same meaning."""
    return not compare(Configuration.from_text(one), Configuration.from_text(other))


@dataclass
class Server(httpx.BaseTransport):
    """The embedded server. `before` and `after` get each request; a response from `before` replaces the server's."""

    text: str = BASE
    options: dict[str, Any] = field(default_factory=dict)
    before: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    after: Callable[[httpx.Request], None] = lambda _: None
    sent: list[str] = field(default_factory=list)
    poisoned: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.embedded = EmbeddedTransport(settings=EmbeddedSettings(**self.options), text=self.text)
        self.quiet = self.client(self.embedded)

    def client(self, transport: httpx.BaseTransport | None = None) -> DataplaneClient:
        return DataplaneClient("http://127.0.0.1:5555", auth=("admin", "secret"), transport=transport or self)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(f"{request.method} {request.url.raw_path.decode()}")
        self.hold_no_poison(request)
        answer = self.before(request)
        if answer is None:
            answer = self.embedded.handle_request(request)
            self.after(request)
        elif answer.status_code >= 400:
            self.poisoned.append(request.url.params.get("transaction_id", ""))
        return answer

    def hold_no_poison(self, request: httpx.Request) -> None:
        """Assert that a transaction with a refused write is only looked at and deleted.

        Source: docs/reference/dataplane-api.md 2.9.
        """
        for name in filter(None, self.poisoned):
            asked = request.method == "GET" and request.url.path.endswith(f"/transactions/{name}")
            ended = asked or request.method == "DELETE"
            assert name not in str(request.url) or ended, f"{name} was continued: {self.sent}"

    def bump(self) -> None:
        """Write the same text as another client: a new version."""
        now = self.quiet.snapshot()
        self.quiet.push_raw(now.body, now.version)

    def become(self, text: str) -> None:
        """Write another text as another client."""
        self.quiet.push_raw(text, self.quiet.snapshot().version)

    @property
    def now(self) -> str:
        """The text of the target."""
        return self.quiet.snapshot().body

    @property
    def version(self) -> int:
        return self.quiet.snapshot().version

    @property
    def open_transactions(self) -> object:
        return self.quiet.get_json("/services/haproxy/transactions")

    @property
    def writes(self) -> list[str]:
        return [one for one in self.sent if one.split()[0] in WRITES]

    @property
    def operations(self) -> list[str]:
        """The writes in transactions, without the transaction's id."""
        return [one.partition("transaction_id")[0].rstrip("?&") for one in self.writes if "transaction_id" in one]


def is_commit(request: httpx.Request) -> bool:
    return request.method == "PUT" and request.url.path.startswith(TRANSACTIONS)


def is_begin(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path == TRANSACTIONS


def times(
    count: int, match: Callable[[httpx.Request], bool], act: Callable[[], None]
) -> Callable[[httpx.Request], None]:
    """A hook that calls a function at the first matching requests."""
    left = [count]

    def hook(request: httpx.Request) -> None:
        if left[0] and match(request):
            left[0] -= 1
            act()

    return hook


def refusing(words: dict[str, str], status: int = 400) -> Callable[[httpx.Request], httpx.Response | None]:
    """A hook that refuses writes with a key in method, path or body, with its message."""

    def hook(request: httpx.Request) -> httpx.Response | None:
        if "transaction_id" not in request.url.params or request.method == "GET":
            return None
        told = f"{request.method} {request.url.path} {request.content.decode()}"
        for key, message in words.items():
            if key in told:
                body = {"code": status, "message": message}
                return httpx.Response(status, json=body, headers={"Configuration-Version": "1"}, request=request)
        return None

    return hook
