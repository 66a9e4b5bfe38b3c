"""Rewrite: the text as the real server would store it. Only for tests and `rewrite=True`."""

from __future__ import annotations

__all__ = ["rewrite"]


def rewrite(text: str) -> str:
    """The text behind the header lines."""
    return "\n" + text if text else ""
