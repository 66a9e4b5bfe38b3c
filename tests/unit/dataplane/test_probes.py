"""Probes: what passes, what does not and why, and what is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hsync.dataplane.probes import probe_of
from hsync.errors import UsageError


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:4]))
        self.send_header("Location", "/200")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("probe", "why"),
    [
        ("http://127.0.0.1:{}/200", ""),
        ("http://127.0.0.1:{}/204?a=b", ""),
        ("http://127.0.0.1:{}/302", ""),
        ("http://127.0.0.1:{}/404", "status 404"),
        ("http://127.0.0.1:{}/503", "status 503"),
        ("https://127.0.0.1:{}/200", "SSL"),
        ("tcp://127.0.0.1:{}", ""),
        ("true", ""),
        ("sh -c 'exit 0'", ""),
        ("sh -c 'exit 3'", "exit code 3"),
        ("sh -c 'test -z \"$HSYNC_PASSWORD\"'", ""),
        ("/no/such/program", "No such file"),
    ],
)
def test_what_passes(probe: str, why: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "hunter2")
    found = probe_of(probe.format(port)).why_not()
    assert (why in found) if why else found == ""


def test_a_port_on_which_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        for scheme in ("tcp", "http"):
            assert "refused" in probe_of(f"{scheme}://127.0.0.1:{free.getsockname()[1]}").why_not()


def test_who_does_not_answer_in_time_does_not_pass() -> None:
    assert "no end within" in probe_of("sleep 60").why_not(0.05)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        assert "timed out" in probe_of(f"http://127.0.0.1:{deaf.getsockname()[1]}/").why_not(0.05)


SAID = [
    (b"HTTP/1.1 200 OK\r\n", ""),
    (b"HTTP/1.0 500 Oh\n", "status 500"),
    (b"SSH-2.0-x\r\n", "no answer of HTTP: b'SSH-2.0-x"),
    (b"HTTP/1.1 2", "no answer of HTTP"),
    (b"", "no answer of HTTP: b''"),
    (b"x" * 5000, "no answer of HTTP"),
]


@pytest.mark.parametrize(("said", "why"), SAID)
def test_what_a_server_says_first(said: bytes, why: str) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        thread = threading.Thread(target=say_once, args=(server, said))
        thread.start()
        found = probe_of(f"http://127.0.0.1:{server.getsockname()[1]}/").why_not()
        thread.join()
    assert (why in found) if why else found == ""


def say_once(server: socket.socket, said: bytes) -> None:
    way, _ = server.accept()
    with way, suppress(OSError):
        way.recv(4096)
        way.sendall(said)


def test_who_answers_drop_by_drop_is_not_waited_for() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        over = threading.Event()
        thread = threading.Thread(target=drip, args=(server, over))
        thread.start()
        assert "timed out" in probe_of(f"http://127.0.0.1:{server.getsockname()[1]}/").why_not(0.2)
        over.set()
        thread.join()


def drip(server: socket.socket, over: threading.Event) -> None:
    way, _ = server.accept()
    with way, suppress(OSError):
        while not over.wait(0.02):
            way.sendall(b"H")


@pytest.mark.parametrize("text", ["tcp://host", "tcp://:80", "tcp://h:99999", "http://", "https:///x", "'", " "])
def test_what_is_no_probe(text: str) -> None:
    with pytest.raises(UsageError, match="probe ") as caught:
        probe_of(text)
    assert "tcp://HOST:PORT" in caught.value.hint
