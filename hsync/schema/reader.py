"""Reader: the walk over the words of one line, and what every pattern of a line can do.

Rule 1: `read` consumes raw words and fills JSON fields, or raises `Mismatch`: nothing is skipped or guessed.
Rule 2: `write` gives back the words, or None when the fields it needs are absent: absence is how options are told.
Rule 3: what `read` accepts, `write` can express. A line that no pattern accepts stays text (an opaque line).

JSON strings keep the raw spelling of the words (quotes and escapes included), as the Data Plane API's do.

Theory of operation: a `Reader` walks over the raw words of one line up to `end`, where a condition (`if`, `unless`)
or the line ends. `args` has the patterns of one word, `groups` composes them. `fields()` names every JSON field of a
pattern: tests hold them against the served specifications.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from hsync.schema.json import Body, Fields

__all__ = ["Arg", "Field", "Late", "Mismatch", "Reader", "attempt", "units_of"]


class Mismatch(Exception):  # noqa: N818 - control flow, never seen by a user
    """A pattern does not accept the word at index `at`; `expected` says what it wanted."""

    def __init__(self, at: int, expected: str) -> None:
        super().__init__(expected)
        self.at = at
        self.expected = expected


class Reader:
    """A walk over raw words: `at` is the next one, `end` the first that is not ours.

    `furthest` is the mismatch behind a parameter's keyword, if there was one: it says more than "the end of the line".
    """

    __slots__ = ("at", "end", "furthest", "words")

    def __init__(self, words: Sequence[str], at: int = 0, end: int | None = None) -> None:
        self.words = words
        self.at = at
        self.end = len(words) if end is None else end
        self.furthest: Mismatch | None = None

    def peek(self) -> str | None:
        """The next word, or None at the end."""
        return self.words[self.at] if self.at < self.end else None

    def take(self, expected: str) -> str:
        """The next word, consumed."""
        if self.at >= self.end:
            raise Mismatch(self.at, expected)
        self.at += 1
        return self.words[self.at - 1]

    def done(self) -> None:
        """Every word must have been consumed."""
        if self.at < self.end:
            raise self.mismatch("the end of the line")

    def mismatch(self, expected: str) -> Mismatch:
        """What to raise when nothing fits the next word."""
        return self.furthest if self.furthest and self.furthest.at > self.at else Mismatch(self.at, expected)


@dataclass(frozen=True, slots=True)
class Field:
    """One JSON field of a pattern.

    Args:
        path: dotted; `x[].y` for a field of list items.
        since: first API release that has it, so that it works; "" for 3.0 or older.
        written: first API release that writes it right, when servers that have it did not always: they damage the line,
            or refuse it. They know its text.
        of: regular expression of the values that `written` is about; "" for all of them.
        secret: its value is never shown.
        refers: collection that its value names (`backends`), for the order of operations.
        kind: `string`, `integer`, `boolean`, `enum`, `object` or `array`, as in the specification.
        blank: whether "" is a value of its own; in all other fields it is the same as none.
        unit: of an integer that people write with a unit: `ms` of a time, `B` of a size; "" for a plain number.
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
        """Whether the server's API release matters for it."""
        return bool(self.since or self.written)


@dataclass(frozen=True, slots=True)
class Late:
    """Values of a field that the server takes since a newer API release than the others.

    Args:
        since: that line.
        values: a regular expression that matches the whole of such a value.
    """

    since: str
    values: str


def units_of(fields: Iterable[Field]) -> dict[str, str]:
    """Units by path; a field that stands for a plain value in another form has none."""
    units: dict[str, str] = {}
    for one in fields:
        units[one.path] = one.unit if units.get(one.path, one.unit) == one.unit else ""
    return {path: unit for path, unit in units.items() if unit}


class Arg(ABC):
    """A pattern: part of a line, and the JSON fields it stands for."""

    @abstractmethod
    def read(self, reader: Reader, into: Fields) -> None:
        """Consume words and set fields, or raise `Mismatch`."""

    @abstractmethod
    def write(self, body: Body) -> list[str] | None:
        """The words for the fields of `body`; None when a field that the pattern needs is absent."""

    @abstractmethod
    def fields(self) -> Iterator[Field]:
        """All JSON fields that the pattern can set."""


def attempt(read: Callable[[Reader, Fields], None], reader: Reader, into: Fields) -> Mismatch | None:
    """Try to read; on a mismatch everything is as before, and the mismatch is returned."""
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
