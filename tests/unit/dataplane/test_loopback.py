"""The client over real sockets: TLS with certificates made for the test, and a unix socket. Loopback only."""

from __future__ import annotations

import gc
import os
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import OutcomeUnknown, TargetError, UsageError
from tests.bounded import within
from tests.unit.dataplane.pki import needs_openssl, openssl, server_context

TEXT = b"# _version=7\nglobal\n"


class Handler(BaseHTTPRequestHandler):
    """Answers GET with a configuration, and closes the connection on POST."""

    protocol_version = "HTTP/1.1"
    connections: set[object]

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        self.send_response(200)
        self.send_header("Configuration-Version", "7")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(TEXT)))
        self.end_headers()
        self.wfile.write(TEXT)

    def do_POST(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Silence."""


class Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the handshake is what some tests are about."""


class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


@contextmanager
def running(server: socketserver.BaseServer) -> Iterator[set[object]]:
    """Serves in a thread; gives the set of the peers seen."""
    Handler.connections = set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Handler.connections
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, set[object]]]:
    """A server on a port of its own; gives its URL."""
    with Server(("127.0.0.1", 0), Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        with running(server) as peers:
            yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}", peers


def test_plain_http_keeps_its_connection() -> None:
    with serving() as (url, peers), DataplaneClient(url) as client:
        assert [client.snapshot().version for _ in range(3)] == [7, 7, 7]
        assert len(peers) == 1


def test_a_server_that_hangs_up_leaves_the_outcome_of_a_write_unknown() -> None:
    with serving() as (url, _), DataplaneClient(url) as client, pytest.raises(OutcomeUnknown, match="disconnected"):
        client.push_raw("global\n", 7)


def test_a_unix_socket_is_spoken_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    with UnixServer("s", Handler) as server, running(server), DataplaneClient(f"unix://{tmp_path}/s") as client:
        assert client.snapshot().text == TEXT.decode()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_unix_socket_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        DataplaneClient(f"unix://{tmp_path}/s") as client,
        pytest.raises(TargetError, match=r"/s: there is no such socket"),
    ):
        client.snapshot()
    gc.collect()  # httpcore leaves the socket of a failed connection to the collector, which complains: here, not later


def test_a_port_that_nobody_listens_on_is_named() -> None:
    with serving() as (url, _):
        pass
    with DataplaneClient(url, sleep=lambda _: None) as client, pytest.raises(TargetError, match="connection refused"):
        client.snapshot()


@needs_openssl
def test_tls_is_checked_against_the_given_authority(pki: Path) -> None:
    with serving(server_context(pki)) as (url, _), DataplaneClient(url, ca_file=pki / "ca.pem") as client:
        assert client.snapshot().version == 7


@needs_openssl
@pytest.mark.parametrize(("name", "ca"), [("server", "other"), ("wrong", "ca"), ("server", None)])
def test_a_certificate_that_is_not_trusted_ends_it(pki: Path, name: str, ca: str | None) -> None:
    trusted = pki / f"{ca}.pem" if ca else None
    with (
        serving(server_context(pki, name)) as (url, peers),
        DataplaneClient(url, ca_file=trusted) as client,
        pytest.raises(TargetError, match="its TLS certificate is not trusted") as caught,
    ):
        client.snapshot()
    assert ("connect by a name" if name == "wrong" else "ca_file") in caught.value.hint
    assert peers == set()


@needs_openssl
def test_a_client_certificate_is_shown(pki: Path) -> None:
    with (
        serving(server_context(pki, ask=True)) as (url, _),
        DataplaneClient(
            url, ca_file=pki / "ca.pem", client_cert=pki / "client.pem", client_key=pki / "client.key"
        ) as client,
    ):
        assert client.snapshot().version == 7


@needs_openssl
def test_a_missing_client_certificate_is_named(pki: Path) -> None:
    with (
        serving(server_context(pki, ask=True)) as (url, _),
        DataplaneClient(url, ca_file=pki / "ca.pem") as client,
        pytest.raises(TargetError, match="TLS failed") as caught,
    ):
        client.snapshot()
    assert "client_cert" in caught.value.hint


@needs_openssl
def test_tls_to_a_plain_server_is_named(pki: Path) -> None:
    with (
        serving() as (url, _),
        DataplaneClient(url.replace("http:", "https:"), ca_file=pki / "ca.pem") as client,
        pytest.raises(TargetError, match="TLS failed"),
    ):
        client.snapshot()


def pin_of(pki: Path, name: str) -> str:
    """As docs/targets.md has it."""
    public = openssl(pki, "x509", "-in", f"{name}.pem", "-pubkey", "-noout")
    der = openssl(pki, "pkey", "-pubin", "-outform", "der", given=public)
    return (
        "sha256//" + openssl(pki, "base64", "-A", given=openssl(pki, "dgst", "-sha256", "-binary", given=der)).decode()
    )


@needs_openssl
def test_a_pinned_key_is_spoken_to(pki: Path) -> None:
    both = f"{pin_of(pki, 'other')};{pin_of(pki, 'server')}"
    with serving(server_context(pki)) as (url, _):
        for pin in (pin_of(pki, "server"), both):
            with DataplaneClient(url, ca_file=pki / "ca.pem", pin=pin) as client:
                assert client.snapshot().version == 7


@needs_openssl
def test_another_key_than_the_pinned_one_gets_no_request(pki: Path) -> None:
    with (
        serving(server_context(pki)) as (url, peers),
        DataplaneClient(url, auth=("u", "hunter2"), ca_file=pki / "ca.pem", pin=pin_of(pki, "other")) as client,
        pytest.raises(TargetError, match="not sent: its certificate has another key than the pin") as caught,
    ):
        client.push_raw("global\n", 7)
    assert type(caught.value) is TargetError
    assert pin_of(pki, "server") in caught.value.message
    assert "set pin to it" in caught.value.hint
    assert peers == set()


@needs_openssl
def test_a_pin_does_not_stand_for_the_certificate(pki: Path) -> None:
    with (
        serving(server_context(pki)) as (url, _),
        DataplaneClient(url, ca_file=pki / "other.pem", pin=pin_of(pki, "server")) as client,
        pytest.raises(TargetError, match="its TLS certificate is not trusted"),
    ):
        client.snapshot()


@needs_openssl
@pytest.mark.parametrize("ca", ["ca", None])
def test_no_keys_are_written_for_whoever_wants_to_read_along(
    pki: Path, ca: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    ca_file = pki / f"{ca}.pem" if ca else None
    if ca is None:
        monkeypatch.setenv("SSL_CERT_FILE", str(pki / "ca.pem"))
    with serving(server_context(pki)) as (url, _), DataplaneClient(url, ca_file=ca_file) as client:
        assert client.snapshot().version == 7
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("what", ["ca_file", "client_cert", "client_key"])
def test_a_pipe_is_no_pem_file(tmp_path: Path, what: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    files = (
        {"client_cert": tmp_path / "file", what: tmp_path / "pipe"} if what != "ca_file" else {what: tmp_path / "pipe"}
    )
    with within(5), pytest.raises(UsageError, match="not a regular file"):
        DataplaneClient("https://h", **files)  # type: ignore[arg-type]


@needs_openssl
def test_an_encrypted_key_is_refused_and_nobody_is_asked(pki: Path) -> None:
    with pytest.raises(UsageError, match=r"client certificate .*locked.key: not usable as PEM"):
        DataplaneClient("https://h", client_cert=pki / "client.pem", client_key=pki / "locked.key")
