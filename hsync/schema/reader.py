"""Reader: a cursor over the words of a line, and the interface of all patterns.

Rule 1: `read` consumes raw words and sets JSON fields, or raises `Mismatch`: it never skips a word.
Rule 2: `write` returns the words for the fields of a body, or None if a field that the pattern needs is absent.
Rule 3: `write` can write any line that `read` accepts. A line that no pattern accepts is opaque: it stays text.

JSON strings have the raw spelling of the words, with quotes and escapes, as in the Data Plane API.

Theory of operation: a `Reader` moves over the raw words of a line up to `end`, which is the condition (`if`, `unless`)
or the end of the line. `args` has the patterns of single words, `groups` has those made of other patterns. `fields()`
lists the JSON fields of a pattern, and tests compare the lists with the specifications that the servers publish.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hsync.schema.json import Body, Fields

__all__ = ["Arg", "Field", "Late", "Mismatch", "Reader", "attempt", "units_of"]


class Mismatch(Exception):  # noqa: N818 - control flow, never seen by a user
    """A pattern refuses the word at index `at`; `expected` describes a word that it would accept."""

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(expected)
        self.at = at
        self.expected = expected


class Reader:
    """A cursor over raw words: `at` is the index of the next word, `end` the index after the last one.

    `furthest` is the mismatch inside of the last parameter, if there was one: more helpful than "the end of the line".
    """

    __slots__ = ("at", "end", "furthest", "words")

    def __init__(self, words: Sequence[str], at: int = 0, end: int | None = None) -> None:
        self.words = words
        self.at = at
        self.end = len(words) if end is None else end
        self.furthest: Mismatch | None = None

    def peek(self) -> str | None:
        """The next word, not consumed; None at the end."""
        return self.words[self.at] if self.at < self.end else None

    def take(self, expected: str) -> str:
        """The next word, consumed."""
        if self.at >= self.end:
            raise Mismatch(self.at, expected)
        self.at += 1
        return self.words[self.at - 1]

    def done(self) -> None:
        """Raise `Mismatch` unless all words are consumed."""
        if self.at < self.end:
            raise self.mismatch("the end of the line")

    def mismatch(self, expected: str) -> Mismatch:
        """The error to raise if no pattern accepts the next word."""
        return self.furthest if self.furthest and self.furthest.at > self.at else Mismatch(self.at, expected)


@dataclass(frozen=True, slots=True)
class Field:
    """One JSON field of a pattern.

    Args:
        path: dotted path; `x[].y` for a field of list items.
        since: first API release in which the field works; "" for 3.0 or older.
        written: first API release that writes the field correctly, if an older release has it, but damages the line or
            refuses the request. Such a release still keeps the line in a pushed text.
        of: regular expression for the values that `written` applies to; "" for all values.
        secret: whether the value must never be shown.
        refers: collection of the section that the value names (`backends`), for the order of operations.
        kind: `string`, `integer`, `boolean`, `enum`, `object` or `array`, as in the specification.
        blank: whether "" is a value; in other fields "" is the same as an absent field.
        unit: unit of the integer, if people write one: `ms` for a time, `B` for a size; "" for a plain number.
    """

    path: str
    since: str = ""
    secret: bool = False
    refers: str = ""
    kind: str = "string"
    blank: bool = False
    unit: str = ""
    written: str = ""
    of: str = ""

    @property
    def gated(self) -> bool:
        """Whether the field depends on the server's API release."""
        return bool(self.since or self.written)


@dataclass(frozen=True, slots=True)
class Late:
    """Values of a field that older API releases refuse, although they have the field.

    Args:
        since: first API release that accepts them.
        values: regular expression for these values.
    """

    since: str
    values: str


def units_of(fields: Iterable[Field]) -> dict[str, str]:
    """Units by field path, without fields that occur with several units, or with and without one."""
    units: dict[str, str] = {}
    for field in fields:
        units[field.path] = field.unit if units.get(field.path, field.unit) == field.unit else ""
    return {path: unit for path, unit in units.items() if unit}


class Arg(ABC):
    """A pattern: maps some words of a line to JSON fields, and back."""

    @abstractmethod
    def read(self, reader: Reader, into: Fields) -> None:
        """Consume words and set fields, or raise `Mismatch`."""

    @abstractmethod
    def write(self, body: Body) -> list[str] | None:
        """The words for the fields of `body`; None if a field that the pattern needs is absent."""

    @abstractmethod
    def fields(self) -> Iterator[Field]:
        """All JSON fields that the pattern can set."""


def attempt(read: Callable[[Reader, Fields], None], reader: Reader, into: Fields) -> Mismatch | None:
    """Call `read`; on a mismatch, undo its effects and return the mismatch."""
    at, draft = reader.at, _copy(into)
    try:
        read(reader, draft)
    except Mismatch as mismatch:
        reader.at = at
        return mismatch
    into.clear()
    into.update(draft)
    return None


def _copy(fields: Fields) -> Fields:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in fields.items()}
