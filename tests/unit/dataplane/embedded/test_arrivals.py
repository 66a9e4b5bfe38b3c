"""Bytes on a socket are a valid request, or are refused in the API's form; the server goes on."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from typing import Any

import pytest

from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.dataplane.embedded import server as server_module
from hsync.dataplane.embedded.arrivals import MAX_BODY, MAX_FRAMES, Unreadable, read_content
from hsync.errors import TargetError
from tests.conversation import conversation

LENGTH, CODING = "Content-Length", "Transfer-Encoding"


def read(heads: list[tuple[str, str]], data: bytes) -> bytes:
    head = Message()
    for name, value in heads:
        head.add_header(name, value)
    return read_content(head, io.BytesIO(data))


@pytest.mark.parametrize(
    ("heads", "data", "content"),
    [
        ([], b"more", b""),
        ([(LENGTH, "0")], b"more", b""),
        ([(LENGTH, " 3 ")], b"abcd", b"abc"),
        ([(LENGTH, "3"), (LENGTH, "3")], b"abc", b"abc"),
        ([(CODING, "Chunked")], b"3\r\nabc\r\n2 ;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n", b"abcde"),
        ([(CODING, "chunked")], b"1\na\n0\n", b"a"),
    ],
)
def test_a_body_is_read_to_its_end(heads: list[tuple[str, str]], data: bytes, content: bytes) -> None:
    assert read(heads, data) == content


@pytest.mark.parametrize(
    ("heads", "data", "status"),
    [
        ([(LENGTH, "abc")], b"", 400),
        ([(LENGTH, "-5")], b"", 400),
        ([(LENGTH, "+5")], b"12345", 400),
        ([(LENGTH, "\u0663")], b"123", 400),
        ([(LENGTH, "9" * 5000)], b"", 400),
        ([(LENGTH, "1"), (LENGTH, "2")], b"12", 400),
        ([(LENGTH, "5")], b"1234", 400),
        ([(LENGTH, str(MAX_BODY + 1))], b"", 413),
        ([(LENGTH, "1"), (CODING, "chunked")], b"", 400),
        ([(CODING, "gzip")], b"", 400),
        ([(CODING, "chunked"), (CODING, "chunked")], b"", 400),
        ([(CODING, "chunked")], b"zz\r\n", 400),
        ([(CODING, "chunked")], b"-1\r\n", 400),
        ([(CODING, "chunked")], b"", 400),
        ([(CODING, "chunked")], b"5\r\nab", 400),
        ([(CODING, "chunked")], b"2\r\nabcd\r\n", 400),
        ([(CODING, "chunked")], b"fffffffffffffff\r\n", 413),
        ([(CODING, "chunked")], (b"1;" + b"x" * 4000 + b"\r\ny\r\n") * (MAX_FRAMES // 4000), 413),
        ([(CODING, "chunked")], b"0\r\n" + b"A: b\r\n" * 101 + b"\r\n", 400),
    ],
)
def test_a_body_whose_end_nobody_knows_is_refused(heads: list[tuple[str, str]], data: bytes, status: int) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(heads, data)
    assert refusal.value.status == status


TEXT = "# _version=3\nbackend a\n  server s 127.0.0.1:1\n"
TODAY = f"{datetime.now():%Y-%m-%d}"  # noqa: DTZ005 - as the server names its reloads
BACKENDS = "/v3/services/haproxy/configuration/backends"


@pytest.fixture(scope="module")
def transport() -> EmbeddedTransport:
    return EmbeddedTransport(text=TEXT)


@pytest.fixture(scope="module")
def port(transport: EmbeddedTransport) -> Iterator[int]:
    with serve(transport) as url:
        yield int(url.rpartition(":")[2])


def exchanged(port: int, message: bytes) -> tuple[str, Any]:
    """The status line of the answer, and its JSON; empty if the connection is closed."""
    answer = conversation(port, message)
    head, _, body = answer.partition(b"\r\n\r\n")
    told = json.loads if b"application/json" in head else bytes.decode
    return head.partition(b"\r\n")[0].decode(), told(body) if body else None


def posted(body: bytes, kind: str = "application/json") -> bytes:
    head = f"POST {BACKENDS}?version=3 HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


REFUSED: dict[str, tuple[bytes, int]] = {
    "no request line": (b"garbage\r\n\r\n", 400),
    "an empty line": (b"\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /v3/info\r\n", 400),
    "four words": (b"GET /a b HTTP/1.1\r\n\r\n", 400),
    "two blanks": (b"GET  /v3/info HTTP/1.1\r\n\r\n", 400),
    "binary": (bytes(range(256)) + b"\r\n\r\n", 400),
    "a version that nobody speaks": (b"GET /v3/info HTTP/9.9\r\n\r\n", 400),
    "another protocol": (b"GET /v3/info FOO/1.1\r\n\r\n", 400),
    "a method that nobody knows": (b"FROB /v3/info HTTP/1.1\r\n\r\n", 405),
    "CONNECT": (b"CONNECT a:1 HTTP/1.1\r\n\r\n", 400),
    "a long URL": (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
    "many headers": (b"GET /v3/info HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
    "a long header": (b"GET /v3/info HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", 431),
    "a control character": (b"GET /v3/\x01 HTTP/1.1\r\n\r\n", 400),
    "a NUL as a name": (f"GET {BACKENDS}/%00 HTTP/1.1\r\n\r\n".encode(), 404),
    "a name in bytes": (f"GET {BACKENDS}/\xe9 HTTP/1.1\r\n\r\n".encode(), 404),
    "a query in bytes": (f"GET {BACKENDS}?transaction_id=\xff\xfe HTTP/1.1\r\n\r\n".encode("latin-1"), 400),
    "a version in other digits": (f"POST {BACKENDS}?version=%D9%A3 HTTP/1.1\r\n\r\n".encode(), 400),
    "a version with a line": (f"POST {BACKENDS}?version=1_0 HTTP/1.1\r\n\r\n".encode(), 400),
    "a version without end": (f"POST {BACKENDS}?version={'9' * 5000} HTTP/1.1\r\n\r\n".encode(), 400),
    "an index in other digits": (f"GET {BACKENDS}/a/http_request_rules/%C2%B2 HTTP/1.1\r\n\r\n".encode(), 400),
    "an index without end": (f"GET {BACKENDS}/a/http_request_rules/{'9' * 5000} HTTP/1.1\r\n\r\n".encode(), 400),
    "a reload without end": (f"GET /v3/services/haproxy/reloads/{TODAY}-{'9' * 5000} HTTP/1.1\r\n\r\n".encode(), 404),
    "a length that is none": (f"POST {BACKENDS} HTTP/1.1\r\nContent-Length: x\r\n\r\n".encode(), 400),
    "NaN": (posted(b'{"name": "x", "fullconn": NaN}'), 400),
    "-Infinity": (posted(b"-Infinity"), 400),
    "a number for which there is no room": (posted(b'{"name": "x", "fullconn": %s}' % (b"9" * 30)), 400),
    "a number without end": (posted(b'{"name": "x", "fullconn": %s}' % (b"9" * 6000)), 400),
    "a number with a point": (posted(b'{"name": "x", "fullconn": 1e3}'), 400),
    "a deep list": (posted(b"[" * 100_000), 400),
    "a deep object": (posted(b'{"a":' * 50_000), 400),
    "half a character": (posted(b'{"name": "x", "description": "\\ud800"}'), 422),
    "a name with a NUL": (posted(b'{"name": "a\\u0000b"}'), 422),
    "a line break": (posted(b'{"name": "x", "description": "y\\nbackend z"}'), 422),
    "no body": (posted(b""), 400),
    "a list": (posted(b"[]"), 422),
    "HTML": (posted(b"{}", "text/html"), 415),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_request_is_refused_in_the_form_of_the_api(
    what: str, port: int, transport: EmbeddedTransport
) -> None:
    message, status = REFUSED[what]
    line, body = exchanged(port, message)
    assert (line.split(" ")[:2], body["code"]) == (["HTTP/1.1", str(status)], status)
    assert set(body) == {"code", "message"}
    assert transport.text == TEXT
    assert exchanged(port, b"GET /v3/health HTTP/1.1\r\nConnection: close\r\n\r\n")[0] == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("path", ["/v3/%zz", f"{BACKENDS}/%f"])
def test_a_bad_escape_is_refused_as_a_server_in_go_does(path: str, port: int) -> None:
    assert exchanged(port, f"GET {path} HTTP/1.1\r\n\r\n".encode()) == ("HTTP/1.1 400 Bad Request", "400 Bad Request")


def test_a_body_in_chunks_is_taken() -> None:
    transport = EmbeddedTransport(text=TEXT)
    body = b'{"name": "x", "name": "y"}'
    head = f"POST {BACKENDS}?version=3 HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serve(transport) as url:
        port = int(url.rpartition(":")[2])
        line, echo = exchanged(port, head.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert (line, echo) == ("HTTP/1.1 202 Accepted", {"name": "y"})
    assert "backend y\n" in transport.text


def test_a_client_that_says_nothing_more_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module._Handler, "timeout", 0.05)
    with (
        serve(EmbeddedTransport(text=TEXT)) as url,
        socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10) as client,
    ):
        client.sendall(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n1")
        assert client.recv(10) == b""


def test_a_fault_of_the_server_itself_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    transport = EmbeddedTransport(text=TEXT)

    def refusing(_: object) -> None:
        raise TargetError("no room")

    def broken(_: object) -> None:
        raise LookupError("a bug")

    with serve(transport) as url:
        port = int(url.rpartition(":")[2])
        monkeypatch.setattr(transport, "handle_request", refusing)
        assert exchanged(port, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")[1] == {"code": 500, "message": "no room"}
        monkeypatch.setattr(transport, "handle_request", broken)
        assert exchanged(port, b"GET / HTTP/1.1\r\n\r\n") == ("", None)
    assert "LookupError: a bug" in capfd.readouterr().err


def test_a_client_that_goes_away_is_no_news(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    transport = EmbeddedTransport(text=TEXT)

    def gone(_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(transport, "handle_request", gone)
    with serve(transport) as url:
        assert exchanged(int(url.rpartition(":")[2]), b"GET / HTTP/1.1\r\n\r\n") == ("", None)
    assert capfd.readouterr().err == ""


def test_a_handler_has_nothing_else_that_it_does_not_know() -> None:
    assert not hasattr(server_module._Handler.__new__(server_module._Handler), "other")
