"""Tap: a transport in front of a server that records the requests and can inject faults.

Rule 1: it records only the requests that reach the server, in order, and not those that a fault keeps from it.
Rule 2: a fault affects one request: the first one that matches its pattern, or the n-th since the fault was set. So a
    test decides what fails and when, while the server itself always works.
Rule 3: a request gets at most one fault; another fault that is due waits for the next matching request.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from hsync.plan.plan import Request

__all__ = ["BEGIN", "CHECK", "COMMIT", "LAYOUT", "OPERATION", "PUSH", "READ", "RELOAD", "STAGED", "Seen", "Tap"]

CONFIGURATION = "/v3/services/haproxy/configuration"
TRANSACTIONS = "/v3/services/haproxy/transactions"

BEGIN = re.compile(rf"POST {TRANSACTIONS}\?version=")
"""The begin of a transaction."""
OPERATION = re.compile(rf"(POST|PUT|DELETE) {CONFIGURATION}/(?!raw).*transaction_id=")
"""An operation of a plan, within its transaction."""
STAGED = re.compile(rf"GET {CONFIGURATION}/raw\?transaction_id=")
"""The read of the text that a transaction would commit."""
LAYOUT = re.compile(rf"PUT {TRANSACTIONS}/[^/?]+/text\Z")
"""The layout of a staged text; only plans for file targets have one."""
COMMIT = re.compile(rf"PUT {TRANSACTIONS}/[^/?]+(\?|\Z)")
"""The commit of a transaction."""
CHECK = re.compile(rf"POST {CONFIGURATION}/raw\?only_validate=")
"""HAProxy's check of a text."""
PUSH = re.compile(rf"POST {CONFIGURATION}/raw\?version=")
"""The push of a whole text."""
RELOAD = re.compile(r"GET /v3/services/haproxy/reloads/")
"""The poll of a reload."""
READ = re.compile(rf"GET {CONFIGURATION}/raw\Z")
"""The read of the current text."""

_KINDS = {
    "read": READ,
    "begin": BEGIN,
    "write": OPERATION,
    "staged": STAGED,
    "layout": LAYOUT,
    "commit": COMMIT,
    "check": CHECK,
    "push": PUSH,
    "poll": RELOAD,
    "delete": re.compile(rf"DELETE {TRANSACTIONS}/"),
}

Pass = Callable[[httpx.Request], httpx.Response]
Fault = Callable[[httpx.Request, Pass], httpx.Response]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that reached the server."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def kind(self) -> str:
        """`read`, `begin`, `write`, `staged`, `layout`, `commit`, `check`, `push`, `poll`, or `delete`; for any other
        request its method, path and query.
        """
        shown = self.path + ("?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else "")
        line = f"{self.method} {shown}"
        return next((name for name, pattern in _KINDS.items() if pattern.match(line)), line)

    @property
    def request(self) -> Request:
        """The request as in a plan: without transaction and version."""
        query = tuple(pair for pair in self.query if pair[0] not in {"transaction_id", "version", "skip_reload"})
        body = json.loads(self.content) if self.content and self.kind == "write" else self.content.decode() or None
        return Request(self.method, self.path.removeprefix("/v3"), query, body)


@dataclass(slots=True)
class _Armed:
    """A fault that is set; `left` counts the matching requests up to the one that it affects."""

    pattern: re.Pattern[str]
    fault: Fault
    left: int


_ITS_OWN = {"Configuration-Version": "1"}
"""What each answer of the Data Plane API has, refusals included, and no answer of anybody else."""


class Tap(httpx.BaseTransport):
    """A transport that passes requests to a server. Thread-safe.

    Args:
        inner: transport of the server.
        sleep: pauses for some seconds.
    """

    def __init__(self, inner: httpx.BaseTransport, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.inner = inner
        self.seen: list[Seen] = []
        self._sleep = sleep
        self._armed: list[_Armed] = []
        self._turn = threading.Lock()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the requests that reached the server."""
        return [request.kind for request in self.seen]

    @property
    def writes(self) -> list[Seen]:
        """All requests other than GET."""
        return [request for request in self.seen if request.method != "GET"]

    def clear(self) -> None:
        """Delete the recorded requests, and all faults that are still set."""
        self.seen.clear()
        self._armed.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or give it to the fault that is due."""
        request.read()
        fault = self._due(f"{request.method} {request.url.raw_path.decode('ascii')}")
        return self._pass(request) if fault is None else fault(request, self._pass)

    def close(self) -> None:
        """Close the server's transport."""
        self.inner.close()

    def _due(self, line: str) -> Fault | None:
        with self._turn:
            matching = [armed for armed in self._armed if armed.pattern.match(line)]
            for armed in matching:
                armed.left -= 1
            due = next((armed for armed in matching if armed.left <= 0), None)
            if due is None:
                return None
            self._armed.remove(due)
            return due.fault

    def _pass(self, request: httpx.Request) -> httpx.Response:
        self._note(request)
        response = self.inner.handle_request(request)
        response.read()
        return response

    def _note(self, request: httpx.Request) -> None:
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        self.seen.append(Seen(request.method, path, tuple(request.url.params.multi_items()), request.content))

    def _arm(self, which: re.Pattern[str], number: int, fault: Fault) -> None:
        if number < 1:
            raise ValueError(f"number must be at least 1, not {number}")
        with self._turn:
            self._armed.append(_Armed(which, fault, number))

    # Faults. `which` is a pattern of "METHOD path?query", see above; `number` counts the matching requests, from 1.

    def refuse(self, which: re.Pattern[str], message: str, *, status: int = 400, number: int = 1) -> None:
        """Let the server refuse a request, and change nothing.

        Args:
            which: pattern of the request.
            message: message in the answer.
            status: HTTP status of the answer.
            number: number of the matching request, from 1.
        """

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            self._note(request)
            body = {"code": status, "message": message}
            return httpx.Response(status, json=body, headers=_ITS_OWN, request=request)

        self._arm(which, number, fault)

    def lose_answer(self, which: re.Pattern[str], *, number: int = 1) -> None:
        """Let the server handle a request, and lose its answer."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            onward(request)
            raise httpx.ReadError("the connection was cut", request=request)

        self._arm(which, number, fault)

    def lose_request(self, which: re.Pattern[str], *, number: int = 1) -> None:
        """Lose a request on its way; to the client it looks like a lost answer."""

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            raise httpx.ReadError("the connection was cut", request=request)

        self._arm(which, number, fault)

    def answer_late(self, which: re.Pattern[str], seconds: float, *, number: int = 1) -> None:
        """Let the server handle a request, and delay its answer. The client's read timeout applies.

        Args:
            which: pattern of the request.
            seconds: the delay.
            number: number of the matching request, from 1.
        """

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            answer = onward(request)
            timeout = request.extensions.get("timeout", {}).get("read")
            if timeout is not None and timeout < seconds:
                self._sleep(timeout)
                raise httpx.ReadTimeout("no answer in time", request=request)
            self._sleep(seconds)
            return answer

        self._arm(which, number, fault)

    def change_request(self, which: re.Pattern[str], change: Callable[[str], str], *, number: int = 1) -> None:
        """Change the body of a request on its way to the server."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            content = change(request.content.decode()).encode()
            return onward(httpx.Request(request.method, request.url, headers=headers, content=content))

        self._arm(which, number, fault)

    def change_answer(self, which: re.Pattern[str], change: Callable[[str], str], *, number: int = 1) -> None:
        """Change the body of an answer on its way to the client."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            answer = onward(request)
            headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=change(answer.text).encode())

        self._arm(which, number, fault)

    def answer(self, which: re.Pattern[str], status: int, body: str, *, number: int = 1) -> None:
        """Answer a request in place of the server, as a proxy in between would."""

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            return httpx.Response(status, content=body.encode(), request=request)

        self._arm(which, number, fault)

    def before(self, which: re.Pattern[str], act: Callable[[], object], *, number: int = 1) -> None:
        """Call a function just before a request reaches the server, for example a write by another client."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            act()
            return onward(request)

        self._arm(which, number, fault)
