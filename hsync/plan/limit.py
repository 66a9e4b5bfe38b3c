"""limit: how much a plan may delete: a number of resources, or a share of the sections of the target."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["FIRST", "NO_LIMIT", "Limit", "limit_of"]

_SHARE = re.compile(r"(\d{1,3})\s*%")
_COUNT = re.compile(r"\d{1,9}")


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit. Without values nothing is limited.

    Args:
        count: maximum number of deleted resources; None for any number.
        share: maximum share of the sections of the target, in percent; None for any share.
        few: number of sections that may be deleted whatever share they are.
    """

    count: int | None = None
    share: int | None = None
    few: int = 0

    def __str__(self) -> str:
        """As written in hsync.toml."""
        return f"{self.share}%" if self.share is not None else str(self.count)


NO_LIMIT = Limit()

FIRST = Limit(share=30, few=2)
"""The limit for a target to which hsync has never applied a plan; the share is that of octoDNS."""


def limit_of(text: str) -> Limit:
    """The limit in a text: `10` or `30%`.

    Raises:
        ValueError: it is neither a number nor a share up to 100 %.
    """
    share = _SHARE.fullmatch(text.strip())
    if share and int(share[1]) <= 100:
        return Limit(share=int(share[1]))
    if not _COUNT.fullmatch(text.strip()):
        raise ValueError(f"expected a number from 0 on, or a share such as 30%, got {text!r}")
    return Limit(int(text))
