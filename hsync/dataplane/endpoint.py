"""Endpoint: from the URL of a target to the URLs of its API, and the TLS settings.

Rule 1: a URL has no secret: it appears in plans, messages and process lists.
Rule 2: a target has one identity for all spellings of its URL; plans and states refer to it.
Rule 3: no environment variable weakens TLS: SSLKEYLOGFILE is ignored.

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

from hsync.errors import UsageError
from hsync.files import check_file

__all__ = ["CONTROL", "Endpoint", "absolute", "endpoint_of", "resolved", "tls_context"]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[\w.:%-]+")
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")
"""Characters that URLs and paths of targets cannot have: control characters, and surrogates that stand for no byte."""

_STRICT = ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT if sys.version_info >= (3, 13) else 0
"""The flags of Python's own default context."""

_LOCAL = {"unix://": "http://localhost", "file:": "http://embedded"}
_FORMS = "give http://HOST:PORT, https://HOST:PORT or unix:///PATH"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The URLs of an API.

    Args:
        identity: the normalised URL, without secrets: `https://edge1.example:5555`, `unix:///run/api.sock`,
            `file:/etc/haproxy/haproxy.cfg`. Plans, states and messages have it, and it is a valid target itself.
        base: URL with `/v3`; paths of requests are appended to it.
        root: URL without `/v3`, to detect an older API.
        socket: path of the unix socket; "" if there is none.
    """

    identity: str
    base: str
    root: str
    socket: str = ""

    @property
    def is_tls(self) -> bool:
        """Whether the connection uses TLS."""
        return self.base.startswith("https:")

    @property
    def is_open(self) -> bool:
        """Whether others can read and change the requests: plain http to another host."""
        return not (self.is_tls or self.socket or self.identity.startswith("file:") or _is_loopback(self.base))


def endpoint_of(url: str) -> Endpoint:
    """Parse the URL of a target.

    Args:
        url: `http(s)://host:port`, with or without `/v3` (a prefix before `/v3` is kept), `unix:///path`, or
            `file:/path` for an embedded target.

    Returns:
        The endpoint.

    Raises:
        UsageError: the URL has none of these forms, or has credentials.
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
            f"the URL of {parts.hostname or 'a target'} has credentials",
            hint="remove them from the URL, and set HSYNC_USER and HSYNC_PASSWORD",
        )
    if parts.query or parts.fragment:
        raise _wrong(url, "it has a query or a fragment")
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host):
        raise _wrong(url, _FORMS)
    return _remote(url, parts, host.lower(), port)


def absolute(path: Path | str) -> str:
    """The absolute path without dot segments, but with its symbolic links: a link may change after the plan was made.

    Args:
        path: of a file or socket, which need not exist.

    Returns:
        The path, as in an identity.
    """
    parts = Path(path).absolute().parts
    ups = [place for place, part in enumerate(parts) if part == ".."]
    # After a symbolic link, `..` is the parent of the folder that the link points to.
    head = realpath(Path(*parts[: ups[-1] + 1])) if ups else parts[0]
    return "/" + normpath(Path(head, *parts[ups[-1] + 1 if ups else 1 :])).lstrip("/")


def resolved(identity: str) -> str:
    """The identity with symbolic links resolved; state and lock of a target belong to it.

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
    """The TLS context: the trusted authorities and the client certificate.

    Args:
        ca_file: PEM file of the only trusted authorities; None for those of the system.
        client_cert: PEM file of the client certificate, for a server that requires one.
        client_key: PEM file of its key, not encrypted; None if the key is in `client_cert`.

    Returns:
        A context that verifies certificate and host name, for TLS 1.2 and newer.

    Raises:
        UsageError: a file cannot be read, or is not a usable PEM file.
    """
    context = _trusting(ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if client_cert is not None:
        try:
            for file in filter(None, (client_cert, client_key)):
                check_file(file)
            # Without this function OpenSSL would prompt on the terminal for the password of an encrypted key.
            context.load_cert_chain(client_cert, client_key, password=lambda: "")
        except (OSError, ValueError) as fault:
            names = " and ".join(str(name) for name in (client_cert, client_key) if name)
            raise UsageError(
                f"client certificate {names}: {_reason(fault)}", hint="give PEM files; the key must not be encrypted"
            ) from fault
    return context


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    if ca_file is None:
        import truststore

        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Not `create_default_context`: it writes the keys of all connections to the file in SSLKEYLOGFILE.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= _STRICT
    try:
        check_file(ca_file)
        context.load_verify_locations(ca_file)
    except (OSError, ValueError) as fault:
        raise UsageError(f"ca_file {ca_file}: {_reason(fault)}", hint="give a PEM file of certificates") from fault
    return context


def _reason(fault: Exception) -> str:
    """A readable reason; that of the SSL library is `PEM lib` inside a long text."""
    if isinstance(fault, ssl.SSLError):
        return f"not usable as PEM ({fault.reason or 'no certificate or key in it'})"
    return (fault.strerror if isinstance(fault, OSError) else None) or str(fault)


def _local(url: str, scheme: str, root: str) -> Endpoint:
    path = url.removeprefix(scheme)
    if not path.startswith("/"):
        raise _wrong(url, f"the path must be absolute: {scheme}/PATH")
    return Endpoint(f"{scheme}{absolute(path)}", f"{root}/v3", root, socket=path if scheme == "unix://" else "")


def _remote(url: str, parts: SplitResult, host: str, port: int | None) -> Endpoint:
    from hsync.dataplane.http import httpx

    prefix = parts.path.rstrip("/")
    if prefix and not prefix.endswith("/v3"):
        raise _wrong(url, "the path must be empty or end in /v3, the supported version of the API")
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
    """A host as in a URL, in its canonical spelling."""
    if ":" not in host:
        return host.rstrip(".")
    try:
        return f"[{ip_address(host).compressed}]"
    except ValueError:  # `[v1.x:y]`, an address of a future IP version
        return f"[{host}]"


def _wrong(url: str, why: str) -> UsageError:
    """The error for a URL. It omits all text before the last `@`, which may be a password."""
    return UsageError(
        f"not the URL of a target: {url.rpartition('@')[2]!r}: {why}", hint=_FORMS if why != _FORMS else ""
    )
