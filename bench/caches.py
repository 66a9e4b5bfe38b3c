"""What hsync remembers of texts while it runs: a benchmark that repeats its work forgets it before each round."""

from __future__ import annotations

from hsync.model.to_resources import child_of
from hsync.syntax.document import sections_of
from hsync.syntax.words import meaning

__all__ = ["forget"]


def forget() -> None:
    """Leave everything as in a process that has read no text yet."""
    for remembered in (sections_of, meaning, child_of):
        remembered.cache_clear()
