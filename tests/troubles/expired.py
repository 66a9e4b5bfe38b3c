"""A server with TLS whose certificate has expired, and is renewed."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.unit.dataplane.pki import OPENSSL, make_pki, openssl, server_context

__all__ = ["expired_then_renewed"]

AUTHORITY = """
[ca]
default_ca = it
[it]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


@contextmanager
def expired_then_renewed(folder: Path, url: str) -> Iterator[tuple[str, Callable[[], None]]]:
    """The URL of a TLS door to a server, whose certificate has expired, and a function that renews it.

    Args:
        folder: gets `ca.pem`.
        url: of the server behind.
    """
    if OPENSSL is None:
        pytest.skip("openssl, which makes the certificates, is not there")
    pki = folder / "pki"
    pki.mkdir()
    make_pki(pki)
    _make_expired(pki)
    shutil.copy(pki / "ca.pem", folder / "ca.pem")
    chosen = {"name": "expired"}
    behind = urlsplit(url)
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.1)
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                with suppress(OSError):
                    peer, _ = door.accept()
                    context = server_context(pki, chosen["name"])
                    threading.Thread(target=_passed, args=(peer, context, behind), daemon=True).start()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"https://127.0.0.1:{door.getsockname()[1]}", lambda: chosen.update(name="server")
        finally:
            over.set()
            thread.join()


def _make_expired(pki: Path) -> None:
    (pki / "ca.cnf").write_text(AUTHORITY)
    (pki / "index.txt").write_text("")
    (pki / "serial").write_text("01\n")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "expired.key")
    san = ("-subj", "/CN=expired", "-addext", "subjectAltName=IP:127.0.0.1")
    openssl(pki, "req", "-new", *key, "-out", "expired.csr", *san)
    times = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
    signed = ("-cert", "ca.pem", "-keyfile", "ca.key", "-notext", "-out", "expired.pem")
    openssl(pki, "ca", "-batch", "-config", "ca.cnf", "-in", "expired.csr", *signed, *times)


def _passed(peer: socket.socket, context: ssl.SSLContext, behind: object) -> None:
    """Pass a connection on, in both directions, until one side ends it."""
    with suppress(OSError), context.wrap_socket(peer, server_side=True) as outer:
        address = (getattr(behind, "hostname", ""), getattr(behind, "port", 0))
        with socket.create_connection(address) as inner:
            back = threading.Thread(target=_pump, args=(inner, outer), daemon=True)
            back.start()
            _pump(outer, inner)


def _pump(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            to.sendall(data)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
