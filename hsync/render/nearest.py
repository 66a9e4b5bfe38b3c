"""nearest: the name that was most likely meant.

Rule 1: a suggestion is made only where a typing error explains the difference; a wrong one costs more than none.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["did_you_mean", "nearest"]

_ALIKE = 0.75
"""Ratio of `difflib` from which on a name counts as near: `nme` for `name`, but not `min` for `combine`."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest to another one; "" when none is near."""
    from difflib import get_close_matches  # only a mistake needs it

    found = get_close_matches(name, list(known), n=1, cutoff=_ALIKE)
    return found[0] if found else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or ""."""
    near = nearest(name, known)
    return f"; did you mean {near!r}?" if near else ""
