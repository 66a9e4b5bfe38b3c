"""Endpoint: from the URL of a target to where its API is, and the TLS that leads there.

Rule 1: no secret in a URL: it would end up in plans, messages and process lists.
Rule 2: one target has one identity, however its URL is spelled; plans are bound to it.
Rule 3: no variable of the environment weakens TLS: SSLKEYLOGFILE is not followed.

Source: docs/reference/dataplane-api.md 1.1 and 1.3.
"""

from __future__ import annotations

import re
import ssl
import sys
from dataclasses import dataclass
from ipaddress import ip_address
from os.path import normpath, realpath
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import httpx
import truststore

from hsync.errors import UsageError
from hsync.files import check_file

__all__ = ["CONTROL", "Endpoint", "absolute", "endpoint_of", "resolved", "tls_context"]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[\w.:%-]+")
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")
"""What no URL and no path of a target holds: controls, and half characters that no byte stands for."""

_STRICT = ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT if sys.version_info >= (3, 13) else 0
"""What Python's own default context has."""

_LOCAL = {"unix://": "http://localhost", "file:": "http://embedded"}
_FORMS = "give http://HOST:PORT, https://HOST:PORT or unix:///PATH"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an API is.

    Args:
        identity: the normalised URL, without secrets: `https://edge1.example:5555`, `unix:///run/api.sock`,
            `file:/etc/haproxy/haproxy.cfg`. What plans are bound to, and what messages show. It leads here again.
        base: URL that paths of requests are appended to, with `/v3`.
        root: the same without `/v3`, to recognise an older API.
        socket: path of the unix socket; "" when there is none.
    """

    identity: str
    base: str
    root: str
    socket: str = ""

    @property
    def is_tls(self) -> bool:
        """Whether the way there is TLS."""
        return self.base.startswith("https:")

    @property
    def is_open(self) -> bool:
        """Whether others may read and change what travels: plain http to another host."""
        return not (self.is_tls or self.socket or self.identity.startswith("file:") or _is_loopback(self.base))


def endpoint_of(url: str) -> Endpoint:
    """Read the URL of a target.

    Args:
        url: `http(s)://host:port`, with or without `/v3` (a prefix before `/v3` is kept), `unix:///path`, or
            `file:/path` for an embedded target.

    Returns:
        Its normalised parts.

    Raises:
        UsageError: it is none of these, or holds credentials.
    """
    if found := CONTROL.search(url):
        raise _wrong(url, f"it has the control character {found[0]!r}")
    for scheme, root in _LOCAL.items():
        if url.startswith(scheme):
            return _local(url, scheme, root)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as fault:
        raise _wrong(url, str(fault)) from fault
    if "@" in parts.netloc:
        raise UsageError(
            f"credentials do not belong into the URL of {parts.hostname or 'a target'}",
            hint="set HSYNC_USER and HSYNC_PASSWORD",
        )
    if parts.query or parts.fragment:
        raise _wrong(url, "it has a query or a fragment")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise _wrong(url, _FORMS)
    return _remote(url, parts, host.lower(), port)


def absolute(path: Path | str) -> str:
    """The absolute path without dot segments; symbolic links stay, since where they lead may change under a plan.

    Args:
        path: of a file or socket, present or not.

    Returns:
        The path as it stands in an identity.
    """
    parts = Path(path).absolute().parts
    ups = [place for place, part in enumerate(parts) if part == ".."]
    # Behind a link, `..` is the folder above the one that the link leads to.
    head = realpath(Path(*parts[: ups[-1] + 1])) if ups else parts[0]
    return "/" + normpath(Path(head, *parts[ups[-1] + 1 if ups else 1 :])).lstrip("/")


def resolved(identity: str) -> str:
    """The identity of what a target is now: the path without symbolic links. What is remembered belongs to it.

    Args:
        identity: of an endpoint.
    """
    scheme = next((one for one in _LOCAL if identity.startswith(one)), "")
    return scheme + realpath(identity.removeprefix(scheme)) if scheme else identity


def _is_loopback(url: str) -> bool:
    host = (urlsplit(url).hostname or "").partition("%")[0]
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 6.3
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def tls_context(ca_file: Path | None, client_cert: Path | None, client_key: Path | None) -> ssl.SSLContext:
    """What the server's certificate is checked against, and what we show.

    Args:
        ca_file: PEM file of the only authorities to trust; None for those of the system.
        client_cert: PEM file of the client certificate, for a server that asks for one.
        client_key: PEM file of its key, not encrypted; None when it is in `client_cert`.

    Returns:
        A context that verifies certificate and host name, TLS 1.2 and newer.

    Raises:
        UsageError: a file cannot be read or is not what it should be.
    """
    context = _trusting(ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if client_cert is not None:
        try:
            for file in filter(None, (client_cert, client_key)):
                check_file(file)
            # Without a password function OpenSSL would ask at the terminal for the one of an encrypted key.
            context.load_cert_chain(client_cert, client_key, password=lambda: "")
        except (OSError, ValueError) as fault:
            names = " and ".join(str(name) for name in (client_cert, client_key) if name)
            raise UsageError(
                f"client certificate {names}: {_reason(fault)}", hint="give PEM files; the key must not be encrypted"
            ) from fault
    return context


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Not `create_default_context`, which writes the keys of all connections into the file that SSLKEYLOGFILE names.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= _STRICT
    try:
        check_file(ca_file)
        context.load_verify_locations(ca_file)
    except (OSError, ValueError) as fault:
        raise UsageError(f"ca_file {ca_file}: {_reason(fault)}", hint="give a PEM file of certificates") from fault
    return context


def _reason(fault: Exception) -> str:
    """A file's fault in words: the SSL library says `PEM lib` with lots around it."""
    if isinstance(fault, ssl.SSLError):
        return f"not usable as PEM ({fault.reason or 'no certificate or key in it'})"
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)


def _local(url: str, scheme: str, root: str) -> Endpoint:
    path = url.removeprefix(scheme)
    if not path.startswith("/"):
        raise _wrong(url, f"the path must be absolute: {scheme}/PATH")
    return Endpoint(f"{scheme}{absolute(path)}", f"{root}/v3", root, socket=path if scheme == "unix://" else "")


def _remote(url: str, parts: SplitResult, host: str, port: int | None) -> Endpoint:
    prefix = parts.path.rstrip("/")
    if prefix and not prefix.endswith("/v3"):
        raise _wrong(url, "its path must be nothing or end in /v3: hsync speaks version 3 of the API")
    authority = _authority(host)
    if port is not None and port != _PORTS[parts.scheme]:
        authority += f":{port}"
    prefix = prefix.removesuffix("/v3")
    root = f"{parts.scheme}://{authority}{prefix}"
    try:
        httpx.URL(root)
    except httpx.InvalidURL as fault:
        raise _wrong(url, str(fault)) from fault
    return Endpoint(f"{root}/v3" if prefix else root, f"{root}/v3", root)


def _authority(host: str) -> str:
    """A host as it stands in a URL, in its one spelling."""
    if ":" not in host:
        return host.rstrip(".")
    try:
        return f"[{ip_address(host).compressed}]"
    except ValueError:  # `[v1.x:y]`, an address of a later version
        return f"[{host}]"


def _wrong(url: str, why: str) -> UsageError:
    """The error for a URL; what could be a password in a malformed one is not shown."""
    return UsageError(
        f"not the URL of a target: {url.rpartition('@')[2]!r}: {why}", hint=_FORMS if why != _FORMS else ""
    )
