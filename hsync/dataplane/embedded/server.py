"""Server: an embedded server on a loopback TCP socket, for `hsync dev-server` and for tests over a real connection.

Rule 1: loopback only, unless the caller says that it is to be exposed: there is no authentication.

Source: design.md 10.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from hsync.dataplane.embedded.transport import EmbeddedTransport
from hsync.errors import HsyncError, UsageError

__all__ = ["LOOPBACK", "serve"]

TICK_S = 0.1

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class _Handler(BaseHTTPRequestHandler):
    """Hands requests to the transport, as they are."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    """Head and body are two writes: with the algorithm the second one waits 40 ms for the client."""
    transport: EmbeddedTransport

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content = self.rfile.read(length) if length else b""
        url = httpx.URL(scheme="http", host="embedded", raw_path=self.path.encode("latin-1"))
        request = httpx.Request(self.command, url, headers=list(self.headers.items()), content=content)
        try:
            response = self.transport.handle_request(request)
        except HsyncError as error:
            response = httpx.Response(500, json={"code": 500, "message": error.message})
        self.send_response(response.status_code)
        for name, value in response.headers.items():
            if name.lower() not in {"content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.content)))
        self.end_headers()
        self.wfile.write(response.content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _handle  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Nothing is logged: standard error belongs to the program around it."""


@contextmanager
def serve(
    transport: EmbeddedTransport, host: str = "127.0.0.1", port: int = 0, *, exposed: bool = False
) -> Iterator[str]:
    """Serve a transport on a socket while the context is open.

    Args:
        transport: what answers.
        host: a loopback address; another one needs `exposed`.
        port: 0 for a free one.
        exposed: whoever reaches the address may write the configuration, and that is wanted.

    Yields:
        The base URL, `http://127.0.0.1:PORT`.

    Raises:
        UsageError: the host is not a loopback address, or it cannot be listened on.
    """
    if host not in LOOPBACK and not exposed:
        raise UsageError(f"{host}: the embedded server has no authentication and listens on loopback only")
    handler = type("Handler", (_Handler,), {"transport": transport})
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


class _Server6(ThreadingHTTPServer):
    """The same on an IPv6 address."""

    address_family = socket.AF_INET6


def _listening(host: str, port: int, handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    try:
        return (_Server6 if ":" in host else ThreadingHTTPServer)((host, port), handler)
    except OSError as fault:
        raise UsageError(f"cannot listen on {host}, port {port}: {fault}", hint="choose others") from fault


def _tick(transport: EmbeddedTransport, stop: threading.Event) -> None:
    while not stop.wait(TICK_S):
        transport.tick()
