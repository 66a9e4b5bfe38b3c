"""Args: the patterns that a line is made of, each read and written by the same object.

Rule 1: `read` consumes raw words and fills JSON fields, or raises `Mismatch`: nothing is skipped or guessed.
Rule 2: `write` gives back the words, or None when the fields it needs are absent: absence is how options are told.
Rule 3: what `read` accepts, `write` can express. A line that no pattern accepts stays text (an opaque line).

JSON strings keep the raw spelling of the words (quotes and escapes included), as the Data Plane API's do.

Theory of operation: a `Reader` walks over the raw words of one line up to `end`, where a condition (`if`, `unless`)
or the line ends. Patterns compose: `Seq` in order, `Params` in any order, `Opt` maybe, `OneOf` the first that fits.
`fields()` names every JSON field of a pattern: tests hold them against the served specifications.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hsync.schema.json import Body, Fields, Json, get, put
from hsync.schema.units import read_size, read_time, write_size, write_time

__all__ = [
    "Address",
    "Arg",
    "Call",
    "Cond",
    "Const",
    "Csv",
    "Enum",
    "Field",
    "Flag",
    "Int",
    "Key",
    "Lit",
    "Many",
    "Mismatch",
    "Nested",
    "OneOf",
    "Opt",
    "Params",
    "Pattern",
    "Reader",
    "Rest",
    "Seq",
    "Size",
    "Switch",
    "Time",
    "Twins",
    "Values",
    "Word",
]


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
        since: first API line that has it; "" for 3.0 or older.
        secret: its value is never shown.
        refers: collection that its value names (`backends`), for the order of operations.
        kind: `string`, `integer`, `boolean`, `enum`, `object` or `array`, as in the specification.
        blank: whether "" is a value of its own; in all other fields it is the same as none.
    """

    path: str
    since: str = ""
    secret: bool = False
    refers: str = ""
    kind: str = "string"
    blank: bool = False


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


@dataclass(frozen=True)
class Word(Arg):
    """One word, kept raw in a string field. `not_in`: words that this place does not accept."""

    field: str
    since: str = ""
    secret: bool = False
    refers: str = ""
    not_in: tuple[str, ...] = ()
    matching: str = ""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        word = reader.take(self.field)
        if word in self.not_in or (self.matching and not re.fullmatch(self.matching, word)):
            raise Mismatch(reader.at - 1, self.field)
        put(into, self.field, word)

    def write(self, body: Body) -> list[str] | None:
        """The word, when the field is a non-empty string."""
        value = get(body, self.field)
        return [value] if isinstance(value, str) and value else None

    def fields(self) -> Iterator[Field]:
        """One string."""
        yield Field(self.field, self.since, self.secret, self.refers)


@dataclass(frozen=True)
class Rest(Word):
    """All remaining words, at least one, joined by single blanks in a string field."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take every word up to the end."""
        words = [reader.take(self.field)]
        words += reader.words[reader.at : reader.end]
        reader.at = reader.end
        put(into, self.field, " ".join(words))


@dataclass(frozen=True)
class Number(Arg):
    """Base of patterns for one word that is a number in JSON."""

    field: str
    since: str = ""

    def parse(self, word: str) -> int | None:
        """The number, or None."""
        return int(word) if re.fullmatch(r"-?\d+", word) else None

    def spell(self, value: int) -> str:
        """The word."""
        return str(value)

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word that is a number."""
        value = self.parse(reader.take(self.field))
        if value is None:
            raise Mismatch(reader.at - 1, f"a number ({self.field})")
        put(into, self.field, value)

    def write(self, body: Body) -> list[str] | None:
        """The spelled number, when the field is an integer."""
        value = get(body, self.field)
        return [self.spell(value)] if isinstance(value, int) and not isinstance(value, bool) else None

    def fields(self) -> Iterator[Field]:
        """One integer."""
        yield Field(self.field, self.since, kind="integer")


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

    bare: str = "ms"
    low: int | None = None
    high: int | None = None

    def parse(self, word: str) -> int | None:
        """Milliseconds, if they are within the bounds."""
        return within(read_time(word, self.bare), self.low, self.high)

    def spell(self, value: int) -> str:
        """With the largest exact unit."""
        return write_time(value)


@dataclass(frozen=True)
class Size(Number):
    """A size: bytes in JSON, within bounds."""

    low: int | None = None
    high: int | None = None

    def parse(self, word: str) -> int | None:
        """Bytes, if they are within the bounds."""
        return within(read_size(word), self.low, self.high)

    def spell(self, value: int) -> str:
        """With the largest exact unit."""
        return write_size(value)


class Enum(Arg):
    """One word out of a few. Keyword form `Enum(field, "a", "b")`; a mapping gives word -> JSON value."""

    def __init__(self, field: str, *words: str, values: Mapping[str, Json] | None = None, since: str = "") -> None:
        self.field = field
        self.since = since
        self.values: dict[str, Json] = {**{word: word for word in words}, **(values or {})}

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one of the words."""
        word = reader.take(self.field)
        if word not in self.values:
            raise Mismatch(reader.at - 1, " or ".join(self.values))
        put(into, self.field, self.values[word])

    def write(self, body: Body) -> list[str] | None:
        """The first word that stands for the field's value."""
        value = get(body, self.field)
        return next(([word] for word, known in self.values.items() if known == value and value is not None), None)

    def fields(self) -> Iterator[Field]:
        """One enum."""
        yield Field(self.field, self.since, kind="enum")


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
        """The words."""
        return list(self.words)

    def fields(self) -> Iterator[Field]:
        """None."""
        return iter(())


class Const(Arg):
    """A field with a fixed value, without a word of its own: what tells one form from another."""

    def __init__(self, **fields: Json) -> None:
        self.values = fields

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - takes no word
        """Set the fields."""
        for field, value in self.values.items():
            put(into, field.replace("__", "."), value)

    def write(self, body: Body) -> list[str] | None:
        """No words, when the fields have these values."""
        same = all(get(body, field.replace("__", ".")) == value for field, value in self.values.items())
        return [] if same else None

    def fields(self) -> Iterator[Field]:
        """The fixed fields."""
        for field, value in self.values.items():
            kind = {bool: "boolean", dict: "object", int: "integer"}.get(type(value), "string")
            yield Field(field.replace("__", "."), kind=kind, blank=value == "")


class Flag(Arg):
    """A word that is there or not; `no` is the word for the opposite.

    Args:
        field: JSON field.
        word: the word in text; default: the field with `-` for `_`.
        on: JSON value when the word is there.
        no: word that means `off`, if there is one.
        off: JSON value of the opposite.
        since: first API line that has the field.
    """

    def __init__(
        self, field: str, word: str = "", *, on: Json = "enabled", no: str = "", off: Json = "disabled", since: str = ""
    ) -> None:
        self.field = field
        self.since = since
        self.values: dict[str, Json] = {word or field.replace("_", "-"): on, **({no: off} if no else {})}

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one of the two words."""
        word = reader.take(self.field)
        if word not in self.values:
            raise Mismatch(reader.at - 1, " or ".join(self.values))
        put(into, self.field, self.values[word])

    def write(self, body: Body) -> list[str] | None:
        """The word for the field's value."""
        value = get(body, self.field)
        return next(([word] for word, known in self.values.items() if known == value and value is not None), None)

    def fields(self) -> Iterator[Field]:
        """One boolean, or an enabled/disabled enum."""
        boolean = any(isinstance(value, bool) for value in self.values.values())
        yield Field(self.field, self.since, kind="boolean" if boolean else "enum")


class Switch(Flag):
    """`on` / `off` (or other two words) as the value of a keyword: `tune.x on`."""

    def __init__(self, field: str, on: str = "on", off: str = "off", *, since: str = "", values: bool = False) -> None:
        super().__init__(
            field, on, no=off, since=since, on=True if values else "enabled", off=False if values else "disabled"
        )


class Seq(Arg):
    """Patterns one after the other."""

    def __init__(self, *args: Arg) -> None:
        self.args = args

    def read(self, reader: Reader, into: Fields) -> None:
        """Read each in turn."""
        for arg in self.args:
            arg.read(reader, into)

    def write(self, body: Body) -> list[str] | None:
        """All words; None when one part is absent."""
        words: list[str] = []
        for arg in self.args:
            part = arg.write(body)
            if part is None:
                return None
            words += part
        return words

    def fields(self) -> Iterator[Field]:
        """Those of the parts."""
        for arg in self.args:
            yield from arg.fields()


class Key(Seq):
    """A keyword with its arguments: `Key("len", Int("length"))`."""

    def __init__(self, word: str, *args: Arg) -> None:
        super().__init__(Lit(word), *args)
        self.word = word


class Opt(Seq):
    """A sequence that may be missing as a whole."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read it if it fits, else leave everything as it was."""
        attempt(super().read, reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The words, or none."""
        return super().write(body) or []


class OneOf(Seq):
    """The first alternative that fits."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the first alternative that fits."""
        furthest = Mismatch(reader.at, "another word")
        for arg in self.args:
            mismatch = attempt(arg.read, reader, into)
            if mismatch is None:
                return
            if mismatch.at >= furthest.at:
                furthest = mismatch
        raise furthest

    def write(self, body: Body) -> list[str] | None:
        """The first alternative whose fields are there; one with words before one without."""
        written = [words for arg in self.args if (words := arg.write(body)) is not None]
        return next((words for words in written if words), written[0] if written else None)


class Twins(OneOf):
    """Flags that share words, for an API that keeps an older field beside a newer one (`no_tlsv10` beside `tlsv10`).

    A word sets the fields of every flag that knows it; the first field that is there gives the word back.
    """

    def __init__(self, *flags: Flag) -> None:
        super().__init__(*flags)
        self.flags = flags

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        word = reader.take(self.flags[0].field)
        known = [flag for flag in self.flags if word in flag.values]
        if not known:
            raise Mismatch(reader.at - 1, self.flags[0].field)
        for flag in known:
            put(into, flag.field, flag.values[word])


class Nested(Seq):
    """Patterns whose fields live in an inner object: `Nested("default_server", *SERVER_PARAMS)`."""

    def __init__(self, field: str, *args: Arg, since: str = "") -> None:
        super().__init__(*args)
        self.field = field
        self.since = since

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the parts into the inner object; at least one word."""
        start = reader.at
        inner: Fields = {}
        super().read(reader, inner)
        if reader.at == start:
            raise reader.mismatch("a parameter")
        put(into, self.field, inner)

    def write(self, body: Body) -> list[str] | None:
        """The words of the inner object, maybe none; None when it is absent."""
        inner = get(body, self.field)
        return super().write(inner) if isinstance(inner, dict) else None

    def fields(self) -> Iterator[Field]:
        """Those of the parts, below the inner object."""
        for field in super().fields():
            yield replace(field, path=f"{self.field}.{field.path}", since=field.since or self.since)


class Params(Seq):
    """Parameters in any order, each at most once; written in the order of the table. Never absent, maybe empty.

    A parameter may come again when it says the same (`ssl ssl`) or is a `Many`; otherwise the server would keep one of
    the two and lose the other.
    """

    def __init__(self, *args: Arg) -> None:
        super().__init__(*args)
        self.by_word: dict[str, list[Arg]] = {}
        self.others: list[Arg] = []
        for arg in args:
            words = first_words(arg)
            for word in dict.fromkeys(words):
                self.by_word.setdefault(word, []).append(arg)
            if not words:
                self.others.append(arg)
        self.repeating = frozenset(id(arg) for arg in args if repeats(arg))
        # A line has few of the parameters of a long table: writing looks only at those whose fields are there.
        self.always = frozenset(place for place, arg in enumerate(args) if arg.write({}))
        self.by_field: dict[str, set[int]] = {}
        for place, arg in enumerate(args):
            for field in arg.fields():
                self.by_field.setdefault(top_field(field.path), set()).add(place)

    def read(self, reader: Reader, into: Fields) -> None:
        """Read parameters until the end or a word that is none."""
        while (word := reader.peek()) is not None:
            call = self.by_word.get(word.partition("(")[0] + "(", ()) if "(" in word else ()
            candidates = (*self.by_word.get(word, ()), *call, *self.others)
            if not any(self.read_one(arg, reader, into) for arg in candidates):
                return

    def read_one(self, arg: Arg, reader: Reader, into: Fields) -> bool:
        """Read one parameter; False, and everything as before, when it does not fit."""
        at = reader.at
        one: Fields = into if id(arg) in self.repeating else {}
        mismatch = attempt(arg.read, reader, one)
        if mismatch is not None:
            reader.furthest = mismatch
            return False
        if one is not into and not add(one, into):
            raise Mismatch(at, f"{reader.words[at]} at most once")
        return True

    def write(self, body: Body) -> list[str] | None:
        """The parameters whose fields are there."""
        places = set(self.always)
        for name in body:
            places |= self.by_field.get(name, frozenset())
        return [word for place in sorted(places) for word in self.args[place].write(body) or ()]


class Many(Arg):
    """A repeated group: a list of objects, or of plain values when the item's field is `""`."""

    def __init__(self, field: str, *args: Arg, item: str = "", since: str = "") -> None:
        self.field = field
        self.item = item
        self.since = since
        self.group = Seq(*args)

    def read(self, reader: Reader, into: Fields) -> None:
        """Read one group and append it; `Params` comes back for the next one."""
        one: Fields = {}
        self.group.read(reader, one)
        self.append(one, into)

    def append(self, one: Fields, into: Fields) -> None:
        """Add one group's object (or its only value) to the list."""
        known = get(into, self.field)
        put(into, self.field, [*(known if isinstance(known, list) else []), one[self.item] if self.item else one])

    def write(self, body: Body) -> list[str] | None:
        """The words of all groups, one after the other."""
        lines = self.write_each(body)
        return [word for words in lines for word in words] or None

    def write_each(self, body: Body) -> list[list[str]]:
        """The words of each group."""
        items = get(body, self.field)
        if not isinstance(items, list):
            return []
        bodies = [{self.item: item} if self.item else item for item in items]
        return [words for one in bodies if isinstance(one, dict) and (words := self.group.write(one)) is not None]

    def fields(self) -> Iterator[Field]:
        """The list, and the fields of its items."""
        yield Field(self.field, self.since, kind="array")
        if not self.item:
            for field in self.group.fields():
                yield replace(field, path=f"{self.field}[].{field.path}", since=field.since or self.since)


class Csv(Arg):
    """One word, a list of values in JSON, separated by `sep`."""

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
        """One list."""
        yield Field(self.field, self.since, kind="array")


class Values(Csv):
    """All remaining words as a list of strings."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take every word up to the end."""
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
    """One word of which a regular expression names the parts; `spell` puts them together again.

    Args:
        regex: its named groups are fields (`__` for a dot); a group that did not match sets nothing.
        spell: fields -> word, or None when what it needs is absent.
        integers: groups whose values are numbers.
        secrets: groups whose values are never shown.
        since: first API line that has the fields.
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
        """Take one word and set its parts."""
        word = reader.take("another word")
        match = self.regex.fullmatch(word)
        if not match:
            raise Mismatch(reader.at - 1, self.regex.pattern)
        for group, value in match.groupdict().items():
            if value is not None:
                put(into, group.replace("__", "."), int(value) if group in self.integers else value)

    def write(self, body: Body) -> list[str] | None:
        """The word made of the parts."""
        word = self.spell(body)
        return None if word is None else [word]

    def fields(self) -> Iterator[Field]:
        """One for each named group."""
        for group in self.regex.groupindex:
            kind = "integer" if group in self.integers else "string"
            yield Field(group.replace("__", "."), self.since, group in self.secrets, kind=kind)


class Call(Arg):
    """One word `name(a,b)`; each argument is a pattern over one part between the commas."""

    def __init__(self, name: str, *args: Arg, sep: str = ",") -> None:
        self.name = name
        self.args = args
        self.sep = sep

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and read what stands in its parentheses."""
        word = reader.take(f"{self.name}(...)")
        at = reader.at - 1
        if not (word.startswith(self.name + "(") and word.endswith(")")):
            raise Mismatch(at, f"{self.name}(...)")
        inside = word[len(self.name) + 1 : -1]
        inner = Reader(inside.split(self.sep) if len(self.args) > 1 else [inside])
        try:
            for arg in self.args:
                arg.read(inner, into)
            inner.done()
        except Mismatch as mismatch:
            raise Mismatch(at, mismatch.expected) from None

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        parts = Seq(*self.args).write(body)
        return None if parts is None else [f"{self.name}({self.sep.join(parts)})"]

    def fields(self) -> Iterator[Field]:
        """Those of the arguments."""
        for arg in self.args:
            yield from arg.fields()


class Address(Arg):
    """`address[:port]`, split at the last colon as the server does; IPv6 in brackets or bare.

    A port that is not a plain number (`${PORT}`, `+1`, a range) does not fit: the API would lose it.
    """

    def __init__(self, address: str = "address", port: str = "port") -> None:
        self.address = address
        self.port = port

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        word = reader.take(self.address)
        host, colon, port = word.rpartition(":")
        if not colon or port == "" or (":" in host and not host.endswith("]") and not port.isdigit()):
            host, port = word, ""
        if port and not (port.isdigit() and 0 < int(port) < 65536):
            raise Mismatch(reader.at - 1, "a port between 1 and 65535")
        put(into, self.address, host)
        if port:
            put(into, self.port, int(port))

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        host, port = get(body, self.address), get(body, self.port)
        if not isinstance(host, str) or not host:
            return None
        return [f"{host}:{port}" if isinstance(port, int) else host]

    def fields(self) -> Iterator[Field]:
        """Address and port."""
        yield Field(self.address)
        yield Field(self.port, kind="integer")


class Cond(Arg):
    """`if TEST` or `unless TEST`, maybe missing. In a form with a Cond, its other arguments end at either word."""

    def __init__(self, cond: str = "cond", test: str = "cond_test") -> None:
        self.cond = cond
        self.test = test

    def read(self, reader: Reader, into: Fields) -> None:
        """Take the condition, if there is one."""
        if reader.peek() is None:
            return
        Enum(self.cond, "if", "unless").read(reader, into)
        Rest(self.test).read(reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The condition, or nothing."""
        return Seq(Enum(self.cond, "if", "unless"), Rest(self.test)).write(body) or []

    def fields(self) -> Iterator[Field]:
        """The condition's two fields."""
        yield Field(self.cond, kind="enum")
        yield Field(self.test)


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


def add(more: Fields, into: Fields) -> bool:
    """Add fields that are new or say the same, descending into objects; False as soon as one says otherwise."""
    for name, value in more.items():
        known = into.get(name)
        if known is None:
            into[name] = value
        elif isinstance(known, dict) and isinstance(value, dict):
            if not add(value, known):
                return False
        elif known != value:
            return False
    return True


def within(value: int | None, low: int | None, high: int | None) -> int | None:
    """The value, or None when it is out of bounds."""
    if value is None or (low is not None and value < low) or (high is not None and value > high):
        return None
    return value


def _copy(fields: Fields) -> Fields:
    return {key: _copy(value) if isinstance(value, dict) else value for key, value in fields.items()}


def repeats(arg: Arg) -> bool:
    """Whether a parameter may come several times in one line."""
    return isinstance(arg, Many) or (isinstance(arg, Seq) and any(map(repeats, arg.args)))


def top_field(path: str) -> str:
    """The outermost name of a field's path: `hdrs` of `hdrs[].name`."""
    return path.partition(".")[0].partition("[")[0]


def first_words(arg: Arg) -> tuple[str, ...]:
    """The words that a parameter can begin with (`name(` for calls); empty when any word can."""
    if isinstance(arg, Many):
        return first_words(arg.group)
    if isinstance(arg, Call):
        return (arg.name + "(",)
    if isinstance(arg, Flag | Enum):
        return tuple(arg.values)
    if isinstance(arg, Lit):
        return arg.words[:1]
    if isinstance(arg, OneOf):
        each = [first_words(inner) for inner in arg.args]
        return tuple(word for words in each for word in words) if all(each) else ()
    if isinstance(arg, Seq) and not isinstance(arg, Opt | Params):
        return next((first_words(inner) for inner in arg.args if not isinstance(inner, Const)), ())
    return ()
