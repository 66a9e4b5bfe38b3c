"""Wire: requests over TCP, TLS or a unix socket, with a limit of time and size for each.

Rule 1: every wait on a socket ends at the running deadline (`deadline.left`): resolve, connect, handshake, send and
    receive, even if a server sends one byte at a time.
Rule 2: the size of an answer is limited before it is parsed: its head with all interim responses, and its body with the
    chunk headers.
Rule 3: hsync sends nothing to a server whose certificate has a key that is not pinned.

Theory: httpx has a timeout for each read, so it would wait forever for a server that sends one byte before each
timeout. httpcore, the library below httpx, accepts another `NetworkBackend`. The sockets of this one read the deadline.
`getaddrinfo` has no timeout, so it runs in a thread, which is abandoned at the deadline.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import NamedTuple, cast

import httpcore

from hsync.dataplane.deadline import Deadline, left
from hsync.dataplane.http import httpx
from hsync.dataplane.pins import refuse_other_key

__all__ = ["TooMuchError", "Wire"]

MAX_HEAD = 256 * 1024
"""Bytes up to the end of the head: at most 100 KiB for one head, more for interim responses before it, and up to 64 KiB
of the body that are in the same read.
"""

MAX_REST = 80 * 1024 * 1024
"""Bytes after the head: the maximum size of a body, and its chunk headers."""

_KEPT = 20
_KEPT_S = 5.0
_CONNECTIONS = 100
"""Idle connections, their lifetime in seconds, and the maximum number of connections: httpx's own values."""

_PIECE = 64 * 1024

Options = Iterable[httpcore.SOCKET_OPTION] | None


class TooMuchError(OSError):
    """The answer of a server is too large."""


class Wire(httpx.BaseTransport):
    """The transport to one server.

    Args:
        context: TLS settings; None for no TLS.
        socket_path: path of a unix socket; "" for TCP.
        pins: digests of the public keys that the server may have; empty for any key.
    """

    def __init__(
        self, context: ssl.SSLContext | None = None, socket_path: str = "", pins: Iterable[bytes] = ()
    ) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEPT_S,
            uds=socket_path or None,
            network_backend=_Backend(frozenset(pins)),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. The caller reads the body of the answer within the same deadline."""
        asked = httpcore.Request(
            request.method,
            httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=cast("Iterable[bytes]", request.stream),
            extensions=request.extensions,
        )
        with _of_httpx():
            answer = self._pool.handle_request(asked)
        cast("_Stream", answer.extensions["network_stream"]).allowed = MAX_REST
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer; its errors are those of httpx."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _of_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


_KINDS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
)
"""Errors of httpcore that can occur here, and httpx's errors for them."""


@contextmanager
def _of_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(kind for kind, _ in _KINDS) as error:
        kind = next(mine for theirs, mine in _KINDS if isinstance(error, theirs))
        raise kind(str(error)) from error


@contextmanager
def _raised(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Raise errors of the system as errors of httpcore.

    Args:
        late: raised after the deadline.
        failed: raised for anything else.
    """
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error


_CONNECTING = (httpcore.ConnectTimeout, httpcore.ConnectError)
_READING = (httpcore.ReadTimeout, httpcore.ReadError)
_WRITING = (httpcore.WriteTimeout, httpcore.WriteError)


class _Backend(httpcore.NetworkBackend):
    """Makes connections.

    Args:
        pins: digests of the public keys that a server may have; empty for any key.
    """

    def __init__(self, pins: frozenset[bytes]) -> None:
        self._pins = pins

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's name
        socket_options: Options = None,  # noqa: ARG002 - httpcore's name
    ) -> httpcore.NetworkStream:
        """Resolve a name, and try its addresses in order; each gets an equal share of the time that is left."""
        until = Deadline.after(left(timeout))
        with _raised(*_CONNECTING):
            found = _resolved(host, port, until.left)
            for others, (family, address) in zip(reversed(range(len(found))), found, strict=True):
                try:
                    made = _connected(family, address, until.left / (others + 1))
                    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return _Stream(made, self._pins)
                except OSError:
                    if not others:
                        raise
        raise httpcore.ConnectError("the host name has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Options = None,  # noqa: ARG002 - httpcore's name
    ) -> httpcore.NetworkStream:
        """Connect to a unix socket."""
        with _raised(*_CONNECTING):
            return _Stream(_connected(socket.AF_UNIX, path, left(timeout)), self._pins)


class Address(NamedTuple):
    """The address of a connection."""

    family: int
    address: tuple[object, ...]


def _resolved(host: str, port: int, seconds: float) -> list[Address]:
    """The addresses of a name. The time limit is necessary, since the system has none."""
    answers: SimpleQueue[list[Address] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([Address(family, address) for family, _, _, _, address in found])
        except OSError as error:
            answers.put(error)
        except UnicodeError as error:  # a label of the name is too long
            answers.put(socket.gaierror(socket.EAI_NONAME, str(error)))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the host name was not resolved in time") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _connected(family: int, address: tuple[object, ...] | str, seconds: float) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(_some(seconds))
        made.connect(address)
    except BaseException:
        made.close()
        raise
    return made


def _some(seconds: float) -> float | None:
    """A timeout for a socket: None for no limit. A timeout of 0 would mean "do not wait at all"."""
    if seconds <= 0:
        raise TimeoutError("the time limit is reached")
    return None if seconds == float("inf") else seconds


class _Stream(httpcore.NetworkStream):
    """A connection. Each request starts a new count of received bytes.

    Args:
        made: the socket.
        pins: digests of the public keys that the server may have; empty for any key.
    """

    def __init__(self, made: socket.socket, pins: frozenset[bytes]) -> None:
        self._socket = made
        self._pins = pins
        self.allowed = MAX_HEAD

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Receive some bytes; empty at the end of the stream."""
        with _raised(*_READING):
            self._socket.settimeout(_some(left(timeout)))
            data = self._socket.recv(max_bytes)
            self.allowed -= len(data)
            if self.allowed < 0:
                raise TooMuchError("the answer is larger than any answer of the Data Plane API")
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of the bytes."""
        self.allowed = MAX_HEAD
        rest = memoryview(buffer)
        with _raised(*_WRITING):
            while rest:
                self._socket.settimeout(_some(left(timeout)))
                rest = rest[self._socket.send(rest[:_PIECE]) :]

    def close(self) -> None:
        """Close the connection without the closing handshake of TLS: the server would have to answer it."""
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Do the TLS handshake, which checks the certificate; then check its key."""
        try:
            with _raised(*_CONNECTING):
                self._socket.settimeout(_some(left(timeout)))
                secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
                self._socket = secured
                refuse_other_key(secured.getpeercert(binary_form=True) or b"", self._pins)
        except BaseException:
            self.close()
            raise
        return self

    def get_extra_info(self, info: str) -> object:
        """For httpcore: whether there are bytes to read (on an idle connection: its end), and the TLS socket."""
        if info == "is_readable":
            waiting = select.poll()
            waiting.register(self._socket, select.POLLIN)
            return bool(waiting.poll(0))
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None
