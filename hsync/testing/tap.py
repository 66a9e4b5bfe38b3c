"""Tap: a transport in front of a server, which notes what the server sees and can break one exchange.

Rule 1: only what reached the server is noted, in order; a request that a fault kept from it is not.
Rule 2: a fault strikes once, at the first request that fits its pattern, or the n-th since it was set; then all is
    well again. So a test says what breaks and when, and the server behind stays a working one.
Rule 3: a fault that is due at the same request as an earlier one strikes at the next request that fits.
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
"""The layout of a staged text; only files get one."""
COMMIT = re.compile(rf"PUT {TRANSACTIONS}/[^/?]+(\?|\Z)")
"""The commit of a transaction."""
CHECK = re.compile(rf"POST {CONFIGURATION}/raw\?only_validate=")
"""The question whether HAProxy accepts a text."""
PUSH = re.compile(rf"POST {CONFIGURATION}/raw\?version=")
"""The push of a whole text."""
RELOAD = re.compile(r"GET /v3/services/haproxy/reloads/")
"""The question whether a reload is done."""
READ = re.compile(rf"GET {CONFIGURATION}/raw\Z")
"""The read of the text that the server runs."""

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
    """One request as it reached the server."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def kind(self) -> str:
        """`read`, `begin`, `write`, `staged`, `layout`, `commit`, `check`, `push`, `poll`, or `delete`; of any other
        request its method, path and query.
        """
        shown = self.path + ("?" + "&".join(f"{name}={value}" for name, value in self.query) if self.query else "")
        line = f"{self.method} {shown}"
        return next((name for name, pattern in _KINDS.items() if pattern.match(line)), line)

    @property
    def request(self) -> Request:
        """The request of the plan: without the transaction or the version."""
        query = tuple(pair for pair in self.query if pair[0] not in {"transaction_id", "version", "skip_reload"})
        body = json.loads(self.content) if self.content and self.kind == "write" else self.content.decode() or None
        return Request(self.method, self.path.removeprefix("/v3"), query, body)


@dataclass(slots=True)
class _Armed:
    """A fault that waits; `left` is how many fitting requests it waits for, the one it strikes included."""

    pattern: re.Pattern[str]
    fault: Fault
    left: int


class Tap(httpx.BaseTransport):
    """Passes requests on to a server. May be used from several threads.

    Args:
        inner: the way to the server.
        sleep: pauses for seconds.
    """

    def __init__(self, inner: httpx.BaseTransport, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.inner = inner
        self.seen: list[Seen] = []
        self._sleep = sleep
        self._armed: list[_Armed] = []
        self._turn = threading.Lock()

    @property
    def kinds(self) -> list[str]:
        """The kinds of the requests that the server has seen."""
        return [one.kind for one in self.seen]

    @property
    def writes(self) -> list[Seen]:
        """Everything but reads."""
        return [one for one in self.seen if one.method != "GET"]

    def clear(self) -> None:
        """Forget the requests that were seen, and every fault that did not strike."""
        self.seen.clear()
        self._armed.clear()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, or give it to the fault that is due."""
        request.read()
        fault = self._due(f"{request.method} {request.url.raw_path.decode('ascii')}")
        return self._pass(request) if fault is None else fault(request, self._pass)

    def close(self) -> None:
        """Close the way to the server."""
        self.inner.close()

    def _due(self, line: str) -> Fault | None:
        with self._turn:
            fitting = [one for one in self._armed if one.pattern.match(line)]
            for one in fitting:
                one.left -= 1
            due = next((one for one in fitting if one.left <= 0), None)
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
            raise ValueError(f"requests are counted from 1, not {number}")
        with self._turn:
            self._armed.append(_Armed(which, fault, number))

    # Faults. `which` is a pattern of "METHOD path?query", see above; `number` counts the requests that fit, from 1.

    def refuse(self, which: re.Pattern[str], message: str, *, status: int = 400, number: int = 1) -> None:
        """The server refuses a request and changes nothing.

        Args:
            which: pattern of the request.
            message: the server's words.
            status: the HTTP status.
            number: which of the requests that fit.
        """

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            self._note(request)
            return httpx.Response(status, json={"code": status, "message": message}, request=request)

        self._arm(which, number, fault)

    def lose_answer(self, which: re.Pattern[str], *, number: int = 1) -> None:
        """The server does what it is asked; its answer never arrives."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            onward(request)
            raise httpx.ReadError("the connection was cut", request=request)

        self._arm(which, number, fault)

    def lose_request(self, which: re.Pattern[str], *, number: int = 1) -> None:
        """The request never arrives, and the client cannot tell."""

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            raise httpx.ReadError("the connection was cut", request=request)

        self._arm(which, number, fault)

    def answer_late(self, which: re.Pattern[str], seconds: float, *, number: int = 1) -> None:
        """The server does what it is asked; its answer comes late. A client in this process gives up as over a socket.

        Args:
            which: pattern of the request.
            seconds: how late.
            number: which of the requests that fit.
        """

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            answer = onward(request)
            patience = request.extensions.get("timeout", {}).get("read")
            if patience is not None and patience < seconds:
                self._sleep(patience)
                raise httpx.ReadTimeout("no answer in time", request=request)
            self._sleep(seconds)
            return answer

        self._arm(which, number, fault)

    def change_request(self, which: re.Pattern[str], change: Callable[[str], str], *, number: int = 1) -> None:
        """The server gets another body than was sent."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            headers = {name: value for name, value in request.headers.items() if name != "content-length"}
            content = change(request.content.decode()).encode()
            return onward(httpx.Request(request.method, request.url, headers=headers, content=content))

        self._arm(which, number, fault)

    def change_answer(self, which: re.Pattern[str], change: Callable[[str], str], *, number: int = 1) -> None:
        """The client gets another body than the server sent, as if the server had made it."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            answer = onward(request)
            headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=change(answer.text).encode())

        self._arm(which, number, fault)

    def answer(self, which: re.Pattern[str], status: int, body: str, *, number: int = 1) -> None:
        """A proxy on the way answers in the server's place."""

        def fault(request: httpx.Request, _: Pass) -> httpx.Response:
            return httpx.Response(status, content=body.encode(), request=request)

        self._arm(which, number, fault)

    def before(self, which: re.Pattern[str], act: Callable[[], object], *, number: int = 1) -> None:
        """Something happens just before a request arrives, such as a write by another program."""

        def fault(request: httpx.Request, onward: Pass) -> httpx.Response:
            act()
            return onward(request)

        self._arm(which, number, fault)
