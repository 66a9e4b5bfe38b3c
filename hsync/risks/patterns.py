"""patterns: the tests of an ACL, and whether one matches only what another one matches.

Rule 1: `within` is true only if it is certain. In doubt it is false.

Source: HAProxy manual 7.1 "ACL basics".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

__all__ = ["Test", "apart", "test_of", "within"]


@dataclass(frozen=True, slots=True)
class Test:
    """A sample expression and the patterns with which it is compared.

    Args:
        expr: the expression, `path` or `hdr(host)`.
        method: how patterns match: `str`, `beg`, `sub`; "" for the default of the expression.
        nocase: whether upper and lower case are equal.
        patterns: the patterns; a file is `-f FILE`, a comparison `gt 10`. Empty for a boolean expression.
    """

    expr: str
    method: str
    nocase: bool
    patterns: frozenset[str]


_SUFFIX = re.compile(r"(.*[a-z])_(beg|dir|dom|end|len|reg|sub|str)(\(.*\))?")
_OPERATORS = frozenset({"eq", "ge", "gt", "le", "lt"})
_VALUED = frozenset({"-m", "-u"})


@lru_cache(maxsize=4096)
def test_of(words: tuple[str, ...]) -> Test:
    """The test in the words behind the name of an ACL, or between braces."""
    expr, method, nocase = words[0] if words else "", "", False
    if suffix := _SUFFIX.fullmatch(expr):
        expr, method = suffix[1] + (suffix[3] or ""), suffix[2]
    found: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word == "--" or not word.startswith("-") or word[1:2].isdigit():
            found += [] if word == "--" else [word]
            found += rest
        elif word == "-i":
            nocase = True
        elif word in _VALUED:
            method = next(rest, "") if word == "-m" else method or str(next(rest, ""))
        elif word in {"-f", "-M"}:
            found.append(f"-f {next(rest, '')}" if word == "-f" else word)
    if expr.startswith("req.hdr("):
        expr = expr.removeprefix("req.")
    return Test(expr, "" if method == "str" else method, nocase, frozenset(_joined(found)))


def _joined(words: Sequence[str]) -> Iterator[str]:
    """The patterns, each comparison as one: `gt 10`."""
    operator = ""
    for word in words:
        if word in _OPERATORS:
            operator = word
        else:
            yield f"{operator} {word}" if operator else word


def within(one: Test, other: Test) -> bool:
    """Whether all that one test matches is matched by another one."""
    if other.expr == "always_true" or one.expr == "always_false" or one == other:
        return True
    if one.expr != other.expr or (one.nocase and not other.nocase):
        return False
    if not one.patterns or not other.patterns:
        return one.patterns == other.patterns and one.method == other.method
    if one.method == other.method and one.patterns <= other.patterns:
        return True
    return all(any(_covers(q, other, p, one.method) for q in other.patterns) for p in one.patterns)


def _covers(wide: str, other: Test, narrow: str, method: str) -> bool:
    """Whether one pattern of a test matches all that another pattern matches."""
    if wide.startswith("-f ") or narrow.startswith("-f "):
        return wide == narrow and method == other.method
    if other.nocase:
        wide, narrow = wide.lower(), narrow.lower()
    if method == other.method and wide == narrow:
        return True
    if other.method == "beg" and method in {"", "beg"}:
        return narrow.startswith(wide)
    if other.method == "end" and method in {"", "end"}:
        return narrow.endswith(wide)
    if other.method == "sub" and method in {"", "beg", "end", "sub"}:
        return wide in narrow
    if method != other.method:
        return False
    return _includes(wide, narrow) or _spans(wide, narrow)


def _includes(wide: str, narrow: str) -> bool:
    one, other = _network(wide), _network(narrow)
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.supernet_of(other)
    return isinstance(one, IPv6Network) and isinstance(other, IPv6Network) and one.supernet_of(other)


_ADDRESS = re.compile(r"[0-9.]+(?:/[0-9.]+)?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:/[0-9]+)?")


@lru_cache(maxsize=4096)
def _network(text: str) -> IPv4Network | IPv6Network | None:
    if not _ADDRESS.fullmatch(text):
        return None
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _spans(wide: str, narrow: str) -> bool:
    one, other = _range(wide), _range(narrow)
    return one is not None and other is not None and one[0] <= other[0] and other[1] <= one[1]


_NUMBER = re.compile(r"(?:(eq|ge|gt|le|lt) )?(\d+)(?::(\d+))?")
_MOST = 2**64


def _range(text: str) -> tuple[int, int] | None:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    low, high = int(found[2]), int(found[3] or found[2])
    return {"ge": (low, _MOST), "gt": (low + 1, _MOST), "le": (0, high), "lt": (0, high - 1)}.get(
        found[1] or "eq", (low, high)
    )


_SINGLE = re.compile(r"(path|method|src|dst|dst_port|url|base|hdr\(host\)|ssl_fc_sni|req\.ssl_sni|status|host)")
"""Expressions with one value for a request."""


def apart(one: Test, other: Test) -> bool:
    """Whether no request matches both tests."""
    if "always_false" in {one.expr, other.expr}:
        return True
    if one.expr != other.expr or not _SINGLE.match(one.expr) or not one.patterns or not other.patterns:
        return False
    nocase = one.nocase or other.nocase
    return all(
        _differ(*((p.lower(), q.lower()) if nocase else (p, q)), one.method, other.method)
        for p in one.patterns
        for q in other.patterns
    )


def _differ(one: str, other: str, method: str, other_method: str) -> bool:
    """Whether two patterns have no value in common."""
    if "-f " in {one[:3], other[:3]} or not {method, other_method} <= {"", "beg"}:
        return False
    net, other_net = _network(one), _network(other)
    if net is not None and other_net is not None:
        return net.version != other_net.version or not net.overlaps(other_net)
    ranges = _range(one), _range(other)
    if ranges[0] is not None and ranges[1] is not None and not method and not other_method:
        return ranges[0][1] < ranges[1][0] or ranges[1][1] < ranges[0][0]
    if not method and not other_method:
        return one != other
    if method and other_method:
        return not (one.startswith(other) or other.startswith(one))
    return not (one.startswith(other) if other_method else other.startswith(one))
