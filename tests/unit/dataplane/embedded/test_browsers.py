"""A page in a browser on this machine can neither read nor write what the server has."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from email.message import Message

import pytest

from hsync.dataplane import DataplaneClient
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.dataplane.embedded.arrivals import Unreadable
from hsync.dataplane.embedded.browsers import refuse_foreign
from tests.conversation import conversation

Heads = dict[str, str]
TEXT = "# _version=3\nbackend a\n  server s 127.0.0.1:1\n"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def head_of(heads: Heads) -> Message:
    head = Message()
    for name, value in heads.items():
        head.add_header(name.rstrip("2"), value)
    return head


GOOD: list[tuple[str, str, Heads]] = [
    # The address that the server listens on, the method, and the headers.
    ("127.0.0.1", "GET", {}),
    ("127.0.0.1", "GET", {"Host": "127.0.0.1:5555"}),
    ("127.0.0.1", "GET", {"Host": "127.9.9.9"}),
    ("127.0.0.1", "GET", {"Host": "LocalHost:1"}),
    ("127.0.0.1", "GET", {"Host": "localhost."}),
    ("127.0.0.1", "GET", {"Host": "[::1]:5555"}),
    ("::1", "GET", {"Host": "[::1]"}),
    ("localhost", "GET", {"Host": "localhost"}),
    ("0.0.0.0", "GET", {"Host": "10.1.2.3:5555"}),
    ("0.0.0.0", "GET", {"Host": f"{socket.gethostname()}:5555"}),
    ("::", "GET", {"Host": "[fe80::1]:5555"}),
    ("lb1.example", "GET", {"Host": "LB1.example:5555"}),
    ("127.0.0.1", "GET", {"Host": "localhost:8080", "Origin": "http://localhost:8080"}),
    ("127.0.0.1", "GET", {"Host": "localhost", "Sec-Fetch-Site": "same-origin"}),
    ("127.0.0.1", "GET", {"Host": "localhost", "Sec-Fetch-Site": "none", "User-Agent": FIREFOX}),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain", "User-Agent": "hsync"}),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain", "User-Agent": "curl/8.5"}),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain", "Authorization": "Basic x"}),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain", "X-Requested-With": "x", "User-Agent": FIREFOX}),
    ("127.0.0.1", "POST", {"Content-Type": "application/json", "User-Agent": FIREFOX}),
    ("127.0.0.1", "POST", {}),
    ("127.0.0.1", "PUT", {"Content-Type": "text/plain"}),
]


@pytest.mark.parametrize(("bound", "method", "heads"), GOOD)
def test_what_a_program_sends_is_answered(bound: str, method: str, heads: Heads) -> None:
    refuse_foreign(method, head_of(heads), bound)


BAD: list[tuple[str, str, Heads, int]] = [
    ("127.0.0.1", "GET", {"Host": "evil.example"}, 421),
    ("127.0.0.1", "GET", {"Host": "evil.example:5555"}, 421),
    ("127.0.0.1", "GET", {"Host": "127.0.0.1.evil.example"}, 421),
    ("127.0.0.1", "GET", {"Host": "localhost.evil.example"}, 421),
    ("127.0.0.1", "GET", {"Host": "127.0.0.1@evil.example"}, 421),
    ("127.0.0.1", "GET", {"Host": "evil.example/127.0.0.1"}, 421),
    ("127.0.0.1", "GET", {"Host": ""}, 421),
    ("127.0.0.1", "GET", {"Host": "10.0.0.1"}, 421),
    ("127.0.0.1", "GET", {"Host": "0.0.0.0:5555"}, 421),
    ("127.0.0.1", "GET", {"Host": "[::1"}, 421),
    ("127.0.0.1", "GET", {"Host": "localhost:5555:1"}, 421),
    ("127.0.0.1", "GET", {"Host": f"{socket.gethostname()}x"}, 421),
    ("0.0.0.0", "GET", {"Host": "evil.example"}, 421),
    ("lb1.example", "GET", {"Host": "lb2.example"}, 421),
    ("127.0.0.1", "GET", {"Host": "localhost", "Host2": "evil.example"}, 400),
    ("127.0.0.1", "GET", {"Host": "localhost", "Origin": "http://evil.example"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost:5555", "Origin": "http://localhost:3000"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost:5555", "Origin": "https://localhost:5555"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost", "Origin": "null"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost", "Origin": ""}, 403),
    ("127.0.0.1", "GET", {"Origin": "http://localhost"}, 403),
    ("127.0.0.1", "OPTIONS", {"Host": "localhost", "Origin": "http://evil.example"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost", "Sec-Fetch-Site": "cross-site"}, 403),
    ("127.0.0.1", "GET", {"Host": "localhost", "Sec-Fetch-Site": "same-site"}, 403),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain"}, 403),
    ("127.0.0.1", "POST", {"Content-Type": "Text/Plain;charset=UTF-8"}, 403),
    ("127.0.0.1", "POST", {"Content-Type": "text/plain", "User-Agent": FIREFOX}, 403),
    ("127.0.0.1", "POST", {"Content-Type": "application/x-www-form-urlencoded"}, 403),
    ("127.0.0.1", "POST", {"Content-Type": "multipart/form-data; boundary=x"}, 403),
]


@pytest.mark.parametrize(("bound", "method", "heads", "status"), BAD)
def test_what_a_page_may_have_sent_is_refused(bound: str, method: str, heads: Heads, status: int) -> None:
    with pytest.raises(Unreadable) as refusal:
        refuse_foreign(method, head_of(heads), bound)
    assert refusal.value.status == status


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, EmbeddedTransport]]:
    transport = EmbeddedTransport(text=TEXT)
    with serve(transport) as url:
        yield url, transport


RAW = "/v3/services/haproxy/configuration/raw"

PAGES: dict[str, str] = {
    "a page that reads through a name of its own": f"GET {RAW} HTTP/1.1\r\nHost: evil.example:5555\r\n\r\n",
    "a form": f"POST {RAW}?version=3 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
    "Content-Type: text/plain\r\nContent-Length: 7\r\n\r\nglobal\n",
    "a form of an old browser": f"POST {RAW}?version=3 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {FIREFOX}\r\n"
    "Content-Type: text/plain\r\nContent-Length: 7\r\n\r\nglobal\n",
    "a script": "POST /v3/services/haproxy/transactions?version=3 HTTP/1.1\r\nHost: localhost\r\n"
    "Origin: http://evil.example\r\nContent-Length: 0\r\n\r\n",
    "a question whether it may": f"OPTIONS {RAW} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
    "Access-Control-Request-Method: PUT\r\n\r\n",
}


@pytest.mark.parametrize("what", PAGES)
def test_a_page_changes_nothing_and_sees_nothing(what: str, served: tuple[str, EmbeddedTransport]) -> None:
    url, transport = served
    answer = conversation(int(url.rpartition(":")[2]), PAGES[what].encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] in {b"403", b"421"}
    assert json.loads(body)["code"] in {403, 421}
    assert b"Access-Control" not in head
    assert b"backend" not in body
    assert transport.text == TEXT
    assert transport.engine.transactions.listed("") == []


def test_hsync_itself_is_answered(served: tuple[str, EmbeddedTransport]) -> None:
    url, _ = served
    with DataplaneClient(url) as client:
        client.abandon(client.begin(client.snapshot().version))
        assert client.validate_raw("global\n") == ()
