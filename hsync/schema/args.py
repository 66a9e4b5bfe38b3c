"""Args: patterns for one word, or for the few words of one field. The rules of all patterns are in `reader`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from hsync.schema.json import Body, Fields, Json, get, put
from hsync.schema.reader import Arg, Field, Late, Mismatch, Reader
from hsync.schema.units import LONGEST, read_size, read_time, write_size, write_time

__all__ = [
    "Const",
    "Csv",
    "Enum",
    "Fieldless",
    "Flag",
    "Int",
    "Lit",
    "Number",
    "Pattern",
    "Rest",
    "Size",
    "Switch",
    "Time",
    "Unsaid",
    "Values",
    "Word",
]


@dataclass(frozen=True)
class Word(Arg):
    """One word, kept raw in a string field. `not_in`: words that the pattern refuses; `late`: see `Late`."""

    field: str
    since: str = ""
    secret: bool = False
    refers: str = ""
    not_in: tuple[str, ...] = ()
    matching: str = ""
    late: Late | None = None

    def accepts(self, value: str) -> bool:
        """Whether the pattern accepts the value."""
        return value not in self.not_in and (not self.matching or re.fullmatch(self.matching, value) is not None)

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        word = reader.peek()
        if word is None or not self.accepts(word):
            raise Mismatch(reader.at, f"a word ({self.field})")
        reader.at += 1
        put(into, self.field, word)

    def write(self, body: Body) -> list[str] | None:
        """The word, if the field is a non-empty string."""
        value = get(body, self.field)
        return [value] if isinstance(value, str) and value else None

    def fields(self) -> Iterator[Field]:
        """One string field."""
        yield of_late(Field(self.field, self.since, self.secret, self.refers), self.late)


class Fieldless(Arg):
    """Base of patterns for words that the API has no field for. A line with such a word stays text."""

    def write(self, body: Body) -> list[str] | None:  # noqa: ARG002 - no body has it
        """None: no body has these words."""
        return None

    def fields(self) -> Iterator[Field]:
        """No fields."""
        return iter(())


@dataclass(frozen=True)
class Unsaid(Fieldless):
    """One word without a field in the API, for lines that stay text (`Child.kept`); `rest`: and all words after it."""

    not_in: tuple[str, ...] = ()
    rest: bool = False

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Take the words."""
        if reader.take("a word") in self.not_in:
            raise Mismatch(reader.at - 1, "another word")
        reader.at = reader.end if self.rest else reader.at


@dataclass(frozen=True)
class Rest(Word):
    """All remaining words, at least one, joined by blanks in a string field; `matching` applies to the joined words."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end."""
        value = " ".join(reader.words[reader.at : reader.end])
        if reader.peek() is None or not self.accepts(value):
            raise Mismatch(reader.at, f"words ({self.field})")
        reader.at = reader.end
        put(into, self.field, value)


@dataclass(frozen=True)
class Number(Arg):
    """One word that is a whole number in JSON; base of the patterns with bounds and units."""

    unit: ClassVar[str] = ""

    field: str
    since: str = ""
    written: str = ""
    late: Late | None = None

    def parse(self, word: str) -> int | None:
        """The number, or None if the word is no number."""
        return int(word) if re.fullmatch(rf"-?\d{{1,{LONGEST}}}", word) else None

    def spell(self, value: int) -> str:
        """The word for a number."""
        return str(value)

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word that is a number."""
        word = reader.peek()
        value = None if word is None else self.parse(word)
        if value is None:
            raise Mismatch(reader.at, f"a number ({self.field})")
        reader.at += 1
        put(into, self.field, value)

    def write(self, body: Body) -> list[str] | None:
        """The word for the number, if the field is an integer."""
        value = get(body, self.field)
        return [self.spell(value)] if isinstance(value, int) and not isinstance(value, bool) else None

    def fields(self) -> Iterator[Field]:
        """One integer field."""
        yield of_late(Field(self.field, self.since, kind="integer", unit=self.unit, written=self.written), self.late)


@dataclass(frozen=True)
class Int(Number):
    """A whole number within bounds (inclusive)."""

    low: int | None = None
    high: int | None = None

    def parse(self, word: str) -> int | None:
        """The number, if it is within the bounds."""
        return within(super().parse(word), self.low, self.high)


@dataclass(frozen=True)
class Time(Number):
    """A time: milliseconds in JSON, within bounds. `bare` is the unit of a number without one; "" if it needs one."""

    unit = "ms"

    bare: str = "ms"
    low: int | None = None
    high: int | None = None

    def parse(self, word: str) -> int | None:
        """Milliseconds, if they are within the bounds."""
        return within(read_time(word, self.bare), self.low, self.high)

    def spell(self, value: int) -> str:
        """The time with the largest exact unit."""
        return write_time(value)


@dataclass(frozen=True)
class Size(Number):
    """A size: bytes in JSON, within bounds."""

    unit = "B"

    low: int | None = None
    high: int | None = None

    def parse(self, word: str) -> int | None:
        """Bytes, if they are within the bounds."""
        return within(read_size(word), self.low, self.high)

    def spell(self, value: int) -> str:
        """The size with the largest exact unit."""
        return write_size(value)


class Enum(Arg):
    """One word out of a few: `Enum(field, "a", "b")`. `values` maps words to JSON values that differ from them."""

    def __init__(
        self,
        field: str,
        *words: str,
        values: Mapping[str, Json] | None = None,
        since: str = "",
        late: Late | None = None,
    ) -> None:
        self.field = field
        self.since = since
        self.late = late
        self.values: dict[str, Json] = {**{word: word for word in words}, **(values or {})}

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one of the words."""
        word = reader.peek()
        if word is None or word not in self.values:
            raise Mismatch(reader.at, " or ".join(self.values))
        reader.at += 1
        put(into, self.field, self.values[word])

    def write(self, body: Body) -> list[str] | None:
        """The first word with the field's value."""
        value = get(body, self.field)
        return next(([word] for word, known in self.values.items() if known == value and value is not None), None)

    def fields(self) -> Iterator[Field]:
        """One enum field."""
        yield of_late(Field(self.field, self.since, kind="enum"), self.late)


class Lit(Arg):
    """Literal words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Take exactly the words."""
        for word in self.words:
            if reader.take(word) != word:
                raise Mismatch(reader.at - 1, word)

    def write(self, body: Body) -> list[str] | None:  # noqa: ARG002 - needs no field
        """The literal words, whatever the body has."""
        return list(self.words)

    def fields(self) -> Iterator[Field]:
        """No fields."""
        return iter(())


class Const(Arg):
    """Fields with fixed values and no words in the text; they distinguish the forms of a child."""

    def __init__(self, **fields: Json) -> None:
        self.values = fields

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - takes no word
        """Set the fields."""
        for field, value in self.values.items():
            put(into, field.replace("__", "."), value)

    def write(self, body: Body) -> list[str] | None:
        """No words if the fields have these values, else None."""
        same = all(get(body, field.replace("__", ".")) == value for field, value in self.values.items())
        return [] if same else None

    def fields(self) -> Iterator[Field]:
        """The fixed fields."""
        for field, value in self.values.items():
            kind = {bool: "boolean", dict: "object", int: "integer"}.get(type(value), "string")
            yield Field(field.replace("__", "."), kind=kind, blank=value == "")


class Flag(Enum):
    """An optional word that switches a field on; `no` is the word that switches it off.

    Args:
        field: JSON field.
        word: the word in text; default: the field name with `-` instead of `_`.
        on: JSON value for `word`.
        no: the word that switches the field off, if there is one.
        off: JSON value for `no`.
        since: first API release that has the field.
        written: first API release that writes the field correctly, see `Field`.
    """

    def __init__(
        self,
        field: str,
        word: str = "",
        *,
        on: Json = "enabled",
        no: str = "",
        off: Json = "disabled",
        since: str = "",
        written: str = "",
    ) -> None:
        values: dict[str, Json] = {word or field.replace("_", "-"): on, **({no: off} if no else {})}
        super().__init__(field, values=values, since=since)
        self.written = written

    def fields(self) -> Iterator[Field]:
        """One boolean field, or one enum of `enabled` and `disabled`."""
        boolean = any(isinstance(value, bool) for value in self.values.values())
        yield Field(self.field, self.since, kind="boolean" if boolean else "enum", written=self.written)


class Switch(Flag):
    """`on` or `off` (or two other words) as the value of a keyword: `tune.x on`."""

    def __init__(self, field: str, on: str = "on", off: str = "off", *, since: str = "", values: bool = False) -> None:
        super().__init__(
            field, on, no=off, since=since, on=True if values else "enabled", off=False if values else "disabled"
        )


class Csv(Arg):
    """One word of values separated by `sep`, a list in JSON."""

    def __init__(self, field: str, sep: str = ",", *, since: str = "", only: Sequence[str] = ()) -> None:
        self.field = field
        self.sep = sep
        self.since = since
        self.only = tuple(only)

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and split it."""
        values = reader.take(self.field).split(self.sep)
        if self.only and not set(values) <= set(self.only):
            raise Mismatch(reader.at - 1, " or ".join(self.only))
        put(into, self.field, list(values))

    def write(self, body: Body) -> list[str] | None:
        """The values, joined."""
        values = get(body, self.field)
        return [self.sep.join(map(str, values))] if isinstance(values, list) and values else None

    def fields(self) -> Iterator[Field]:
        """One array field."""
        yield Field(self.field, self.since, kind="array")


class Values(Csv):
    """All remaining words as a list of strings."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end."""
        values = [reader.take(self.field)]
        values += reader.words[reader.at : reader.end]
        if self.only and not set(values) <= set(self.only):
            raise Mismatch(reader.at - 1, " or ".join(self.only))
        reader.at = reader.end
        put(into, self.field, list(values))

    def write(self, body: Body) -> list[str] | None:
        """The values as words."""
        values = get(body, self.field)
        return list(map(str, values)) if isinstance(values, list) and values else None


class Pattern(Arg):
    """One word with several fields in it: a regular expression splits it, `spell` joins the fields again.

    Args:
        regex: its named groups are the fields (`__` for a dot); a group that does not match sets no field.
        spell: makes the word from the fields; None if a field that it needs is absent.
        integers: groups whose values are numbers.
        secrets: groups whose values are secrets.
        since: first API release that has the fields.
    """

    def __init__(
        self,
        regex: str,
        spell: Callable[[Body], str | None],
        *,
        integers: Sequence[str] = (),
        secrets: Sequence[str] = (),
        since: str = "",
    ) -> None:
        self.regex = re.compile(regex)
        self.spell = spell
        self.integers = frozenset(integers)
        self.secrets = frozenset(secrets)
        self.since = since

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and set its fields."""
        word = reader.peek()
        match = None if word is None else self.regex.fullmatch(word)
        if not match or any(len(match[name] or "") > LONGEST for name in self.integers):
            raise Mismatch(reader.at, f"one word with {' and '.join(field.path for field in self.fields())}")
        reader.at += 1
        for group, value in match.groupdict().items():
            if value is not None:
                put(into, group.replace("__", "."), int(value) if group in self.integers else value)

    def write(self, body: Body) -> list[str] | None:
        """The word made of the fields."""
        word = self.spell(body)
        return None if word is None else [word]

    def fields(self) -> Iterator[Field]:
        """One field for each named group."""
        for group in self.regex.groupindex:
            kind = "integer" if group in self.integers else "string"
            yield Field(group.replace("__", "."), self.since, group in self.secrets, kind=kind)


def of_late(field: Field, values: Late | None) -> Field:
    """The field, marked with the values that older servers refuse, if there are any."""
    return replace(field, written=values.since, of=values.values) if values else field


def within(value: int | None, low: int | None, high: int | None) -> int | None:
    """The value, or None if it is out of bounds."""
    if value is None or (low is not None and value < low) or (high is not None and value > high):
        return None
    return value
