"""places: remembers the places of secrets as lines with masked secrets, and finds the values at these places.

    http-request set-header X-Key (secret)

A secret that was removed from the template has no reference. But its place is in the state of the target, and in the
plan that removes it. A value at such a place in the target's text is hidden like any secret.

Rule 1: only values in the target's text are hidden. The new value at the place is shown, unless it is a secret.
Rule 2: a place is remembered also while the target has no value there, since an old text may be restored. A word that
the template has in plain text is not a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from hsync.plan.hiding import hidden_by_its_words
from hsync.secrecy import MASK
from hsync.syntax import Word, decode, split

__all__ = ["places_in", "remembered", "secrets_at"]

_LEAST = 4
"""Minimum number of characters of a hidden value: a shorter one may be an ordinary word."""


def places_in(diff: Iterable[str], sides: str) -> Iterator[str]:
    """The lines of a text diff that have masked secrets, without indentation.

    Args:
        diff: the diff of a plan.
        sides: first characters of the lines to use.
    """
    yield from (line[1:].strip() for line in diff if MASK in line and line[:1] in sides and not line.startswith("@@"))


def secrets_at(places: Iterable[str], lines: Iterable[str], public: str = "") -> frozenset[str]:
    """The values at places of secrets.

    Args:
        places: the result of `places_in`.
        lines: the lines of the target's text.
        public: a text without secrets: its words are not hidden.
    """
    found = {secret for place, line in _pairs(places, lines) for secret in place.secrets(line) if _tells(secret)}
    return frozenset(one for one in found if not (one in public and _is_word(one, public)))


def _is_word(value: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def remembered(known: Iterable[str], put: Iterable[str], lines: Iterable[str]) -> tuple[str, ...]:
    """The places to remember, without duplicates: the latest ones.

    Args:
        known: places of earlier runs: an old text may be restored with its secrets.
        put: places at which a run has written secrets, from `places_in`.
        lines: the lines of the target's text: a new place is remembered only if it hides a value in them.
    """
    found = (place.text for place, line in _pairs(put, lines) if any(place.secrets(line)))
    return tuple(reversed(dict.fromkeys(reversed((*known, *found)))))[-_MOST:]


_MOST = 10_000
"""Maximum number of remembered places of a target."""


def _pairs(places: Iterable[str], lines: Iterable[str]) -> Iterator[tuple[_Place, str]]:
    """Places, and lines that begin with the same words."""
    known: dict[tuple[str, ...], list[_Place]] = {}
    for place in map(_Place.of, dict.fromkeys(places)):
        known.setdefault(place.before or (_first(place.text),), []).append(place)
    first, lengths = {before[0] for before in known}, {len(before) for before in known}
    for line in dict.fromkeys(line.strip() for line in lines) if known else ():
        if _first(line) not in first:
            continue
        words = [word.raw for word in split(line).words] or [_first(line)]
        for length in lengths:
            yield from ((place, line) for place in known.get(tuple(words[:length]), ()))


def _first(line: str) -> str:
    """The first words of a line, also of a comment."""
    return line.partition(" ")[0]


def _tells(value: str) -> bool:
    return len(value) >= _LEAST + value.isdecimal() and MASK not in value


class _Place(NamedTuple):
    """The places of secrets in a line: the masked line, and the words up to the first secret."""

    text: str
    whole: re.Pattern[str]
    before: tuple[str, ...]
    head: str
    tail: str

    @classmethod
    def of(cls, text: str) -> _Place:
        """The place of a masked line."""
        whole = re.compile("(.+?)".join(map(re.escape, text.split(MASK))))
        words = [word.raw for word in split(text).words]
        at = next((number for number, word in enumerate(words) if MASK in word), 0)
        head, _, tail = words[at].partition(MASK) if at else ("", "", "")
        return cls(text, whole, tuple(words[:at]), head, tail)

    def secrets(self, line: str) -> Iterator[str]:
        """The value at this place of a line with the same first words: as written, and as read by HAProxy."""
        if hidden_by_its_words(line) == self.text:  # the line masks it by itself
            return
        if self.before:
            yield from (one for word in split(line).words[len(self.before) :][:1] for one in self._inside(word))
        found = self.whole.fullmatch(line)
        for group in found.groups() if found else ():
            if not self.before or len(decode(group)) == 1:  # further words do not belong to the secret
                yield from (group, *decode(group))

    def _inside(self, word: Word) -> Iterator[str]:
        """The part of a word between the head and the tail of a place."""
        for text in (word.raw, word.value):
            if len(text) > len(self.head + self.tail) and text.startswith(self.head) and text.endswith(self.tail):
                yield text[len(self.head) : len(text) - len(self.tail)]
