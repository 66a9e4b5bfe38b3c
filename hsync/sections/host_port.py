"""Addresses of peers, mailers and name servers: simpler than those of servers, and split in another way by the API.

Rule 1: the address is the text before the last colon, as it is written, including the brackets of IPv6.
Rule 2: a word that the API would split elsewhere is refused; its line is opaque.

Source: API objects peer_entry, mailer_entry, nameserver.
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.schema import Arg, Body, Field, Fields, Mismatch, Reader, get, put

__all__ = ["HostPort"]


def port_of(word: str) -> int | None:
    """The word as a port number, or None."""
    return int(word) if word.isdecimal() and len(word) < 10 and 0 < int(word) < 65536 else None


class HostPort(Arg):
    """`address:port` in one word.

    Args:
        address: JSON field of the address.
        port: JSON field of the port.
        port_needed: whether the port is required. If it is optional, the API splits at the *first* colon, so the
            address must not have a colon.
    """

    def __init__(self, address: str = "address", port: str = "port", *, port_needed: bool = True) -> None:
        self.address = address
        self.port = port
        self.port_needed = port_needed

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        word = reader.take(self.address)
        host, colon, port = word.rpartition(":")
        if not colon and not self.port_needed:
            put(into, self.address, word)
            return
        number = port_of(port)
        if not host or number is None or (":" in host and not self.port_needed):
            raise Mismatch(reader.at - 1, "an address and a port between 1 and 65535")
        put(into, self.address, host)
        put(into, self.port, number)

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        host, port = get(body, self.address), get(body, self.port)
        if not isinstance(host, str) or not host:
            return None
        return [f"{host}:{port}" if isinstance(port, int) else host]

    def fields(self) -> Iterator[Field]:
        """Address and port."""
        yield Field(self.address)
        yield Field(self.port, kind="integer")
