"""nearby: the known keyword that is most similar to a misspelt one.

`did_you_mean` is a suggestion for a line that no row accepts: the line may be right, since HAProxy has keywords that
the tables do not have. `misspelt` is sure: the word is one typing error away from a keyword, and HAProxy does not know
it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import takewhile

from hsync.schema import Arg, Enum, Row
from hsync.sections import by_kind, every_kind, unmodelled
from hsync.sections.proxy_shapes import Either
from hsync.sections.rule_args import Suffixed

__all__ = ["did_you_mean", "has_more_keywords", "misspelt"]


def did_you_mean(kind: str, words: list[str]) -> str:
    """The most similar keyword of a section kind, `http-request set-header`; "" for a known keyword, or without any.

    Args:
        kind: section keyword.
        words: raw words of the line.
    """
    heads = _heads(kind)
    for length in (3, 2, 1):
        before, last = tuple(words[: length - 1]), words[length - 1 : length]
        written = " ".join((*before, *(word.partition("(")[0] for word in last)))
        known = [" ".join((*before, word)) for word in _following(kind, before)] if before else []
        if written in known:
            return ""
        among = (*known, *heads.get(length, ()))
        near = get_close_matches(written, among, n=1, cutoff=0.8) if len(words) >= length else []
        if near and near[0] != written:
            return near[0]
        if near:
            return ""
    return ""


@cache
def _heads(kind: str) -> dict[int, tuple[str, ...]]:
    """The keywords of a section kind, by number of words."""
    found: dict[int, dict[str, None]] = {}
    for head in _all_heads(kind):
        found.setdefault(len(head), {})[" ".join(head).rstrip("(")] = None
    return {length: tuple(heads) for length, heads in found.items()}


def _likes(kind: str) -> tuple[str, ...]:
    """The section kinds whose keywords may be in a section of this kind."""
    return unmodelled()[kind].like if kind in unmodelled() else (kind,)


def _all_heads(kind: str) -> Iterator[tuple[str, ...]]:
    for like in _likes(kind):
        section_type = by_kind().get(like)
        if section_type is None:  # a conditional block: its lines may be of any kind
            return
        yield from section_type.table.by_head
        for child in section_type.children:
            for head in child.table.by_head:
                yield from (head[:length] for length in range(1, len(head) + 1))


ALSO_KNOWN = frozenset(
    {
        "appsession", "be-unpublished", "block", "clitimeout", "contimeout", "dispatch", "eab-key-id", "eab-mac-alg",
        "eab-mac-key", "errorloc", "key-base", "log-tag", "max-session-srv-conns", "monitor-net", "nbproc",
        "no-memory-trimming", "rate-limit", "redirect", "srvtimeout", "ssl-load-extra-del-ext", "trace", "transparent",
        "unix-bind", "usesrc", "option contstats", "tcp-request content expect-netscaler-cip",
        "tcp-request content expect-proxy", "tcp-request session expect-netscaler-cip",
        "tcp-request session expect-proxy", "tcp-request session capture",
    }
)  # fmt: skip
"""Keywords of HAProxy 2.8 to 3.5 that no row has (from `haproxy -dKcfg`, and the tables in its source)."""

MIN_LENGTH = 4
"""A shorter word is similar to too many keywords."""


def misspelt(kind: str, words: Sequence[str]) -> tuple[int, str] | None:
    """The index of a misspelt keyword in a line, and its right spelling; None if there is none.

    Args:
        kind: section keyword.
        words: decoded words of the line.
    """
    start = int(words[0] in {"no", "default"})
    for at in range(start, min(start + 3, len(words))):
        before, (word, bracket, _) = tuple(words[start:at]), words[at].partition("(")
        known = _following(kind, before)
        if not known:
            return None
        if word not in known:
            near = next((keyword for keyword in known if is_slip(word, keyword)), "")
            return (at, near + bracket) if near and not _is_of_haproxy(before, word) else None
    return None


def has_more_keywords(kind: str, text: str) -> bool:
    """Whether `misspelt` has to look at a line: its first word is unknown, or followed by another keyword."""
    first = text.split(maxsplit=1)[:1]
    return bool(first) and (first[0] not in _following(kind, ()) or bool(_following(kind, (first[0],))))


def _is_of_haproxy(before: tuple[str, ...], word: str) -> bool:
    """Whether HAProxy knows a keyword in any kind of section."""
    known = any(word in _following(kind, before) for kind in every_kind())
    return known or " ".join((*before, word)) in ALSO_KNOWN


@cache
def _following(kind: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """The keywords that may follow the first words of a line; empty if any other word may follow, too."""
    found: dict[str, None] = {}
    for head, args in _shapes(kind):
        if head[: len(words)] == words:
            known = head[len(words) :][:1] or _first_words(args)
            if not known:
                return ()
            found.update((word.rstrip("("), None) for word in known)
    return (*found, *(() if words else every_kind()))


def _first_words(args: Sequence[Arg]) -> tuple[str, ...]:
    """The words that can be the first argument; empty if any word can."""
    first = args[0] if args else None
    if isinstance(first, Suffixed):
        return (first.prefix,)
    return tuple(first.values) if isinstance(first, Enum) else ()


def _shapes(kind: str) -> Iterator[tuple[tuple[str, ...], Sequence[Arg]]]:
    """The keywords of a section kind, and the patterns of their arguments."""
    for like in _likes(kind):
        section_type = by_kind().get(like)
        if section_type is None:  # a conditional block: its lines may be of any kind
            return
        for head, rows in section_type.table.by_head.items():
            yield from ((head, part.args.args) for row in rows for part in _rows(row, head))
        yield from (((aside.keyword,), ()) for aside in section_type.asides)
        for child in section_type.children:
            for head, forms in (*child.table.by_head.items(), *child.kept_table.by_head.items()):
                yield from ((head, form.args) for form in forms)


def _rows(row: Row, head: tuple[str, ...]) -> Iterator[Row]:
    """The row itself; for a row of alternatives those with this head."""
    yield from (part for part in row.rows if head in part.heads()) if isinstance(row, Either) else (row,)


def is_slip(word: str, keyword: str) -> bool:
    """Whether a word is a keyword with one typing error: a letter too many, too few, wrong, or two swapped.

    A wrong digit does not count: `http2` may be a keyword that hsync does not know.

    Args:
        word: the word in the text.
        keyword: the known keyword.
    """
    if min(len(word), len(keyword)) < MIN_LENGTH or "." in word or word == keyword:
        return False
    at = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, keyword, strict=False)))
    rest, meant = word[at:], keyword[at:]
    if any(letter.isdigit() for letter in rest[:1] + meant[:1]):
        return False
    swapped = rest[1::-1] == meant[:2] and rest[2:] == meant[2:]
    return swapped or rest[1:] == meant or rest == meant[1:] or rest[1:] == meant[1:]
