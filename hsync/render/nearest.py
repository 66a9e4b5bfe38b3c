"""nearest: suggests a known name for an unknown one.

Rule 1: there is a suggestion only if a typing error explains the difference: a wrong suggestion is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

_ALIKE = 0.75
"""Minimum ratio of `difflib` for a suggestion: `nme` suggests `name`, but `min` does not suggest `combine`."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The most similar known name; "" if no name is similar."""
    from difflib import get_close_matches  # only needed after an error

    found = get_close_matches(name, list(known), n=1, cutoff=_ALIKE)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or ""."""
    near = nearest(name, known)
    return f"; did you mean {near!r}?" if near else ""
