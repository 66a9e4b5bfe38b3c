"""transports: the way to a server: TCP, TLS or a unix socket. Imported for servers only, not for files."""

from __future__ import annotations

from pathlib import Path

from hsync.dataplane.endpoint import Endpoint, tls_context
from hsync.dataplane.http import httpx
from hsync.dataplane.pins import pins_of
from hsync.dataplane.wire import Wire
from hsync.errors import UsageError

__all__ = ["plaintext", "transport_of"]


def plaintext(endpoint: Endpoint) -> UsageError:
    """The error for plain http to another host."""
    return UsageError(
        f"{endpoint.identity}: with plain http others can read and change all requests, including the password",
        hint="give the https:// URL of the server; in a trusted network: --allow-plaintext",
    )


def transport_of(
    endpoint: Endpoint, ca_file: Path | None, client_cert: Path | None, client_key: Path | None, pin: str
) -> httpx.BaseTransport:
    """The transport for an endpoint.

    Args:
        endpoint: the endpoint of a server.
        ca_file: see `DataplaneClient`, like the other arguments.
        client_cert: only for https.
        client_key: only with `client_cert`.
        pin: only for https.

    Raises:
        UsageError: an argument does not fit the endpoint, or a file is not usable.
    """
    if endpoint.identity.startswith("file:"):
        raise UsageError(f"{endpoint.identity}: an embedded target is opened by its path")
    if client_key is not None and client_cert is None:
        raise UsageError(f"client_key {client_key} without a client_cert")
    if endpoint.is_tls:
        return Wire(tls_context(ca_file, client_cert, client_key), pins=pins_of(pin))
    if ca_file is not None or client_cert is not None or pin:
        raise UsageError(f"{endpoint.identity}: ca_file, client_cert and pin need an https:// URL")
    return Wire(socket_path=endpoint.socket)
