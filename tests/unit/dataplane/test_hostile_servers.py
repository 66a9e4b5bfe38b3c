"""Whatever a server sends, and however slowly: a request ends in time, within bounds, and says so. Loopback only."""

from __future__ import annotations

import gzip
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.deadline import Deadline, running
from hsync.dataplane.wire import Wire
from hsync.errors import OutcomeUnknown, TargetError
from tests.bounded import within
from tests.raw_server import Behaviour, Peer, drip, flood, listening, serving_raw
from tests.unit.dataplane.pki import needs_openssl, server_context

pytestmark = pytest.mark.attack("hostile servers")

PATIENCE_S = 0.4
"""What a request has in these tests."""

MOST_S = 4.0
"""What it may take on a machine that has other things to do."""

OK = b"HTTP/1.1 200 OK\r\nConfiguration-Version: 7\r\nContent-Type: text/plain\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def said(data: bytes, *, after: float = 0.0) -> Behaviour:
    """Answers, and leaves the connection open."""

    def behave(peer: Peer) -> None:
        peer.head()
        peer.wait(after)
        peer.send(data)
        peer.wait(20)

    return behave


def silent(peer: Peer) -> None:
    """Takes the connection and says nothing."""
    peer.wait(20)


def deaf(peer: Peer) -> None:
    """Reads nothing."""
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.wait(20)


def begun(first: bytes, then: bytes, seconds: float = 0.1) -> Behaviour:
    """Sends a beginning at once, then one byte after each pause."""

    def behave(peer: Peer) -> None:
        peer.head()
        peer.send(first)
        for byte in then * 1000:
            peer.send(bytes([byte]))
            if not peer.wait(seconds):
                return

    return behave


def repeated(data: bytes, seconds: float) -> Behaviour:
    """Sends the same again and again, with pauses."""

    def behave(peer: Peer) -> None:
        peer.head()
        while peer.wait(seconds):
            peer.send(data)

    return behave


SLOW: dict[str, Behaviour] = {
    "silence": silent,
    "one byte of the status line after another": drip(b"HTTP/1.1 200 OK"),
    "one byte of a header after another": begun(b"HTTP/1.1 200 OK\r\nA: ", b"b"),
    "one header after another": begun(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.02),
    "one byte of the body after another": begun(OK + b"Content-Length: 100000\r\n\r\n", b"x"),
    "one byte of an endless body after another": begun(OK + b"Connection: close\r\n\r\n", b"x"),
    "one byte in a chunk of its own after another": begun(CHUNKED, b"1\r\nx\r\n", 0.02),
    "one byte of a chunk's size after another": begun(CHUNKED, b"0"),
    "one byte of a chunk's extension after another": begun(CHUNKED + b"5;", b"x"),
    "one byte of a trailer after another": begun(CHUNKED + b"1\r\nx\r\n0\r\n", b"A: b\r\n", 0.02),
    "100 Continue again and again": repeated(b"HTTP/1.1 100 Continue\r\n\r\n", 0.1),
    "103 Early Hints again and again": repeated(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 0.1),
    "a body that does not come": said(OK + b"Content-Length: 5\r\n\r\n"),
    "a body that does not end": said(OK + b"Content-Length: 5\r\n\r\nglob"),
    "an error whose body drips": begun(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n", b"x"),
}


def read(one: DataplaneClient) -> object:
    return one.snapshot()


def write(one: DataplaneClient) -> object:
    return one.push_raw("global\n", 7)


def fault_of(
    behave: Behaviour, call: Callable[[DataplaneClient], object], *, most_s: float = MOST_S, **options: Any
) -> TargetError:
    """The error of a call to a server that behaves so, which must come in time."""
    with (
        serving_raw(behave) as port,
        DataplaneClient(f"http://127.0.0.1:{port}", sleep=lambda _: None, **options) as one,
        within(most_s),
        pytest.raises(TargetError) as caught,
    ):
        call(one)
    return caught.value


@pytest.mark.parametrize("what", SLOW)
def test_a_read_ends_in_time_however_slowly_bytes_come(what: str) -> None:
    fault = fault_of(SLOW[what], read, timeout=PATIENCE_S)
    assert type(fault) is TargetError
    assert fault.message.endswith("no answer within 0.4 s")


@pytest.mark.parametrize("what", SLOW)
def test_a_write_ends_in_time_too_and_its_outcome_is_unknown(what: str) -> None:
    fault = fault_of(SLOW[what], write, timeout=PATIENCE_S)
    assert type(fault) is OutcomeUnknown
    assert fault.message.endswith("the answer is lost: no answer within 0.4 s")


@pytest.mark.parametrize("what", SLOW)
def test_the_deadline_of_a_command_ends_a_request_that_has_more_time(what: str) -> None:
    fault = fault_of(SLOW[what], read, deadline=Deadline.after(PATIENCE_S))
    assert fault.message.endswith("the time limit of the command, 0.4 s, is reached")
    assert "--timeout" in fault.hint


@pytest.mark.parametrize("call", [read, write])
def test_when_the_time_of_the_command_is_over_nothing_is_sent(call: Callable[[DataplaneClient], object]) -> None:
    asked: list[bytes] = []
    fault = fault_of(lambda peer: asked.append(peer.head()), call, deadline=Deadline.after(0))
    assert type(fault) is TargetError
    assert "the time limit of the command, 0 s, is reached" in fault.message
    assert asked == []


@pytest.mark.parametrize(
    ("path", "words"), [("", "in time|is reached"), ("/tmp/none.sock", "the time limit is reached")]
)
def test_without_time_no_connection_is_made(path: str, words: str) -> None:
    with running(Deadline.after(0)), pytest.raises(httpx.ConnectTimeout, match=words):
        Wire(socket_path=path).handle_request(httpx.Request("GET", "http://127.0.0.1:1"))


def test_a_server_that_reads_nothing_is_not_written_to_for_ever() -> None:
    text = "# x\n" * 5_000_000
    fault = fault_of(deaf, lambda one: one.push_raw(text, 7), timeout=PATIENCE_S)
    assert fault.message.endswith("the answer is lost: no answer within 0.4 s")


FLOODS: dict[str, tuple[Behaviour, str]] = {
    "a header": (flood(b"HTTP/1.1 200 OK\r\nA: ", b"b"), ""),
    "headers": (flood(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), ""),
    "a status line": (flood(b"HTTP/1.1 200 ", b"x"), ""),
    "100 Continue": (flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "larger than any answer"),
    "103 Early Hints": (flood(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"), "larger than any answer"),
    "the extension of a chunk": (flood(CHUNKED + b"5;", b"x"), ""),
    "the size of a chunk": (flood(CHUNKED, b"0"), ""),
    "trailers": (flood(CHUNKED + b"0\r\n", b"A: b\r\n"), ""),
    "no HTTP": (flood(b"", b"\0\xff"), ""),
    "lines": (flood(b"", b"\r\n"), ""),
}


@pytest.mark.parametrize("what", FLOODS)
def test_a_flood_before_the_body_ends_soon(what: str) -> None:
    behave, words = FLOODS[what]
    assert words in fault_of(behave, read, most_s=10).message


BODIES: dict[str, Behaviour] = {
    "a length that is told": said(OK + b"Content-Length: 67108865\r\n\r\nglobal"),
    "a body until the end of the connection": flood(OK + b"Connection: close\r\n\r\n", b"x"),
    "large chunks": flood(CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "chunks with long extensions": flood(CHUNKED, b"1;" + b"y" * 60000 + b"\r\nx\r\n"),
}


@pytest.mark.parametrize("what", BODIES)
def test_an_answer_is_bounded(what: str) -> None:
    assert "the answer is larger than" in fault_of(BODIES[what], read, most_s=30).message


def bomb(levels: int) -> bytes:
    """Some kilobytes that stand for gigabytes."""
    data = b"\0" * (64 * 1024 * 1024)
    for _ in range(levels):
        data = gzip.compress(data, 9)
    return data


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        (b"gzip", bomb(2)),
        (b"gzip, gzip", bomb(2)),
        (b"deflate", b"x"),
        (b"br", b"x"),
        (b"zstd", b"x"),
        (b"identity, gzip", bomb(1)),
        (b"GZIP", bomb(1)),
    ],
)
@pytest.mark.parametrize("status", [b"200 OK", b"500 Oops"])
def test_an_encoded_answer_is_not_decoded(coding: bytes, data: bytes, status: bytes) -> None:
    head = OK.replace(b"200 OK", status) + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(data))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    message = fault_of(said(head + data), read, timeout=PATIENCE_S).message
    assert message.endswith("the server answered 500") or "the answer has the content encoding" in message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024


def test_an_encoded_answer_to_a_write_is_no_success() -> None:
    head = OK.replace(b"200 OK", b"202 Accepted") + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    fault = fault_of(said(head), write)
    assert type(fault) is OutcomeUnknown
    assert "the answer is lost: the answer has the content encoding gzip" in fault.message


ODD: dict[str, bytes] = {
    "a length of 5,000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "two ways to end": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx",
    "a chunk of 2^70 bytes": CHUNKED + b"400000000000000000\r\n",
    "no number as a status": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 999": b"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n",
    "101 Switching Protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "HTTP/0.9": b"global\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "a NUL in a header": b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
    "a header without a colon": b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
    "a header that is folded": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "an empty answer": b"",
}


@pytest.mark.parametrize("call", [read, write])
@pytest.mark.parametrize("what", ODD)
def test_what_is_no_answer_is_told_in_one_line(what: str, call: Callable[[DataplaneClient], object]) -> None:
    def behave(peer: Peer) -> None:
        peer.head()
        peer.send(ODD[what])

    message = fault_of(behave, call).message
    assert message.count("\n") == 0
    assert len(message) < 500


def test_all_tries_of_a_read_have_one_deadline() -> None:
    tries: list[float] = []

    def behave(peer: Peer) -> None:
        tries.append(time.monotonic())
        peer.head()
        peer.wait(0.3)

    fault_of(behave, read, timeout=PATIENCE_S)
    assert tries[-1] - tries[0] < PATIENCE_S


def test_a_connection_that_nobody_takes_ends_in_time() -> None:
    with (
        full() as port,
        DataplaneClient(f"http://127.0.0.1:{port}", connect_timeout=0.5) as one,
        within(MOST_S),
        pytest.raises(TargetError, match=r"no connection within 0\.5 s"),
    ):
        one.snapshot()


@contextmanager
def tls_client(port: int, pki: Path, timeout: float = PATIENCE_S) -> Iterator[DataplaneClient]:
    with (
        within(MOST_S),
        DataplaneClient(f"https://127.0.0.1:{port}", timeout=timeout, ca_file=pki / "ca.pem") as one,
    ):
        yield one


@needs_openssl
@pytest.mark.parametrize("behave", [silent, drip(b"\x16\x03\x03\x40\x00"), begun(b"", b"\x16\x03\x03")])
def test_a_tls_handshake_ends_in_time(behave: Behaviour, pki: Path) -> None:
    with serving_raw(behave) as port, tls_client(port, pki) as one, pytest.raises(TargetError) as caught:
        one.push_raw("global\n", 7)
    assert type(caught.value) is TargetError
    assert "not sent: no connection within" in caught.value.message


@needs_openssl
def test_slow_bytes_over_tls_end_in_time(pki: Path) -> None:
    def behave(peer: Peer) -> None:
        with server_context(pki).wrap_socket(peer.socket, server_side=True) as secured:
            drip(b"HTTP/1.1 200 OK")(Peer(secured, peer.over))

    with (
        serving_raw(behave) as port,
        tls_client(port, pki) as one,
        pytest.raises(TargetError, match=r"no answer within 0\.4 s"),
    ):
        one.snapshot()


def resolving(monkeypatch: pytest.MonkeyPatch, found: object) -> TargetError:
    """The error when the system resolves the host name so."""

    def resolve(*_: object, **__: object) -> object:
        if isinstance(found, Exception):
            raise found
        return found() if callable(found) else found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with (
        DataplaneClient("https://edge1.example", timeout=PATIENCE_S, sleep=lambda _: None) as one,
        within(MOST_S),
        pytest.raises(TargetError) as caught,
    ):
        one.snapshot()
    return caught.value


def late() -> list[object]:
    time.sleep(2)
    return []


def test_a_name_that_is_not_resolved_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no connection within" in resolving(monkeypatch, late).message


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), "the host name cannot be resolved"),
        (UnicodeError("label too long"), "the host name cannot be resolved"),
        (OSError(24, "Too many open files"), "Too many open files"),
        ([], "the host name has no address"),
    ],
)
def test_a_name_without_an_address_is_told(monkeypatch: pytest.MonkeyPatch, found: object, words: str) -> None:
    assert words in resolving(monkeypatch, found).message


@pytest.fixture
def good() -> Iterator[int]:
    """A server that answers as it should."""
    text = b"# _version=7\nglobal\n"
    with serving_raw(said(OK + b"Content-Length: %d\r\n\r\n%s" % (len(text), text))) as port:
        yield port


def test_the_next_address_is_tried_with_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch, good: int) -> None:
    with full() as nobody:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in (unused(), nobody, good)]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with DataplaneClient("http://127.0.0.1:1", connect_timeout=1) as one, within(MOST_S):
            assert one.snapshot().version == 7


def unused() -> int:
    """A port that nobody listens on."""
    with listening() as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def full() -> Iterator[int]:
    """A port on which somebody listens and nobody accepts: a further connection gets no answer at all."""
    with listening() as server:
        server.listen(0)
        port: int = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            yield port


def test_a_deadline_does_not_hold_for_other_threads(good: int) -> None:
    done: list[object] = []

    def other() -> None:
        with DataplaneClient(f"http://127.0.0.1:{good}") as one:
            done.append(one.snapshot().version)

    with DataplaneClient(f"http://127.0.0.1:{good}", deadline=Deadline.after(0)) as over:
        thread = threading.Thread(target=other)
        thread.start()
        with pytest.raises(TargetError, match="is reached"):
            over.snapshot()
        thread.join(5)
    assert done == [7]


def test_what_tidies_up_has_time_when_the_command_s_is_over() -> None:
    asked: list[bytes] = []

    def behave(peer: Peer) -> None:
        asked.append(peer.head().partition(b" HTTP")[0])
        peer.send(b"HTTP/1.1 204 No Content\r\nConfiguration-Version: 7\r\n\r\n")
        peer.wait(5)

    with (
        serving_raw(behave) as port,
        DataplaneClient(f"http://127.0.0.1:{port}", deadline=Deadline.after(0)) as one,
        within(MOST_S),
    ):
        one.abandon("t1")
    assert asked == [b"DELETE /v3/services/haproxy/transactions/t1"]
