"""raw_server: a server that sends bytes as they are, as slowly and as many as a test says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["Peer", "drip", "flood", "listening", "serving_raw"]


class Peer:
    """The server's side of one connection.

    Args:
        made: the socket.
        over: set when the test is.
    """

    def __init__(self, made: socket.socket, over: threading.Event) -> None:
        self.socket = made
        self.over = over

    def head(self) -> bytes:
        """The request up to the end of its head, and what has come with it."""
        data = b""
        while b"\r\n\r\n" not in data and (piece := self.socket.recv(65536)):
            data += piece
        return data

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def wait(self, seconds: float) -> bool:
        """Let time pass; whether the test goes on."""
        return not self.over.wait(seconds)


Behaviour = Callable[[Peer], None]


def drip(data: bytes, seconds: float = 0.1) -> Behaviour:
    """Send one byte after each pause, for ever."""

    def behave(peer: Peer) -> None:
        peer.head()
        while True:
            for byte in data:
                peer.send(bytes([byte]))
                if not peer.wait(seconds):
                    return

    return behave


def flood(first: bytes, again: bytes) -> Behaviour:
    """Send a beginning, and the same bytes again and again."""

    def behave(peer: Peer) -> None:
        peer.head()
        peer.send(first)
        piece = again * max(1, 65536 // len(again))
        while not peer.over.is_set():
            peer.send(piece)

    return behave


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket that listens on a port of its own, on which nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@contextmanager
def serving_raw(behave: Behaviour) -> Iterator[int]:
    """Serve each connection in a thread of its own; gives the port."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def one(made: socket.socket) -> None:
        with made, suppress(OSError):
            behave(Peer(made, over))

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while not over.is_set():
                made, _ = server.accept()
                made.settimeout(20)
                threads.append(threading.Thread(target=one, args=(made,), daemon=True))
                threads[-1].start()

    with listening() as server:
        acceptor = threading.Thread(target=accept, args=(server,), daemon=True)
        acceptor.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            for thread in (acceptor, *threads):
                thread.join(25)
