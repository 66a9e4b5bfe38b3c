"""Manners: other ways for an embedded server to write a content than to keep its text."""

from __future__ import annotations

from collections.abc import Callable

from hsync.dataplane.embedded.staged import KEEPING, Manner
from hsync.testing.rewriting import rewrite

__all__ = ["KEEPING", "REWRITING", "damaging"]

REWRITING = Manner(rewrite, exact=False, keeps_layout=False)
"""Regroups and sorts, as the real server does."""


def damaging(damage: Callable[[str], str], manner: Manner = KEEPING) -> Manner:
    """A server with a bug: it damages what it writes.

    Args:
        damage: from the right text to a damaged one.
        manner: how the server writes otherwise.
    """
    return Manner(lambda text: manner.body(damage(text)), exact=False, keeps_layout=manner.keeps_layout)
