"""masked: a text with all secrets masked, to compare texts of different times and places.

A kept text has references in the place of secrets, a plan file has markers, a target has the values. With masks they
are equal where only the secret could differ.
"""

from __future__ import annotations

import re

from hsync.plan.hiding import hidden_line
from hsync.plan.secrets import MARK
from hsync.secrecy import MASK

__all__ = ["BEFORE", "MARKER", "masked_text"]

_EMPTIED = re.compile(r"((?<=\n)(?:#\n)+)")
"""Lines of sections that stay as they are: most of a large file in a plan."""

MARKER = re.compile(re.escape(MARK) + r"[^{}]*\}\}")
"""A marker of `plan.secrets`."""


BEFORE = "(secret-before)"
"""Mask of an old secret that is replaced by another: not `MASK`, with which the two would look equal."""


def masked_text(text: str) -> str:
    """A text with all secrets masked.

    Args:
        text: with values that the run has learned, or with markers.
    """
    pieces = _EMPTIED.split(text)
    pieces[::2] = ["\n".join(hidden_line(MARKER.sub(MASK, line)) for line in one.split("\n")) for one in pieces[::2]]
    return "".join(pieces)
