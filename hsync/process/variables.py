"""variables: find environment variables `HSYNC_*` that no option reads.

Rule 1: the message suggests the most similar known variable: a misspelt setting must not be silently ignored.
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
"""Variables that are not options: secrets, limits and allowances of the operator, and one for debugging."""


def unknown_variables(
    environment: Iterable[str], own: Iterable[str], others: Callable[[], Iterable[str]]
) -> Iterator[str]:
    """A warning for each variable that no option reads.

    Args:
        environment: names of all variables.
        own: variables of the command's options.
        others: returns the variables of the other commands; called only if a variable is unknown.
    """
    strange = {name for name in environment if name.startswith(PREFIX)} - SETTINGS - set(own)
    if not strange:
        return
    known = sorted({*SETTINGS, *others()})
    for name in sorted(strange.difference(known)):
        near = [one for one in known if one.startswith(name)] or _near(name, known)
        yield f"no option knows the variable {name}" + (f"; did you mean {near[0]}?" if near else "")


def _near(name: str, known: Iterable[str]) -> list[str]:
    """Similar variables, compared without the common prefix."""
    by_rest = {one.removeprefix(PREFIX): one for one in known}
    return [by_rest[one] for one in get_close_matches(name.removeprefix(PREFIX), by_rest, n=1)]
