"""Configurations of any size, the same ones every time."""

from __future__ import annotations

__all__ = ["configuration", "giant", "one_server_changed"]

_HEAD = """\
global
  maxconn 20000
  log 127.0.0.1:514 local0

defaults base
  mode http
  option httplog
  timeout connect 5s
  timeout client 30s
  timeout server 30s
"""

_LINES_OF_HEAD = _HEAD.count("\n")
_RULES = 12
_SERVERS = 20


def configuration(lines: int) -> str:
    """A configuration of about so many lines: pairs of a frontend and a backend, as large sites have them."""
    parts, count, number = [_HEAD], _LINES_OF_HEAD, 0
    while count < lines:
        part = _frontend(number) + _backend(number)
        parts.append(part)
        count += part.count("\n")
        number += 1
    return "".join(parts)


def _frontend(number: int) -> str:
    rules = "".join(
        f"  acl is_{rule} hdr(host) -i site{number}-{rule}.example\n"
        f'  http-request set-header X-Site "{number} {rule}" if is_{rule}\n'
        for rule in range(_RULES)
    )
    return (
        f"\nfrontend www{number} from base\n  bind 127.0.0.1:{20000 + number % 40000} name http\n"
        f"{rules}  default_backend app{number}\n"
    )


def _backend(number: int) -> str:
    servers = "".join(
        f"  server s{server:02} 10.{number // 200 % 200}.{number % 200}.{server + 1}:8080 check inter 2s weight 100\n"
        for server in range(_SERVERS)
    )
    return f"\nbackend app{number} from base\n  balance roundrobin\n  option httpchk GET /health\n{servers}"


def giant(servers: int) -> str:
    """One backend with so many servers."""
    lines = "".join(
        f"  server s{number:06} 10.{number >> 16}.{number >> 8 & 255}.{number & 255}:8080 check weight 100\n"
        for number in range(servers)
    )
    return f"{_HEAD}\nbackend giant from base\n{lines}"


def one_server_changed(text: str) -> str:
    """The same text with another weight of the server in the middle."""
    at = text.index("weight 100", len(text) // 2)
    return f"{text[:at]}weight 50{text[at + len('weight 100') :]}"
