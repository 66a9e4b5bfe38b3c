"""variables: those of the process that begin with `HSYNC_`: each is read by somebody, or told.

Rule 1: a misspelt variable is named with the nearest one that is read: what somebody set must not be silently off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

__all__ = ["unknown_variables"]

PREFIX = "HSYNC_"

SETTINGS = frozenset(
    {
        *("HSYNC_PASSWORD", "HSYNC_PASSWORD_FILE", "HSYNC_SECRET_KEY", "HSYNC_DEBUG", "HSYNC_ALLOW"),
        *("HSYNC_RENDER_SECONDS", "HSYNC_RENDER_MEMORY_MB", "HSYNC_RENDER_OUTPUT_MB"),
    }
)
"""Variables that are no options: secrets, limits and allowances of the operator, and what helps to find a bug."""


def unknown_variables(
    environment: Iterable[str], own: Iterable[str], others: Callable[[], Iterable[str]]
) -> Iterator[str]:
    """Variables that nothing reads, a sentence each.

    Args:
        environment: names of all variables.
        own: names that the options of the verb have.
        others: gives those of the other verbs; called only if one of these is not known.
    """
    strange = {name for name in environment if name.startswith(PREFIX)} - SETTINGS - set(own)
    if not strange:
        return
    known = sorted({*SETTINGS, *others()})
    for name in sorted(strange.difference(known)):
        near = [one for one in known if one.startswith(name)] or _near(name, known)
        yield f"no option knows the variable {name}" + (f"; did you mean {near[0]}?" if near else "")


def _near(name: str, known: Iterable[str]) -> list[str]:
    """Compared without the prefix, which would make everything near."""
    by_rest = {one.removeprefix(PREFIX): one for one in known}
    return [by_rest[one] for one in get_close_matches(name.removeprefix(PREFIX), by_rest, n=1)]
