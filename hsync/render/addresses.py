"""addresses: the filters of Ansible for addresses and networks, with Python's `ipaddress`.

Rule 1: a value that is not an address, or does not match the query, gives false, as in Ansible, for conditions. False
in a line is an error, so that it is never written silently.

Source: https://docs.ansible.com/ansible/latest/collections/ansible/utils/docsite/filters_ipaddr.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from jinja2.exceptions import TemplateRuntimeError

__all__ = ["ipaddr", "ipv4", "ipv6", "ipwrap"]

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface


def ipaddr(value: object, query: str | int = "", version: int | None = None) -> object:
    """An address or a network that matches a query, else false.

    Args:
        value: a text, or a list, which is filtered.
        query: the property to return or to check; a number for an address of the network.
        version: 4 or 6; None for either.
    """
    if isinstance(value, list):
        return [found for found in (ipaddr(one, query, version) for one in value) if found is not False]
    found = _interface(value)
    if found is None or version not in {None, found.version}:
        return False
    if isinstance(query, int) or query.lstrip("-").isdecimal():
        return _nth(found, int(query))
    asked = _QUERIES.get(query)
    if asked is None:
        return _in_network(found, query)
    return asked(found, str(value))


def ipv4(value: object, query: str | int = "") -> object:
    """As `ipaddr`, for IPv4 only."""
    return ipaddr(value, query, 4)


def ipv6(value: object, query: str | int = "") -> object:
    """As `ipaddr`, for IPv6 only."""
    return ipaddr(value, query, 6)


def ipwrap(value: object) -> object:
    """An IPv6 address in brackets; any other value unchanged."""
    if isinstance(value, list):
        return [ipwrap(one) for one in value]
    found = _interface(value)
    if found is None or found.version == 4 or not isinstance(value, str):
        return value
    address, slash, length = value.partition("/")
    return f"[{address}]{slash}{length}"


def _interface(value: object) -> Interface | None:
    """An address with its network; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        return ipaddress.ip_interface(value)
    except ValueError:
        return None


def _nth(found: Interface, number: int) -> object:
    """An address of a network, with the network's length."""
    try:
        return f"{found.network[number]}/{found.network.prefixlen}"
    except IndexError:
        return False


def _in_network(found: Interface, query: str) -> object:
    """The value if it is in the network of the query, else false."""
    network = _interface(query)
    if network is None:
        known = ", ".join(sorted(filter(None, _QUERIES)))
        raise TemplateRuntimeError(f"ipaddr: unknown query {query!r}; known are {known}, a number or a network")
    inside = network.version == found.version and found.network.subnet_of(network.network)  # type: ignore[arg-type]
    return _shown(found) if inside else False


def _is_host(found: Interface, text: str) -> bool:
    """Whether the value is one address, not a network."""
    return "/" not in text or found.network.num_addresses == 1 or found.ip != found.network.network_address


def _shown(found: Interface) -> str:
    return str(found.ip) if found.network.num_addresses == 1 else str(found)


_Query = Callable[[Interface, str], object]

_QUERIES: Mapping[str, _Query] = {
    "": lambda found, text: text if "/" in text else str(found.ip),
    "address": lambda found, text: str(found.ip) if _is_host(found, text) else False,
    "ip": lambda found, text: str(found.ip) if _is_host(found, text) else False,
    "bool": lambda _, __: True,
    "broadcast": lambda found, _: str(found.network.broadcast_address) if found.network.num_addresses > 2 else False,
    "cidr": lambda found, _: str(found),
    "host": lambda found, text: str(found) if _is_host(found, text) else False,
    "hostmask": lambda found, _: str(found.hostmask),
    "int": lambda found, _: int(found.ip),
    "ipv4": lambda found, text: text if found.version == 4 else False,
    "ipv6": lambda found, text: text if found.version == 6 else False,
    "loopback": lambda found, text: text if found.ip.is_loopback else False,
    "multicast": lambda found, text: text if found.ip.is_multicast else False,
    "net": lambda found, text: False if _is_host(found, text) else str(found.network),
    "netmask": lambda found, _: str(found.netmask),
    "network": lambda found, _: str(found.network.network_address),
    "network_id": lambda found, _: str(found.network.network_address),
    "prefix": lambda found, _: found.network.prefixlen,
    "private": lambda found, text: text if found.ip.is_private else False,
    "public": lambda found, text: text if found.ip.is_global else False,
    "revdns": lambda found, _: f"{found.ip.reverse_pointer}.",
    "size": lambda found, _: found.network.num_addresses,
    "subnet": lambda found, _: str(found.network),
    "type": lambda found, text: "address" if _is_host(found, text) else "network",
    "unicast": lambda found, text: False if found.ip.is_multicast else text,
    "version": lambda found, _: found.version,
    "wrap": lambda _, text: ipwrap(text),
}
