"""times: the times of a configuration, in milliseconds.

Source: HAProxy manual 2.5 "Time format": a number without a unit is in milliseconds.
"""

from __future__ import annotations

import re

__all__ = ["ms_of"]

_UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIME = re.compile(r"(\d+)(us|ms|s|m|h|d)?")


def ms_of(text: str) -> float | None:
    """The milliseconds of a time; None if the text is no time."""
    found = _TIME.fullmatch(text)
    return float(found[1]) * _UNITS[found[2] or "ms"] if found else None
