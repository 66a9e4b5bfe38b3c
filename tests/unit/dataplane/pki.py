"""pki: certificates made for the tests."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

__all__ = ["make_pki", "needs_openssl", "openssl", "server_context"]

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl, which makes the certificates, is not there")


def openssl(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What openssl writes."""
    return subprocess.run([str(OPENSSL), *arguments], cwd=folder, check=True, capture_output=True, input=given).stdout


def make_pki(folder: Path) -> None:
    """An authority, and certificates of it for servers and for a client; and another authority."""
    fresh = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    for name in ("ca", "other"):
        openssl(folder, *fresh, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    for name, also in (
        ("server", "subjectAltName=IP:127.0.0.1"),
        ("wrong", "subjectAltName=IP:127.0.0.9"),
        ("client", ""),
    ):
        san = ("-addext", also) if also else ()
        issued = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE")
        openssl(folder, *fresh, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", *issued, *san)
    openssl(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", "pass:hunter2")


def server_context(pki: Path, name: str = "server", *, ask: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / f"{name}.pem", pki / f"{name}.key")
    if ask:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(pki / "ca.pem")
    return context
