"""Groups: patterns made of patterns. `Seq`: this order; `Params`: any order; `Opt`: optional; `OneOf`: first match.

The rules of all patterns are in `reader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from hsync.schema.args import Const, Enum, Fieldless, Flag, Lit, Rest
from hsync.schema.json import Body, Fields, get, put
from hsync.schema.reader import Arg, Field, Mismatch, Reader, attempt

__all__ = [
    "Call",
    "Cond",
    "Key",
    "Loose",
    "Many",
    "Nested",
    "OneOf",
    "Opt",
    "Params",
    "Seq",
    "Twins",
    "first_words",
    "parameter_words",
    "top_field",
]


class Seq(Arg):
    """Patterns in a fixed order."""

    def __init__(self, *args: Arg) -> None:
        self.args = args

    def read(self, reader: Reader, into: Fields) -> None:
        """Read each pattern in turn."""
        for arg in self.args:
            arg.read(reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The words of all patterns; None if any pattern has none."""
        words: list[str] = []
        for arg in self.args:
            part = arg.write(body)
            if part is None:
                return None
            words += part
        return words

    def fields(self) -> Iterator[Field]:
        """The fields of all patterns."""
        for arg in self.args:
            yield from arg.fields()


class Key(Seq):
    """A keyword with its arguments: `Key("len", Int("length"))`."""

    def __init__(self, word: str, *args: Arg) -> None:
        super().__init__(Lit(word), *args)
        self.word = word


class Opt(Seq):
    """An optional sequence: all of its patterns match, or none is there."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the sequence if it matches."""
        attempt(super().read, reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The words of the sequence, or an empty list."""
        return super().write(body) or []


class OneOf(Seq):
    """Alternatives, tried in order."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the first alternative that matches; else raise the mismatch that is furthest to the right."""
        furthest = Mismatch(reader.at, "another word")
        for arg in self.args:
            mismatch = attempt(arg.read, reader, into)
            if mismatch is None:
                return
            if mismatch.at >= furthest.at:
                furthest = mismatch
        raise furthest

    def write(self, body: Body) -> list[str] | None:
        """The words of the first alternative that the body has; an alternative without words comes last."""
        written = [words for arg in self.args if (words := arg.write(body)) is not None]
        return next((words for words in written if words), written[0] if written else None)


class Twins(OneOf):
    """Flags with the same words, where the API has an old and a new field for them (`no_tlsv10` and `tlsv10`).

    Reading a word sets the fields of all flags that have it; writing takes the first flag whose field is set.
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
    """Patterns whose fields are in an inner object: `Nested("default_server", *SERVER_PARAMS)`."""

    def __init__(self, field: str, *args: Arg, since: str = "") -> None:
        super().__init__(*args)
        self.field = field
        self.since = since

    def read(self, reader: Reader, into: Fields) -> None:
        """Read at least one word into the inner object."""
        start = reader.at
        inner: Fields = {}
        super().read(reader, inner)
        if reader.at == start:
            raise reader.mismatch("a parameter")
        put(into, self.field, inner)

    def write(self, body: Body) -> list[str] | None:
        """The words of the inner object, maybe an empty list; None if the object is absent."""
        inner = get(body, self.field)
        return super().write(inner) if isinstance(inner, dict) else None

    def fields(self) -> Iterator[Field]:
        """The fields of all patterns, with the path of the inner object."""
        for field in super().fields():
            yield replace(field, path=f"{self.field}.{field.path}", since=field.since or self.since)


class Params(Seq):
    """Parameters in any order, each at most once; written in the order of the table. Zero parameters match, too.

    A parameter may be repeated with the same value (`ssl ssl`), or if it is a `Many`. Any other repetition is a
    mismatch: the server would keep only one of the two.
    """

    # The tables are made at their first use: a run uses few of all the parameters.

    @cached_property
    def by_word(self) -> dict[str, list[Arg]]:
        """The parameters by their first words; those that any word can begin have the key ""."""
        found: dict[str, list[Arg]] = {}
        for arg in self.args:
            for word in dict.fromkeys(first_words(arg) or ("",)):
                found.setdefault(word, []).append(arg)
        return found

    @cached_property
    def repeating(self) -> frozenset[int]:
        """The ids of parameters that may be repeated with another value."""
        return frozenset(id(arg) for arg in self.args if repeats(arg))

    @cached_property
    def always(self) -> frozenset[int]:
        """The places of parameters that have words without a field in the body."""
        return frozenset(place for place, arg in enumerate(self.args) if arg.write({}))

    @cached_property
    def by_field(self) -> dict[str, set[int]]:
        """The places of parameters by field: a line has few of them, and writing tries only those."""
        found: dict[str, set[int]] = {}
        for place, arg in enumerate(self.args):
            for field in arg.fields():
                found.setdefault(top_field(field.path), set()).add(place)
        return found

    def read(self, reader: Reader, into: Fields) -> None:
        """Read parameters until the end of the line or the first word that does not begin a parameter."""
        while (word := reader.peek()) is not None:
            call = self.by_word.get(word.partition("(")[0] + "(", ()) if "(" in word else ()
            candidates = (*self.by_word.get(word, ()), *call, *self.by_word.get("", ()))
            if not any(self.read_parameter(arg, reader, into) for arg in candidates):
                return

    def read_parameter(self, arg: Arg, reader: Reader, into: Fields) -> bool:
        """Read one parameter; False without any effect if it does not match."""
        at = reader.at
        target: Fields = into if id(arg) in self.repeating else {}
        mismatch = attempt(arg.read, reader, target)
        if mismatch is not None:
            reader.furthest = mismatch
            return False
        if target is not into and not add(target, into):
            raise Mismatch(at, f"{reader.words[at]} at most once")
        return True

    def write(self, body: Body) -> list[str] | None:
        """The words of all parameters that have a field in the body."""
        places = set(self.always)
        for name in body:
            places |= self.by_field.get(name, frozenset())
        return [word for place in sorted(places) for word in self.args[place].write(body) or ()]


class Loose(Fieldless):
    """Parameters in any order, any number of times, with any value: for lines that the server keeps as text.

    Used by `Child.kept`.

    Args:
        args: the parameters of the object; a parameter with a value is a keyword and one word.
        values: further keywords with one value.
        strict: keywords whose value must match the parameter in `args`.
    """

    def __init__(self, *args: Arg, values: str = "", strict: str = "") -> None:
        self.lengths = dict.fromkeys(values.split(), 2)
        self.strict: dict[str, Arg] = {}
        for arg in args:
            length = 1 if isinstance(arg, OneOf) or not isinstance(arg, Seq | Many) else 2
            self.lengths.update(dict.fromkeys(first_words(arg), length))
            self.strict.update({word: arg for word in first_words(arg) if word in strict.split()})

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Read parameters until the end of the line or the first word that does not begin a parameter."""
        while (word := reader.peek()) is not None and self.takes(word, reader):
            pass

    def takes(self, word: str, reader: Reader) -> bool:
        """Take one parameter; False without any effect if the word does not begin one."""
        name, parenthesis, _ = word.partition("(")
        start, end = reader.at, reader.at + self.lengths.get(name + parenthesis, reader.end + 1)
        if end > reader.end:
            return False
        if word in self.strict and attempt(self.strict[word].read, Reader(reader.words, start, end), {}):
            return False
        reader.at = end
        return True


class Many(Arg):
    """A repeated group: a list of objects; with `item` a list of the values of that field."""

    def __init__(self, field: str, *args: Arg, item: str = "", since: str = "") -> None:
        self.field = field
        self.item = item
        self.since = since
        self.group = Seq(*args)

    def read(self, reader: Reader, into: Fields) -> None:
        """Read one group and append it to the list; `Params` calls again for the next group."""
        group: Fields = {}
        self.group.read(reader, group)
        self.append(group, into)

    def append(self, group: Fields, into: Fields) -> None:
        """Add a group's object, or its only value, to the list."""
        known = get(into, self.field)
        put(into, self.field, [*(known if isinstance(known, list) else []), group[self.item] if self.item else group])

    def write(self, body: Body) -> list[str] | None:
        """The words of all groups in a row; None for no groups."""
        lines = self.write_each(body)
        return [word for words in lines for word in words] or None

    def write_each(self, body: Body) -> list[list[str]]:
        """The words of each group."""
        items = get(body, self.field)
        if not isinstance(items, list):
            return []
        bodies = [{self.item: item} if self.item else item for item in items]
        groups = (group for group in bodies if isinstance(group, dict))
        return [words for group in groups if (words := self.group.write(group)) is not None]

    def fields(self) -> Iterator[Field]:
        """The array, then the fields of its items."""
        yield Field(self.field, self.since, kind="array")
        if not self.item:
            for field in self.group.fields():
                yield replace(field, path=f"{self.field}[].{field.path}", since=field.since or self.since)


class Call(Arg):
    """One word `name(a,b)`; each argument between the commas has a pattern."""

    def __init__(self, name: str, *args: Arg, sep: str = ",") -> None:
        self.name = name
        self.args = args
        self.sep = sep

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and read the arguments in its parentheses."""
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
        """The word; None if an argument has none."""
        parts = Seq(*self.args).write(body)
        return None if parts is None else [f"{self.name}({self.sep.join(parts)})"]

    def fields(self) -> Iterator[Field]:
        """The fields of the arguments."""
        for arg in self.args:
            yield from arg.fields()


class Cond(Arg):
    """An optional `if TEST` or `unless TEST`. The other args of its form end at the first `if` or `unless`."""

    def __init__(self, cond: str = "cond", test: str = "cond_test") -> None:
        self.cond = cond
        self.test = test

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the condition, if there is one."""
        if reader.peek() is None:
            return
        Enum(self.cond, "if", "unless").read(reader, into)
        Rest(self.test).read(reader, into)

    def write(self, body: Body) -> list[str] | None:
        """The condition, or an empty list."""
        return Seq(Enum(self.cond, "if", "unless"), Rest(self.test)).write(body) or []

    def fields(self) -> Iterator[Field]:
        """The condition's two fields."""
        yield Field(self.cond, kind="enum")
        yield Field(self.test)


def add(more: Fields, into: Fields) -> bool:
    """Add fields to an object, and to its inner objects; False as soon as a field already has another value."""
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


def repeats(arg: Arg) -> bool:
    """Whether a parameter may occur several times in a line."""
    return isinstance(arg, Many) or (isinstance(arg, Seq) and any(map(repeats, arg.args)))


def top_field(path: str) -> str:
    """The first name of a field's path: `hdrs` of `hdrs[].name`."""
    return path.partition(".")[0].partition("[")[0]


def first_words(arg: Arg) -> tuple[str, ...]:
    """The words that can begin a parameter (`name(` for a call); empty if any word can."""
    if isinstance(arg, Many):
        return first_words(arg.group)
    if isinstance(arg, Call):
        return (arg.name + "(",)
    if isinstance(arg, Enum):
        return tuple(arg.values)
    if isinstance(arg, Lit):
        return arg.words[:1]
    if isinstance(arg, OneOf):
        each = [first_words(inner) for inner in arg.args]
        return tuple(word for words in each for word in words) if all(each) else ()
    if isinstance(arg, Seq) and not isinstance(arg, Opt | Params):
        return next((first_words(inner) for inner in arg.args if not isinstance(inner, Const)), ())
    return ()


def parameter_words(args: Iterable[Arg]) -> Iterator[str]:
    """The words that begin a parameter, at any depth of the patterns."""
    for arg in args:
        yield from first_words(arg)
        if isinstance(arg, Seq):
            yield from parameter_words(arg.args)
