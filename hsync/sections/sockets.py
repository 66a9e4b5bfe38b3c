"""Patterns of servers and binds: addresses, TLS versions, QUIC. Manual chapters 2.9, 5.1 and 5.2.

Rule: a pattern accepts only an address of which the API keeps all parts. The API would lose a part of
`${HOST}:${PORT}`, `:+1` and `a:1,b:2`, so their lines are opaque.

Source: client-native `configuration/server.go` (ParseAddress), `configuration/dgram_bind.go`, `misc` (ParseBindAddress,
SanitizeIPv6Address); answers of Data Plane API 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from hsync.schema import Arg, Body, Field, Fields, Late, Mismatch, Reader, Word, get
from hsync.schema.units import LONGEST, read_size, write_size

__all__ = [
    "DATAGRAM",
    "NAME",
    "PEER",
    "STREAM",
    "TLS_VERSIONS",
    "VARIABLE",
    "Congestion",
    "Name",
    "SocketAddress",
    "Token",
]

Token = partial(Word, matching=r"\S+")
"""A word for a field in which the API refuses blanks, even quoted ones."""

VARIABLE = Late("3.4", r'.*[${}"].*')
"""Names with a variable in them: 3.2.5 and 3.3.0 refuse these."""

Name = partial(Word, matching=r'[A-Za-z0-9-_.:${}"]+', late=VARIABLE)
"""A name with the characters that most sections accept."""

TLS_VERSIONS = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")

_PORT = r"(?P<port>[0-9]{1,5})"
_RANGE = _PORT + r"(?:-(?P<end>[0-9]{1,5}))?"
_IPV6 = r"(?:ipv6|udp6|quic6)@"
_HEX = r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*"

PEER = (
    rf"(?!{_IPV6})(?P<host>[^:,\[\]\s]+)(?::{_PORT})?",  # name, IPv4, path, variable
    rf"\[(?P<host>[^\[\]\s]+)\](?::{_PORT})?",
    rf"(?P<host>{_IPV6}\[[^\[\]\s]+\])(?::{_PORT})?",
    rf"(?P<host>{_HEX}):(?P<port>[0-2]?[0-9]{{1,4}})",  # the server's 16 bits end at 32767
)
"""The address of a `server`; its port is optional."""

NAME = (rf"(?P<host>[^:,\[\]\s]+)(?::{_PORT})?",)
"""The name that a `server-template` resolves."""

STREAM = (
    r"(?P<host>(?:/|unix@|fd@|sockpair@)[^,\s]*)",
    r'(?P<host>"?\$[^:,\s]+)',
    rf"(?!/|{_IPV6})(?P<host>[^:,\[\]\s]*):{_RANGE}",
    rf"(?P<prefix>{_IPV6})?\[(?P<host>[^\[\]\s]+)\]:{_RANGE}",
    rf"(?P<prefix>{_IPV6})?(?P<host>{_HEX}):{_RANGE}",
)
"""The address of a `bind`; it has a port unless it is a path, a descriptor or a variable."""

DATAGRAM = (
    r"(?P<host>/[^,\s]*)",
    rf"(?!/|{_IPV6})(?P<host>[^:,\[\]\s]*):{_RANGE}",
    rf"(?!/|{_IPV6})(?P<host>[^:,\[\]\s]+)",
)
"""The address of a `dgram-bind`; the API splits an IPv6 address at its first colon, so such a line is opaque."""


class SocketAddress(Arg):
    """One word `address:port` or `address:first-last`.

    Args:
        shapes: regular expressions with a group host, and optional groups prefix, port, end.
        address: field of the address.
        ranged: whether the API has a field `port-range-end`.
    """

    def __init__(self, shapes: tuple[str, ...], address: str = "address", *, ranged: bool = False) -> None:
        self.shapes = tuple(map(re.compile, shapes))
        self.address = address
        self.ranged = ranged

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and split it."""
        word = reader.take("an address")
        match = next((found for shape in self.shapes if (found := shape.fullmatch(word))), None)
        if match is None:
            raise Mismatch(reader.at - 1, "one address with a plain port")
        parts = match.groupdict()
        port, end = (int((parts.get(name) or "0")[:LONGEST]) for name in ("port", "end"))
        if max(port, end) > 65535 or (parts.get("port") and port == 0) or (parts.get("end") and end <= port):
            raise Mismatch(reader.at - 1, "ports between 1 and 65535, the lower one first")
        host = (parts.get("prefix") or "") + parts["host"]
        into.update(
            {name: part for name, part in ((self.address, host), ("port", port), ("port-range-end", end)) if part}
        )

    def write(self, body: Body) -> list[str] | None:
        """The word, with brackets around an IPv6 address."""
        host, port, end = get(body, self.address), get(body, "port"), get(body, "port-range-end")
        if not (host or port):
            return None
        if not isinstance(port, int):
            return [bracketed(str(host))]
        return [f"{bracketed(str(host or ''))}:{port}" + (f"-{end}" if self.ranged and end else "")]

    def fields(self) -> Iterator[Field]:
        """Address, port, end of the range."""
        yield Field(self.address)
        yield Field("port", kind="integer")
        if self.ranged:
            yield Field("port-range-end", kind="integer")


def bracketed(host: str) -> str:
    """The address as the server writes it: IPv6 in brackets."""
    prefix = re.match(_IPV6, host)
    bare = host[prefix.end() :] if prefix else host
    if bare.startswith("[") or not (prefix or bare.count(":") > 1):
        return host
    return f"{prefix.group() if prefix else ''}[{bare}]"


class Congestion(Arg):
    """`ALGORITHM(WINDOW,BURST)`, the value of `quic-cc-algo`; the window is in KiB in JSON.

    Args:
        since: first API release of the algorithm.
        window_since: first API release of the window.
        burst: whether the API has a field for the burst size.
    """

    shape = re.compile(r"(cubic|newreno|bbr|nocc)(?:\((?!\))([0-9]+[kKmMgG]?)?(?:,([0-9]{1,4}))?\))?")

    def __init__(self, *, since: str = "", window_since: str, burst: bool) -> None:
        self.since = since
        self.window_since = window_since
        self.burst = burst

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and split it."""
        match = self.shape.fullmatch(reader.take("quic-cc-algo"))
        if not match:
            raise Mismatch(reader.at - 1, "cubic, newreno, bbr or nocc")
        algorithm, window, burst = match.groups()
        size = read_size(window) if window else None
        if size is not None and (size % 1024 or not 10 <= size // 1024 <= 4194304):
            raise Mismatch(reader.at - 1, "a window of whole KiB between 10k and 4g")
        if burst and (not self.burst or int(burst) > 1024):
            raise Mismatch(reader.at - 1, "only a window" if not self.burst else "a burst size up to 1024")
        into["quic-cc-algo"] = algorithm
        if size is not None:
            into["quic_cc_algo_max_window"] = size // 1024
        if burst:
            into["quic_cc_algo_burst_size"] = int(burst)

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        algorithm, window, burst = (get(body, field.path) for field in self.all_fields)
        if not isinstance(algorithm, str):
            return None
        sizes = [write_size(window * 1024) if isinstance(window, int) else ""]
        sizes += [str(burst)] if self.burst and isinstance(burst, int) else []
        return [f"{algorithm}({','.join(sizes)})" if any(sizes) else algorithm]

    @property
    def all_fields(self) -> tuple[Field, Field, Field]:
        """Algorithm, window, burst size."""
        return (
            Field("quic-cc-algo", self.since, kind="enum"),
            Field("quic_cc_algo_max_window", self.window_since, kind="integer"),
            Field("quic_cc_algo_burst_size", self.window_since, kind="integer"),
        )

    def fields(self) -> Iterator[Field]:
        """The fields that the API has for a server, or for a bind."""
        yield from self.all_fields[: 3 if self.burst else 2]
