"""The client over real sockets: TLS with certificates made for the test, and a unix socket. Loopback only."""

from __future__ import annotations

import gc
import shutil
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import OutcomeUnknown, TargetError, UsageError

TEXT = b"# _version=7\nglobal\n"
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl, which makes the certificates, is not there")


class Handler(BaseHTTPRequestHandler):
    """Answers GET with a configuration, and closes the connection on POST."""

    protocol_version = "HTTP/1.1"
    connections: set[object]

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        self.send_response(200)
        self.send_header("Configuration-Version", "7")
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


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority, and a certificate of it for the server and for the client; and another authority."""
    folder = tmp_path_factory.mktemp("pki")

    def openssl(*arguments: str) -> None:
        subprocess.run([str(OPENSSL), *arguments], cwd=folder, check=True, capture_output=True)

    fresh = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    for name in ("ca", "other"):
        openssl(*fresh, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    for name, also in (
        ("server", "subjectAltName=IP:127.0.0.1"),
        ("wrong", "subjectAltName=IP:127.0.0.9"),
        ("client", ""),
    ):
        san = ("-addext", also) if also else ()
        issued = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE")
        openssl(*fresh, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", *issued, *san)
    openssl("pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", "pass:hunter2")
    return folder


def server_context(pki: Path, name: str = "server", *, ask: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / f"{name}.pem", pki / f"{name}.key")
    if ask:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki / "ca.pem")
    return context


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
    assert "ca_file" in caught.value.hint
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


@needs_openssl
def test_an_encrypted_key_is_refused_and_nobody_is_asked(pki: Path) -> None:
    with pytest.raises(UsageError, match=r"client certificate .*locked.key: not usable as PEM"):
        DataplaneClient("https://h", client_cert=pki / "client.pem", client_key=pki / "locked.key")
