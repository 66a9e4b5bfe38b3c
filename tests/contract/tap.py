"""Tap: a transport between the client and a server, which notes what the server sees and can break one exchange.

Rule 1: what is noted is what reached the server, in order; a request that was kept from it is not there.
Rule 2: a fault strikes once, at the first request that it fits; then all is well again. So a test says what breaks and
    when, and the server behind stays a real one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from hsync.plan.plan import Request

__all__ = ["BEGIN", "COMMIT", "OPERATION", "PUSH", "RELOAD", "STAGED", "Seen", "Tap"]

CONFIGURATION = "/v3/services/haproxy/configuration"
TRANSACTIONS = "/v3/services/haproxy/transactions"

BEGIN = re.compile(rf"POST {TRANSACTIONS}\?version=")
OPERATION = re.compile(rf"(POST|PUT|DELETE) {CONFIGURATION}/(?!raw).*transaction_id=")
STAGED = re.compile(rf"GET {CONFIGURATION}/raw\?transaction_id=")
LAYOUT = re.compile(rf"PUT {TRANSACTIONS}/[^/?]+/text\Z")
COMMIT = re.compile(rf"PUT {TRANSACTIONS}/")
PUSH = re.compile(rf"POST {CONFIGURATION}/raw\?version=")
RELOAD = re.compile(r"GET /v3/services/haproxy/reloads/")
READ = re.compile(rf"GET {CONFIGURATION}/raw$")

_KINDS = {
    "read": READ,
    "begin": BEGIN,
    "write": OPERATION,
    "staged": STAGED,
    "layout": LAYOUT,
    "commit": COMMIT,
    "push": PUSH,
    "poll": RELOAD,
    "delete": re.compile(rf"DELETE {TRANSACTIONS}/"),
}

Pass = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Pass], httpx.Response]


@dataclass(frozen=True)
class Seen:
    """One request as it reached the server."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def kind(self) -> str:
        """What it is for: `read`, `begin`, `write`, ... ; the request itself when it is none of these."""
        shown = self.path + ("?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else "")
        line = f"{self.method} {shown}"
        return next((name for name, pattern in _KINDS.items() if pattern.match(line)), line)

    @property
    def request(self) -> Request:
        """As a plan has it: without what belongs to the transaction or the version."""
        query = tuple(pair for pair in self.query if pair[0] not in {"transaction_id", "version", "skip_reload"})
        body = json.loads(self.content) if self.content and self.kind == "write" else self.content.decode() or None
        return Request(self.method, self.path.removeprefix("/v3"), query, body)


class Tap(httpx.BaseTransport):
    """Passes requests on.

    Args:
        inner: the way to the server.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.seen: list[Seen] = []
        self._faults: list[tuple[re.Pattern[str], Fault]] = []

    @property
    def kinds(self) -> list[str]:
        """What the server has seen, by kind."""
        return [one.kind for one in self.seen]

    @property
    def writes(self) -> list[Seen]:
        """Everything but reads."""
        return [one for one in self.seen if one.method != "GET"]

    def clear(self) -> None:
        """Forget what was seen, and every fault that did not strike."""
        self.seen.clear()
        self._faults.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or let a fault have it."""
        request.read()
        line = f"{request.method} {request.url.raw_path.decode('ascii')}"
        for one in self._faults:
            if one[0].match(line):
                self._faults.remove(one)
                return one[1](request, self._pass)
        return self._pass(request)

    def close(self) -> None:
        """Close the way to the server."""
        self.inner.close()

    def _pass(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        self.seen.append(Seen(request.method, path, tuple(request.url.params.multi_items()), request.content))
        response = self.inner.handle_request(request)
        response.read()
        return response

    # Faults

    def lose_answer(self, which: re.Pattern[str]) -> None:
        """The server does what it is asked; its answer never arrives."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            onward(request)
            raise httpx.ReadError("the connection was cut", request=request)

        self._faults.append((which, fault))

    def lose_request(self, which: re.Pattern[str]) -> None:
        """The request never arrives, and nobody can tell."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            raise httpx.ReadError("the connection was cut", request=request)

        self._faults.append((which, fault))

    def change_request(self, which: re.Pattern[str], change: Callable[[str], str]) -> None:
        """The server gets another body than was sent."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            content = change(request.content.decode()).encode()
            return onward(httpx.Request(request.method, request.url, headers=headers, content=content))

        self._faults.append((which, fault))

    def change_answer(self, which: re.Pattern[str], change: Callable[[str], str]) -> None:
        """The client gets another body than the server sent, as if the server had made it."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            answer = onward(request)
            headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=change(answer.text).encode())

        self._faults.append((which, fault))

    def answer(self, which: re.Pattern[str], status: int, body: str) -> None:
        """Something between answers in the server's place."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            return httpx.Response(status, content=body.encode(), request=request)

        self._faults.append((which, fault))

    def before(self, which: re.Pattern[str], act: Callable[[], object]) -> None:
        """Something happens on the server just before a request arrives."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            act()
            return onward(request)

        self._faults.append((which, fault))
