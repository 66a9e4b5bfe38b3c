from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import httpx
import pytest

from hsync.dataplane import connection
from hsync.dataplane.connection import Content
from hsync.errors import InputError, OutcomeUnknown, TargetError
from tests.unit.dataplane.script import script


def because(error: Exception, cause: BaseException) -> Exception:
    """`error` as httpx raises it over another."""
    error.__cause__ = cause
    return error


def tls_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] words")
    error.reason = reason
    return error


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


FAILURES: list[tuple[Exception, str, str, int]] = [
    # What httpx raises, what the message says, a part of the hint, how many tries a read makes.
    (
        because(httpx.ConnectError("x"), ConnectionRefusedError(111, "refused")),
        "connection refused: nothing listens there",
        "",
        3,
    ),
    (because(httpx.ConnectError("x"), socket.gaierror(-2, "unknown")), "the host name cannot be resolved", "", 3),
    (because(httpx.ConnectError("x"), FileNotFoundError(2, "none")), "there is no such socket", "", 1),
    (because(httpx.ConnectError("x"), PermissionError(13, "no")), "no permission to connect", "", 1),
    (because(httpx.ConnectError("x"), OSError(113, "No route to host")), "x", "", 3),
    (because(httpx.ConnectError("x"), untrusted()), "not trusted: self-signed certificate", "set ca_file", 1),
    (because(httpx.ConnectError("x"), tls_error("WRONG_VERSION_NUMBER")), "TLS failed: WRONG_VERSION", "http://", 1),
    (because(httpx.ReadError("x"), tls_error("TLSV13_ALERT_CERTIFICATE_REQUIRED")), "TLS failed: ", "client_cert", 1),
    (because(httpx.ConnectError("x"), ssl.SSLError(1, "odd")), "TLS failed: ", "", 1),
    (httpx.ConnectTimeout("x"), "no connection within 10 s", "", 1),
    (httpx.PoolTimeout("x"), "no connection within 10 s", "", 1),
    (httpx.ReadTimeout("x"), "no answer within 90 s", "", 1),
    (httpx.WriteTimeout("x"), "no answer within 90 s", "", 1),
    (httpx.RemoteProtocolError("Server disconnected"), "Server disconnected", "", 3),
    (httpx.ReadError(""), "ReadError", "", 3),
]
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@pytest.mark.parametrize(("error", "words", "hint", "tries"), FAILURES)
def test_a_read_without_an_answer_says_why_and_where(error: Exception, words: str, hint: str, tries: int) -> None:
    server = script(error)
    with pytest.raises(TargetError) as caught:
        server.client().snapshot()
    assert caught.value.message.startswith("https://edge1.example:5555: ")
    assert words in caught.value.message
    assert hint in caught.value.hint
    assert len(server.requests) == tries


@pytest.mark.parametrize("error", [failure[0] for failure in FAILURES])
def test_a_write_without_an_answer_is_sent_once_and_says_whether_it_may_have_arrived(error: Exception) -> None:
    server = script(error)
    with pytest.raises(TargetError) as caught:
        server.client().push_raw("global\n", 7)
    assert len(server.requests) == 1
    assert isinstance(caught.value, OutcomeUnknown) is not isinstance(error, NOT_SENT)
    assert ("not sent" in caught.value.message) is isinstance(error, NOT_SENT)


@pytest.mark.parametrize("first", [(502,), (503, "busy"), (504,), httpx.ReadError("gone"), httpx.ConnectError("down")])
def test_a_read_is_tried_again_with_growing_spread_pauses(first: tuple[int, ...] | Exception) -> None:
    server = script(first, first, (200, "global\n"))
    assert server.client().snapshot().text == "global\n"
    assert len(server.slept) == 2
    assert 0.1 <= server.slept[0] <= 0.3
    assert 0.4 <= server.slept[1] <= 1.2


def test_a_read_gives_the_last_answer_after_three_tries() -> None:
    server = script((503, "busy"))
    with pytest.raises(TargetError, match="answered 503: busy"):
        server.client().snapshot()
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 404, 409, 429, 500])
def test_other_answers_are_not_worth_another_try(status: int) -> None:
    server = script((status, "text"))
    assert server.client()._connection.read("/x").status == status
    assert len(server.requests) == 1


def test_a_gateway_s_error_to_a_write_is_a_lost_answer() -> None:
    with pytest.raises(OutcomeUnknown, match="a gateway answered 504: too late"):
        script((504, "too late")).client().push_raw("global\n", 7)


def test_a_redirect_is_not_followed() -> None:
    server = script((307, None, {"Location": "http://elsewhere.example/v3/x"}))
    with pytest.raises(TargetError) as caught:
        server.client().get_json("/x")
    assert "redirects are not followed" in caught.value.hint
    assert len(server.requests) == 1


def test_an_answer_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_BODY", 8)
    assert script((200, "12345678")).client().snapshot().text == "12345678"
    server = script((200, "123456789"))
    with pytest.raises(TargetError, match="the answer is larger than 8 bytes"):
        server.client().snapshot()
    assert len(server.requests) == 1


def test_an_error_is_cut_at_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_ERROR_BODY", 4)
    with pytest.raises(TargetError, match=r"answered 400: 1234$"):
        script((400, "123456789")).client().get_json("/x")


@pytest.mark.parametrize(
    ("header", "version"), [("12", 12), ("0", 0), ("", None), ("-1", None), ("x", None), ("1" * 19, None), ("²", None)]
)
def test_a_version_is_a_plain_number(header: str, version: int | None) -> None:
    server = script((404, "", {"Configuration-Version": header.encode("latin-1")}))
    assert server.client()._connection.read("/x").version == version


@pytest.mark.parametrize(
    ("path", "wire"),
    [
        ("/backends/../servers/.", "/v3/backends/%2E%2E/servers/%2E"),
        ("/backends/...", "/v3/backends/..."),
        ("/backends/a.b/x", "/v3/backends/a.b/x"),
        ("/backends/a%2Fb", "/v3/backends/a%2Fb"),
        ("/backends/a%20b", "/v3/backends/a%20b"),
    ],
)
def test_a_name_made_of_dots_stays_a_name(path: str, wire: str) -> None:
    server = script((200, []))
    server.client().get_json(path)
    assert server.requests[0].url.raw_path == wire.encode()


def test_every_request_is_authenticated_and_takes_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    server = script((200, []))
    client = server.client(auth=("admin", "pässword"))
    client.get_json("/x")
    assert server.requests[0].headers["Authorization"] == "Basic YWRtaW46cMOkc3N3b3Jk"
    assert server.requests[0].headers["Accept-Encoding"] == "identity"
    assert client._connection._http._mounts == {}


def test_whoever_watches_sees_each_try_and_no_secret() -> None:
    seen: list[tuple[str, str, dict[str, str]]] = []

    def watch(method: str, path: str, facts: dict[str, str]) -> None:
        seen.append((method, path, facts))

    server = script(httpx.ReadError("gone"), (200, "global\n"))
    server.client(auth=("admin", "hunter2"), on_request=watch).snapshot("t1")
    path = "/v3/services/haproxy/configuration/raw?transaction_id=t1"
    assert seen == [("GET", path, {"error": "gone", "ms": "0"}), ("GET", path, {"status": "200", "ms": "0"})]


@pytest.mark.parametrize(
    ("make", "content"),
    [
        (lambda: Content.json({"a": "ü"}), ('{"a": "ü"}'.encode(), "application/json")),
        (lambda: Content.json([]), (b"[]", "application/json")),
        (lambda: Content.text("a\udcff\n"), (b"a\xff\n", "text/plain")),
    ],
)
def test_a_body_is_bytes_and_a_content_type(make: Callable[[], Content], content: tuple[bytes, str]) -> None:
    assert make() == content


def test_json_cannot_carry_what_is_not_utf_8() -> None:
    with pytest.raises(InputError, match=r"JSON cannot have a byte that is not UTF-8: .*udcff"):
        Content.json({"name": "a\udcff"})


def test_a_client_is_closed_by_its_context_and_may_be_closed_again() -> None:
    with script((200, [])).client() as client, client._connection as inner:
        assert client.get_json("/x") == []
    assert inner._http.is_closed
    client.close()
