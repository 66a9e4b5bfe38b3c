"""places: where hsync put secrets before, as lines in which they are masked, and what stands there now.

    http-request set-header X-Key (secret)

A secret that a template does not name any more has no reference. Its place is known: from the state of the target, and
from the plan that takes it away. What stands at such a place in the target's text is hidden like any secret.

Rule 1: only the target's text is looked at. What shall stand there instead is shown, unless it is a secret itself.
Rule 2: a place is remembered when it is empty, too: somebody may put an old text back. What a template has in clear is
no secret.
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
"""Characters of a value, below which it may be any word."""


def places_in(diff: Iterable[str], sides: str) -> Iterator[str]:
    """The lines of a text diff that have masked secrets, without indentation.

    Args:
        diff: of a plan.
        sides: which lines are meant, by their first character.
    """
    yield from (line[1:].strip() for line in diff if MASK in line and line[:1] in sides and not line.startswith("@@"))


def secrets_at(places: Iterable[str], lines: Iterable[str], public: str = "") -> frozenset[str]:
    """What stands at places of secrets.

    Args:
        places: from `places_in`.
        lines: of the text of a target.
        public: a text without secrets: whatever is a word in it is none.
    """
    found = {secret for place, line in _pairs(places, lines) for secret in place.secrets(line) if _tells(secret)}
    return frozenset(one for one in found if not (one in public and _is_word(one, public)))


def _is_word(value: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def remembered(known: Iterable[str], put: Iterable[str], lines: Iterable[str]) -> tuple[str, ...]:
    """The places that are remembered, each once: the latest.

    Args:
        known: those of earlier runs: who puts an old text back puts its secrets back.
        put: places where a run has put secrets, from `places_in`.
        lines: of the text of the target: of the new places those count that hide something there by themselves.
    """
    found = (place.text for place, line in _pairs(put, lines) if any(place.secrets(line)))
    return tuple(reversed(dict.fromkeys(reversed((*known, *found)))))[-_MOST:]


_MOST = 10_000
"""Places that are remembered of one target."""


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
    """What a line begins with, also a comment."""
    return line.partition(" ")[0]


def _tells(value: str) -> bool:
    return len(value) >= _LEAST + value.isdecimal() and MASK not in value


class _Place(NamedTuple):
    """Where secrets stand in a line: what the whole line looks like, and the words up to the first of them."""

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
        """What stands at this place of a line that begins with its words: as it is written, and as HAProxy reads it."""
        if hidden_by_its_words(line) == self.text:  # whoever wrote it
            return
        if self.before:
            yield from (one for word in split(line).words[len(self.before) :][:1] for one in self._inside(word))
        found = self.whole.fullmatch(line)
        for group in found.groups() if found else ():
            if not self.before or len(decode(group)) == 1:  # more words are none of the secret
                yield from (group, *decode(group))

    def _inside(self, word: Word) -> Iterator[str]:
        """What a word has between the head and the tail of a place."""
        for text in (word.raw, word.value):
            if len(text) > len(self.head + self.tail) and text.startswith(self.head) and text.endswith(self.tail):
                yield text[len(self.head) : len(text) - len(self.tail)]
