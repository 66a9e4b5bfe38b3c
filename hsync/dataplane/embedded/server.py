"""Server: an embedded server on a TCP socket, for `hsync dev-server` and for tests over a real connection.

Rule 1: it listens on loopback only, unless the caller sets `exposed`: there is no authentication.
Rule 2: requests of pages in a browser are refused (`browsers`).

Source: docs/architecture.md 8.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from hsync.dataplane.embedded.arrivals import Unreadable, read_content
from hsync.dataplane.embedded.browsers import LOOPBACK, refuse_foreign
from hsync.dataplane.http import httpx
from hsync.errors import HsyncError, UsageError

__all__ = ["serve"]

TICK_S = 0.1

PATIENCE_S = 60.0
"""Maximum time without a byte from the client, even within a request."""

_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")


class Answering(Protocol):
    """A transport that can be served: an `EmbeddedTransport`, or a wrapper around it."""

    def handle_request(self, request: httpx.Request, /) -> httpx.Response:
        """Answer a request. An `httpx.TransportError` closes the connection without an answer."""

    def tick(self) -> None:
        """Run a reload that is due, and read edits of the file by others."""


class _Handler(BaseHTTPRequestHandler):
    """Passes requests to the transport unchanged; bytes that are no request get an answer in the API's form."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body are two writes: with Nagle's algorithm the second would wait 40 ms for the client."""
    default_request_version = protocol_version
    timeout = PATIENCE_S
    raw_requestline: bytes
    transport: Answering
    bound: str

    def parse_request(self) -> bool:
        """Read the head of a request; False if it is invalid and answered with an error."""
        self.requestline = str(self.raw_requestline, "latin-1").rstrip("\r\n")
        self.command, self.request_version, self.close_connection = "", self.protocol_version, True
        if len(self.requestline.split(" ")) != 3 or not _METHOD.match(self.requestline):
            self.send_error(400, "malformed HTTP request")
            return False
        return super().parse_request()

    def _handle(self) -> None:
        try:
            response = self._answered()
        except Unreadable as fault:
            self.send_error(fault.status, fault.what)
            return
        except httpx.TransportError:
            self.close_connection = True
            return
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() not in {"content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    def _answered(self) -> httpx.Response:
        refuse_foreign(self.command, self.headers, self.bound)
        content = read_content(self.headers, self.rfile)
        try:
            target = _NOT_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), self.path.encode("latin-1"))
            url = httpx.URL(scheme="http", host="embedded", raw_path=target)
        except httpx.InvalidURL as fault:
            raise Unreadable(400, f"invalid request target: {fault}") from fault
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        try:
            return self.transport.handle_request(httpx.Request(self.command, url, headers=headers, content=content))
        except HsyncError as error:
            return httpx.Response(500, json={"code": 500, "message": error.message})

    def __getattr__(self, name: str) -> Callable[[], None]:
        """`do_GET` and so on: the API answers all methods, most of them with 405."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse an invalid request in the API's form, and close the connection: the next bytes cannot be parsed."""
        code = int(code) if code < 500 else 400
        what = explain or message or HTTPStatus(code).phrase
        body = json.dumps({"code": code, "message": what}).encode() + b"\n"
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Log nothing: standard error belongs to the program that serves."""


@contextmanager
def serve(transport: Answering, host: str = "127.0.0.1", port: int = 0, *, exposed: bool = False) -> Iterator[str]:
    """Serve a transport on a socket while the context is open.

    Args:
        transport: answers the requests.
        host: a loopback address; any other address needs `exposed`.
        port: 0 for a free port.
        exposed: allow other addresses, although all clients that reach them may write the configuration.

    Yields:
        The base URL, `http://127.0.0.1:PORT`.

    Raises:
        UsageError: the host is not a loopback address, or the server cannot listen on it.
    """
    if host not in LOOPBACK and not exposed:
        raise UsageError(f"{host}: the embedded server has no authentication and listens on loopback only")
    handler = type("Handler", (_Handler,), {"transport": transport, "bound": host})
    server = _listening(host, port, handler)
    server.daemon_threads = True
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": TICK_S}, daemon=True),
        threading.Thread(target=_tick, args=(transport, stop), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{server.server_address[1]}"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()


class _Server(ThreadingHTTPServer):
    """A server that survives clients that close the connection during an answer."""

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Ignore broken connections, show other errors."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Server6(_Server):
    """A server on an IPv6 address."""

    address_family = socket.AF_INET6


def _listening(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return (_Server6 if ":" in host else _Server)((host, port), handler)
    except OSError as fault:
        raise UsageError(f"cannot listen on {host}, port {port}: {fault}", hint="choose others") from fault


def _tick(transport: Answering, stop: threading.Event) -> None:
    while not stop.wait(TICK_S):
        transport.tick()
