"""browsers: refuses what a page in somebody's browser sends to a server on this machine.

Any page may send requests to 127.0.0.1, and with a name of its own that resolves to it (DNS rebinding) it may read the
answers as well. The server has no password that would stop it.

Rule 1: `Host` names this machine: a page cannot choose that header, and behind a name of its own it is another one.
Rule 2: `Origin`, which browsers add, is the server itself. So is the site of `Sec-Fetch-Site`.
Rule 3: what a page may send to others without asking them first (a "simple request": a form, or plain text, in which
    the API takes raw configurations) shows that it is from no page: by the name of another program than a browser, or
    by a header that no page may send like that.

Source: https://fetch.spec.whatwg.org/ (CORS-safelisted request headers, the Origin header);
https://www.w3.org/TR/fetch-metadata/.
"""

from __future__ import annotations

import re
import socket
from email.message import Message
from ipaddress import ip_address

from hsync.dataplane.embedded.arrivals import Unreadable

__all__ = ["LOOPBACK", "refuse_foreign"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

_HOST = re.compile(r"(?:\[(?P<literal>[0-9a-fA-F:.%]+)\]|(?P<name>[^:\[\]]+))(?::\d{0,5})?")
_OWN_SITES = frozenset({"same-origin", "none"})
_SIMPLE = frozenset({"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
_NOT_SIMPLE = ("Authorization", "X-Requested-With")
_BROWSER = "Mozilla/"
"""What the User-Agent of each browser begins with; a page cannot change it in a simple request."""


def refuse_foreign(method: str, head: Message, bound: str) -> None:
    """Refuse a request that a page of somebody else may have sent.

    Args:
        method: of the request.
        head: its headers.
        bound: the address that the server listens on.

    Raises:
        Unreadable: 421 for another host, 403 for another origin or for a simple request.
    """
    hosts = head.get_all("Host", [])
    if len(hosts) > 1:
        raise Unreadable(400, "more than one Host")
    for host in hosts:
        if not _is_here(host, bound):
            raise Unreadable(421, f"{host[:100]!r} is not the name of this server")
    origin = head.get("Origin")
    if origin is not None and origin.lower() != f"http://{(hosts or ['?'])[0]}".lower():
        raise Unreadable(403, f"a page of {origin[:100]!r} may not use this server")
    if head.get("Sec-Fetch-Site", "none").lower() not in _OWN_SITES:
        raise Unreadable(403, "a page of another site may not use this server")
    kind = head.get("Content-Type", "").partition(";")[0].strip().lower()
    if method == "POST" and kind in _SIMPLE and not _is_of_a_program(head):
        raise Unreadable(403, f"{kind} without a header that no page can send: {' or '.join(_NOT_SIMPLE)}")


def _is_of_a_program(head: Message) -> bool:
    agent = head.get("User-Agent", "")
    return any(name in head for name in _NOT_SIMPLE) or bool(agent and not agent.startswith(_BROWSER))


def _is_here(host: str, bound: str) -> bool:
    """Whether a host is a name of this server.

    A server that others can reach may be addressed by any number: a name can be made to lead here, a number cannot.
    """
    match = _HOST.fullmatch(host.strip())
    name = ((match["literal"] or match["name"]) if match else "").lower().removesuffix(".")
    try:
        address = ip_address(name)
    except ValueError:
        mine = set() if bound in LOOPBACK else {bound.lower(), socket.gethostname().lower()}
        return name in {"localhost", *mine}
    return address.is_loopback or bound not in LOOPBACK
