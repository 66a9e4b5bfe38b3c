"""A real HAProxy with two servers behind it, and people who use it all the time."""

from __future__ import annotations

import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["Place", "a_place", "free_port", "waited"]

USERS = 16
"""How many use it at once."""

PAUSE_S = 0.16
"""Seconds between two requests of one of them."""


class App(BaseHTTPRequestHandler):
    """A server: `/slow` takes a while, `/missing` is not there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            time.sleep(0.5)
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Say nothing."""


class Apps(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that went away is no error."""


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def waited(until: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


@dataclass
class Place:
    """An HAProxy with its configuration.

    Args:
        folder: of the project; the configuration is `haproxy.cfg` in it.
        port: on which it listens.
        apps: the ports of the servers.
        servers: who listens there.
    """

    folder: Path
    port: int
    apps: list[int]
    servers: list[Apps] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    """How many answers the users got, by status; 0 for none."""

    @property
    def socket(self) -> Path:
        return self.folder / "m.sock"

    @property
    def base(self) -> str:
        """The configuration that works."""
        servers = "".join(
            f"  server app{number} 127.0.0.1:{port} check inter 1s\n" for number, port in enumerate(self.apps)
        )
        return (
            "global\n  maxconn 500\n\ndefaults base\n  mode http\n  timeout connect 1s\n  timeout client 10s\n"
            f"  timeout server 5s\n\nfrontend www from base\n  bind 127.0.0.1:{self.port}\n  default_backend app\n\n"
            f"backend app from base\n{servers}\nbackend empty from base\n"
        )

    def kill_first(self) -> None:
        """The first server dies."""
        self.servers[0].shutdown()
        self.servers[0].server_close()

    def use(self, stop: threading.Event) -> None:
        """What one user does."""
        while not stop.wait(PAUSE_S):
            status = 0
            with suppress(OSError, HTTPException), closing(HTTPConnection("127.0.0.1", self.port, timeout=3)) as way:
                way.request("GET", "/", headers={"Connection": "close"})
                with way.getresponse() as answer:
                    status = answer.status
            self.answers[status] += 1


@contextmanager
def a_place(folder: Path, binary: str) -> Iterator[Place]:
    """Start the servers, HAProxy and the users; they are gone at the end."""
    with ExitStack() as gone:
        servers = [gone.enter_context(Apps(("127.0.0.1", 0), App)) for _ in range(2)]
        place = Place(folder, free_port(), [server.server_port for server in servers], servers)
        for server in servers:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            gone.callback(thread.join)
            gone.callback(server.shutdown)
        config = folder / "haproxy.cfg"
        config.write_text(place.base)
        log = gone.enter_context((folder / "haproxy.log").open("wb"))
        command = [binary, "-W", "-S", str(place.socket), "-f", str(config)]
        process = gone.enter_context(subprocess.Popen(command, stdout=log, stderr=log))
        gone.callback(process.terminate)
        stop = threading.Event()
        users = [threading.Thread(target=place.use, args=(stop,)) for _ in range(USERS)]
        for user in users:
            user.start()
            gone.callback(user.join)
        gone.callback(stop.set)
        waited(lambda: place.answers[200] > 20)
        yield place
