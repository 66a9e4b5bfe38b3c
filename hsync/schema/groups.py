"""Groups: patterns made of patterns. `Seq` in order, `Params` in any order, `Opt` maybe, `OneOf` the first that fits.

How a pattern behaves is said in `reader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

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


class Loose(Fieldless):
    """Parameters in any order, each as often as it likes, with any word as a value: how a server reads them as text.

    For lines that stay text (`Child.kept`).

    Args:
        args: parameters that an object has. One with a value is a keyword and one word.
        values: further keywords that have a value.
        strict: keywords whose parameter must fit, value and all.
    """

    def __init__(self, *args: Arg, values: str = "", strict: str = "") -> None:
        self.lengths = dict.fromkeys(values.split(), 2)
        self.strict: dict[str, Arg] = {}
        for arg in args:
            length = 1 if isinstance(arg, OneOf) or not isinstance(arg, Seq | Many) else 2
            self.lengths.update(dict.fromkeys(first_words(arg), length))
            self.strict.update({word: arg for word in first_words(arg) if word in strict.split()})

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Read parameters until the end or a word that is none."""
        while (word := reader.peek()) is not None and self.fits(word, reader):
            pass

    def fits(self, word: str, reader: Reader) -> bool:
        """Take one parameter; False, and the reader as before, when it is none."""
        name, parenthesis, _ = word.partition("(")
        start, end = reader.at, reader.at + self.lengths.get(name + parenthesis, reader.end + 1)
        if end > reader.end:
            return False
        if word in self.strict and attempt(self.strict[word].read, Reader(reader.words, start, end), {}):
            return False
        reader.at = end
        return True


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
    """The words that begin a parameter, wherever it stands."""
    for arg in args:
        yield from first_words(arg)
        if isinstance(arg, Seq):
            yield from parameter_words(arg.args)
