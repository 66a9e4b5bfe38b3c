"""nearby: which known keyword a misspelt one probably means.

Only for lines that no row accepts, and only as a hint: HAProxy may know keywords that the tables do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache

from hsync.sections import by_kind, unmodelled

__all__ = ["did_you_mean"]


def did_you_mean(kind: str, words: list[str]) -> str:
    """The nearest known keyword of a section kind, `http-request set-header`; "" when none is near, or it is the same.

    Args:
        kind: section keyword.
        words: raw words of the line.
    """
    heads = _heads(kind)
    for length in (3, 2, 1):
        written = " ".join(words[:length])
        near = get_close_matches(written, heads.get(length, ()), n=1, cutoff=0.8) if len(words) >= length else []
        if near and near[0] != written:
            return near[0]
        if near:
            return ""
    return ""


@cache
def _heads(kind: str) -> dict[int, tuple[str, ...]]:
    """Keywords of a section kind by their number of words."""
    found: dict[int, dict[str, None]] = {}
    for head in _all_heads(kind):
        found.setdefault(len(head), {})[" ".join(head).rstrip("(")] = None
    return {length: tuple(heads) for length, heads in found.items()}


def _all_heads(kind: str) -> Iterator[tuple[str, ...]]:
    for like in unmodelled()[kind].like if kind in unmodelled() else (kind,):
        section_type = by_kind().get(like)
        if section_type is None:  # a conditional block: its lines may be of any kind
            return
        yield from section_type.table.by_head
        for child in section_type.children:
            for head in child.table.by_head:
                yield from (head[:length] for length in range(1, len(head) + 1))
