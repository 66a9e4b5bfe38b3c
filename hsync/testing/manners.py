"""Manners: ways in which an embedded server can write a text, besides keeping it byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from hsync.dataplane.embedded.staged import KEEPING, Manner
from hsync.testing.rewriting import rewrite

__all__ = ["KEEPING", "REWRITING", "damaging"]

REWRITING = Manner(rewrite, exact=False, keeps_layout=False)
"""Regroups and sorts sections and lines, like the real server."""


def damaging(damage: Callable[[str], str], manner: Manner = KEEPING) -> Manner:
    """The manner of a server with a bug that damages the text at each write.

    Args:
        damage: makes the damaged text from the right one.
        manner: the manner of the same server without the bug.
    """
    return Manner(lambda text: manner.body(damage(text)), exact=False, keeps_layout=manner.keeps_layout)
