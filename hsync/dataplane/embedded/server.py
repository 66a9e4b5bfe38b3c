"""Server: an embedded server on a loopback TCP socket, for `hsync dev-server` and for tests over a real connection.

Rule 1: loopback only: there is no authentication.

Source: design.md 10.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from hsync.dataplane.embedded.transport import EmbeddedTransport
from hsync.errors import HsyncError, UsageError

__all__ = ["serve"]

TICK_S = 0.1

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


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
def serve(transport: EmbeddedTransport, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve a transport on a socket while the context is open.

    Args:
        transport: what answers.
        host: a loopback address.
        port: 0 for a free one.

    Yields:
        The base URL, `http://127.0.0.1:PORT`.

    Raises:
        UsageError: the host is not a loopback address.
    """
    if host not in _LOOPBACK:
        raise UsageError(f"{host}: the embedded server has no authentication and listens on loopback only")
    handler = type("Handler", (_Handler,), {"transport": transport})
    server = ThreadingHTTPServer((host, port), handler)
    server.daemon_threads = True
    stop = threading.Event()
    threads = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": TICK_S}, daemon=True),
        threading.Thread(target=_tick, args=(transport, stop), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield f"http://{host}:{server.server_address[1]}"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()


def _tick(transport: EmbeddedTransport, stop: threading.Event) -> None:
    while not stop.wait(TICK_S):
        transport.tick()
