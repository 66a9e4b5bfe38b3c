"""endpoints: the binds and servers of a proxy with their parameters, and the addresses of binds.

Theory: a parameter is a flag (`ssl`) or has a value (`verify none`). A server has its own parameters and those of all
`default-server` lines of its proxy and its defaults. The Data Plane API moves these lines, so their place is ignored.

Source: HAProxy manual 5.1 (bind options), 5.2 (server options), 4.2 "bind".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from hsync.risks.side import Line, View, remembered

__all__ = ["Bind", "Server", "Spot", "binds_of", "params_of", "servers_of", "servers_on", "spot_of"]

Params = Mapping[str, str]
"""Parameters by name; a flag has the value ""."""

_BIND_FLAGS = frozenset(
    [
        "accept-proxy",
        "allow-0rtt",
        "default-crt-required",
        "defer-accept",
        "force-sslv3",
        "force-tlsv10",
        "force-tlsv11",
        "force-tlsv12",
        "force-tlsv13",
        "generate-certificates",
        "no-alpn",
        "no-ca-names",
        "no-sslv3",
        "no-strict-sni",
        "no-tls-tickets",
        "no-tlsv10",
        "no-tlsv11",
        "no-tlsv12",
        "no-tlsv13",
        "prefer-client-ciphers",
        "quic-force-retry",
        "ssl",
        "strict-sni",
        "tfo",
        "tls-tickets",
        "transparent",
        "v4v6",
        "v6only",
    ]
)
_SERVER_FLAGS = frozenset(
    [
        "agent-check",
        "allow-0rtt",
        "backup",
        "check",
        "check-reuse-pool",
        "check-send-proxy",
        "check-ssl",
        "check-via-socks4",
        "disabled",
        "enabled",
        "force-sslv3",
        "force-tlsv10",
        "force-tlsv11",
        "force-tlsv12",
        "force-tlsv13",
        "no-agent-check",
        "no-backup",
        "no-check",
        "no-check-reuse-pool",
        "no-check-send-proxy",
        "no-check-ssl",
        "no-send-proxy",
        "no-send-proxy-v2",
        "no-send-proxy-v2-ssl",
        "no-send-proxy-v2-ssl-cn",
        "no-ssl",
        "no-ssl-reuse",
        "no-sslv3",
        "no-tls-tickets",
        "no-tlsv10",
        "no-tlsv11",
        "no-tlsv12",
        "no-tlsv13",
        "no-verifyhost",
        "non-stick",
        "resolve-net",
        "send-proxy",
        "send-proxy-v2",
        "send-proxy-v2-ssl",
        "send-proxy-v2-ssl-cn",
        "ssl",
        "ssl-reuse",
        "stick",
        "strict-maxconn",
        "tfo",
        "no-tfo",
        "tls-tickets",
    ]
)


def params_of(words: Sequence[str], flags: Collection[str]) -> dict[str, str]:
    """The parameters in the words behind an address.

    Args:
        words: the words.
        flags: the parameters without a value.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(words):
        name = words[at]
        if name in flags:
            found[name] = ""
            at += 1
        else:
            found[name] = words[at + 1] if at + 1 < len(words) else ""
            at += 2
    return found


# Servers


@dataclass(frozen=True, slots=True)
class Server:
    """A server, or the servers of a template.

    Args:
        name: its name; prefix and number of a template.
        address: as written.
        params: with those of `default-server`.
        line: its line.
    """

    name: str
    address: str
    params: Params
    line: Line

    def same(self, other: Server) -> bool:
        """Whether another server has the same line and inherits the same."""
        return self.line.words == other.line.words and self.params == other.params

    @property
    def usable(self) -> bool:
        """Whether it gets traffic, if it is up."""
        return "disabled" not in self.params and self.params.get("weight") != "0"


@remembered
def defaults_of(view: View) -> dict[str, str]:
    """The parameters that the servers of a proxy inherit."""
    found: dict[str, str] = {}
    for line in view.all("default-server"):
        _merge(found, params_of(line.words[1:], _SERVER_FLAGS))
    return found


def _merge(base: dict[str, str], params: Params) -> None:
    for name, value in params.items():
        if name.startswith("no-") and name[3:] in base:
            del base[name[3:]]
        elif name == "enabled":
            base.pop("disabled", None)
        else:
            base[name] = value


@remembered
def servers_of(view: View) -> dict[str, Server]:
    """The servers of a proxy by their names."""
    return servers_on(view, (*view.own("server"), *view.own("server-template")))


def servers_on(view: View, lines: Iterable[Line]) -> dict[str, Server]:
    """The servers of some lines.

    Args:
        view: the proxy.
        lines: the lines.
    """
    found: dict[str, Server] = {}
    shared = defaults_of(view)
    for line in lines:
        words = line.words
        skip = {"server": 3, "server-template": 4}.get(words[0], 0) if words else 0
        if skip and len(words) >= skip:
            params = dict(shared)
            _merge(params, params_of(words[skip:], _SERVER_FLAGS))
            name = " ".join(words[1 : skip - 1])
            found[name] = Server(name, words[skip - 1], params, line)
    return found


# Binds


@dataclass(frozen=True, slots=True)
class Bind:
    """A listening address.

    Args:
        address: as written, one of those of its line.
        params: its parameters.
        line: its line.
    """

    address: str
    params: Params
    line: Line

    def same(self, other: Bind) -> bool:
        """Whether another bind has the same parameters."""
        return self.params == other.params


@remembered
def binds_of(view: View) -> dict[str, Bind]:
    """The listening addresses of a proxy, as written."""
    found: dict[str, Bind] = {}
    for line in view.own("bind"):
        params = params_of(line.words[2:], _BIND_FLAGS) if len(line.words) > 1 else {}
        for address in line.words[1].split(",") if len(line.words) > 1 else ():
            found[address] = Bind(address, params, line)
    return found


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a bind listens.

    Args:
        family: `tcp` or `udp` (QUIC), or `other` for a socket without a network.
        version: 4 or 6, the version of IP; 0 for both.
        host: the address; None for all addresses.
        low: first port.
        high: last port.
        text: as written.
    """

    family: str
    version: int
    host: IPv4Network | IPv6Network | None
    low: int
    high: int
    text: str

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.family == "other" or (self.host is not None and self.host.is_loopback)

    @property
    def is_any(self) -> bool:
        """Whether it listens on all addresses."""
        return self.family != "other" and self.host is None

    def meets(self, other: Spot) -> bool:
        """Whether both would take the same port of the same address."""
        same = self.host is None or other.host is None or self.host == other.host
        same = same and (self.version == other.version or 0 in {self.version, other.version})
        return self.family == other.family != "other" and same and self.low <= other.high and other.low <= self.high


_PREFIXES = re.compile(r"^(?:(ipv4|ipv6|udp|tcp|udp4|udp6|tcp4|tcp6|quic4|quic6|mptcp|mptcp4|mptcp6)@)?(.*)$")
_ELSEWHERE = re.compile(r"^(?:unix@|uxst@|uxdg@|uxsp@|abns@|abnsz@|fd@|sockpair@|rhttp@|rev@|/)")
_PORTS = re.compile(r"(\d+)(?:-(\d+))?")


def spot_of(bind: Bind) -> Spot:
    """Where a bind listens; an address with a variable is taken as `other`."""
    address = bind.address
    found = _PREFIXES.match(address)
    host, _, port = (found[2] if found else "").rpartition(":")
    ports = _PORTS.fullmatch(port)
    if _ELSEWHERE.match(address) or "$" in address or found is None or ports is None:
        return Spot("other", 0, None, 0, 0, address)
    kind = found[1] or ""
    family = "udp" if kind.startswith(("udp", "quic")) else "tcp"
    version = 6 if ":" in host or "6" in kind else 4
    version = 0 if version == 6 and "v4v6" in bind.params else version
    low = int(ports[1])
    return Spot(family, version, _host(host), low, int(ports[2] or low), address)


def _host(host: str) -> IPv4Network | IPv6Network | None:
    if host in {"", "*", "0.0.0.0", "::", "[::]"}:  # noqa: S104 - the address of a configuration, not one to bind
        return None
    try:
        return ip_network(host.strip("[]"))
    except ValueError:
        return ip_network("255.255.255.255/32")  # a name: which address it means is unknown
