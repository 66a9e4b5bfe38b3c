"""Times and sizes: numbers with a unit in text, plain numbers in JSON.

A word is read only if its value is a whole number in the unit of the JSON field. A value is written with the largest
unit that gives a whole number (the server's `preferred_time_suffix: nearest`).

Source: HAProxy manual 2.5 "Time format" and 2.6 "Size format"; docs/reference/haproxy-cfg.md section 3.
"""

from __future__ import annotations

import re

__all__ = ["LONGEST", "read_size", "read_time", "write_size", "write_time"]

_MICROSECONDS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}
_BYTES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
LONGEST = 19
"""Maximum number of digits: the server has 64 bits."""

_TIME = re.compile(rf"(\d{{1,{LONGEST}}})(us|ms|s|m|h|d)?\Z")
_SIZE = re.compile(rf"(\d{{1,{LONGEST}}})([kKmMgG]?)\Z")


def read_time(word: str, bare: str = "ms") -> int | None:
    """Milliseconds of a time word; None if it is not a time, or not a whole number of milliseconds.

    Args:
        word: such as `5s`, `500`, `1m`.
        bare: the unit of a number without one; "" if a number without a unit is ambiguous.
    """
    match = _TIME.match(word)
    if not match or not (match.group(2) or bare):
        return None
    micros = int(match.group(1)) * _MICROSECONDS[match.group(2) or bare]
    return micros // 1000 if micros % 1000 == 0 else None


def write_time(milliseconds: int) -> str:
    """A time word with the largest exact unit: 5000 is `5s`, 60000 is `1m`, 1500 is `1500ms`."""
    for unit in ("d", "h", "m", "s"):
        size = _MICROSECONDS[unit] // 1000
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"


def read_size(word: str) -> int | None:
    """Bytes of a size word such as `16384`, `50k`, `1m`; None if it is not a size."""
    match = _SIZE.match(word)
    return int(match.group(1)) * _BYTES[match.group(2).lower()] if match else None


def write_size(size: int) -> str:
    """A size word with the largest exact unit: 51200 is `50k`, 1000 is `1000`."""
    for unit in ("g", "m", "k"):
        if size and size % _BYTES[unit] == 0:
            return f"{size // _BYTES[unit]}{unit}"
    return str(size)
