"""outside: what a configuration takes from outside of its text: files, Lua, variables of the environment.

HAProxy reads these also when it only checks a text, and its messages quote what it has read: `acl a src -f FILE` tells
the first line of FILE that is no address. So whoever may write a configuration may read what the user of the check may.

Rule 1: the table is in this file, by the place of the words in their line. What is not sure to be harmless is in it.
Rule 2: words are decoded first: quotes and escapes hide nothing. A word that HAProxy would put together from variables
    cannot be known, so a variable that HAProxy would expand is a finding of its own.

Source: HAProxy 3.4, configuration manual; calls of `fopen` and `open` in src/ and addons/; `haproxy -c`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hsync.syntax import decode
from hsync.syntax.words import VARIABLE

__all__ = ["ANYWHERE", "CALLS", "FIRST", "RULES", "reaches"]


class Reach(NamedTuple):
    """Something that a line takes from outside.

    Args:
        line: number of the line, from 1 on.
        what: in words, `lua-load reads x.lua`.
        name: of the file, as the line has it; "" for what is no file.
    """

    line: int
    what: str
    name: str = ""


FIRST: dict[str, int] = {
    **dict.fromkeys(("lua-load", "lua-load-per-thread", "lua-prepend-path"), 1),
    **dict.fromkeys(("ssl-engine", "ssl-provider", "ssl-provider-path", "ssl-dh-param-file", "issuers-chain-path"), 1),
    **dict.fromkeys(("ca-base", "crt-base", "key-base", "default-path", "httpclient.ssl.ca-file"), 1),
    **dict.fromkeys(("server-state-base", "server-state-file", "server-state-file-name"), 1),
    **dict.fromkeys(("load-server-state-from-file", "stats-file", "shm-stats-file", "h1-case-adjust-file"), 1),
    **dict.fromkeys(("51degrees-data-file", "deviceatlas-json-file", "wurfl-data-file", "wurfl-patch-file"), 1),
    **dict.fromkeys(("backing-file", "account-key", "eab-mac-key", "map", "chroot"), 1),
    **dict.fromkeys(("errorfile",), 2),
}
"""First words of lines, and which word behind them is the file or folder. A base changes what other names mean."""

ANYWHERE: frozenset[str] = frozenset(
    "-f crt default-crt crt-list ca-file ca-sign-file ca-verify-file crl-file tls-ticket-keys ech".split()  # noqa: SIM905 - words
)
"""Words behind which a file comes: of patterns in any condition, and of TLS on the lines of sockets."""

RULES: dict[str, frozenset[str]] = {
    "filter": frozenset({"config"}),
    **dict.fromkeys(("load", "ssl-f-use"), frozenset({"key", "ocsp", "issuer", "sctl"})),
    **dict.fromkeys(("http-request", "http-response", "http-error"), frozenset({"file", "lf-file", "errorfile"})),
}
"""The same, on lines with these first words only."""

CALLS = re.compile(
    r"(?<![\w.-])(?P<name>map(?:_[a-z0-9_]+)?|jwt_verify(?:_cert)?|jwt_decrypt_cert|(?:set|del)-map|(?:add|del)-acl)"
    r"\((?P<arguments>[^)]*)"
)
"""Converters and actions that take the name of a file in brackets."""

_SECOND = frozenset({"jwt_verify", "jwt_verify_cert"})
"""Converters whose second argument is the file, or a secret that stands there itself."""

_NAMES = frozenset(
    "acl backend cache defaults default_backend description fcgi-app frontend listen use-server use_backend".split()  # noqa: SIM905 - words
)
"""First words that a name comes behind, which may look like anything."""

_SETS = frozenset({"presetenv", "setenv", "resetenv", "unsetenv"})
_NO_FILE = ("@", "virt@")
"""Beginnings of names that stand for something that was loaded elsewhere, or for nothing on the disk."""

_LIVE = re.compile(VARIABLE + r"\$\{?([\w.]*)")

_NONE = {"load-server-state-from-file": "none"}


def reaches(text: str) -> Iterator[Reach]:
    """What a configuration takes from outside of its text, in the order of its lines.

    Args:
        text: the whole configuration.
    """
    for number, line in enumerate(text.split("\n"), 1):
        words = decode(line)
        if words:
            yield from (Reach(number, what, name) for what, name in _of(words))


def _of(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    first = words[0]
    if first.startswith("."):
        yield f"{first} depends on what is around HAProxy", ""
    if first in _SETS:
        yield f"{first} changes variables of the environment", ""
    if first == "parse-resolv-conf":
        yield f"{first} reads /etc/resolv.conf", "/etc/resolv.conf"
    for word in words:
        yield from ((f"${name} is a variable of the environment", "") for name in _LIVE.findall(word))
    at = FIRST.get(first, len(words))
    yield from _reads(first, words[at : at + 1])
    behind = ANYWHERE | RULES.get(first, frozenset())
    for place in range(2 if first in _NAMES else 0, len(words) - 1):
        if words[place] in behind:
            yield from _reads(words[place], words[place + 1 : place + 2])
    for word in words:
        for call in CALLS.finditer(word):
            yield from _called(call["name"], call["arguments"].split(","))


def _called(name: str, arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    if name in _SECOND:
        yield from ((f"{name}() reads a key", key.strip()) for key in arguments[1:2])
    else:
        yield from _reads(f"{name}()", arguments[:1])


def _reads(keyword: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in (one.strip() for one in names):
        if name and not name.startswith(_NO_FILE) and _NONE.get(keyword) != name:
            yield f"{keyword} reads {name}", name
