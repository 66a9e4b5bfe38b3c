r"""Args of http rules, tcp rules and checks. Manual chapter 4.4.

Rule 1: an arg is here if several kinds of rules need it, or if the server reads a word in an unusual way.
Rule 2: `Rest` is for fields that get all following words, `Word` for fields that get one word, `Solid` for fields in
which the specification forbids blanks (`^[^\s]+$`): the server refuses even a quoted blank there, with 422.

Source: the served specifications; client-native `config-parser/parsers/actions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hsync.schema import (
    Arg,
    Body,
    Enum,
    Field,
    Fields,
    Int,
    Key,
    Mismatch,
    Older,
    Opt,
    Params,
    Reader,
    Rest,
    Rule,
    Word,
    get,
    put,
)
from hsync.schema.units import LONGEST

__all__ = [
    "BANDWIDTH",
    "DO_LOG",
    "LOG_LEVEL",
    "MARK",
    "SCOPED",
    "SET_BC",
    "SET_FC",
    "SILENT_DROP",
    "TOS",
    "Blank",
    "Expression",
    "Solid",
    "Some",
    "Suffixed",
    "Whole",
    "Zero",
]

_NUMBER = re.compile(r"[+-]?\d+")
_UNSIGNED = r"0x[0-9A-Fa-f]+|[0-9]+"


@dataclass(frozen=True)
class Solid(Word):
    """One word without blanks, not even quoted ones: the API refuses those."""

    matching: str = r"\S+"


@dataclass(frozen=True)
class Blank(Word):
    """One word between commas; an empty word is an absent field."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word; an empty word sets no field."""
        word = reader.take(self.field)
        if word:
            put(into, self.field, word)

    def write(self, body: Body) -> list[str] | None:
        """The word; the empty word for an absent field."""
        return super().write(body) or [""]


@dataclass(frozen=True)
class Expression(Rest):
    """All remaining words, unless the first is a number: a number belongs to another field."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end; raise `Mismatch` if the first is a number."""
        if _NUMBER.fullmatch(reader.peek() or ""):
            raise Mismatch(reader.at, "an expression")
        super().read(reader, into)


@dataclass(frozen=True)
class Unsigned(Rest):
    """An expression, or a decimal number from 0 to `high`: the server cannot read other numbers, and drops the rule."""

    high: int = 0xFFFFFFFF

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end; raise `Mismatch` for a single number that is out of range."""
        word = reader.peek() or ""
        if reader.end - reader.at == 1 and _NUMBER.fullmatch(word) and not 0 <= int(word[:LONGEST]) <= self.high:
            raise Mismatch(reader.at, f"a number from 0 to {self.high}")
        super().read(reader, into)


@dataclass(frozen=True)
class Whole(Rest):
    """All remaining words of a line without a condition: the server refuses `if` and `unless` among them."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end; raise `Mismatch` at `if` or `unless`."""
        for at in range(reader.at, reader.end):
            if reader.words[at] in {"if", "unless"}:
                raise Mismatch(at, "the end of the line")
        super().read(reader, into)


@dataclass(frozen=True)
class Zero(Int):
    """A number for which an absent field is 0."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one number; 0 sets no field."""
        read: Fields = {}
        super().read(reader, read)
        if read[self.field]:
            put(into, self.field, read[self.field])

    def write(self, body: Body) -> list[str] | None:
        """The number; 0 for an absent field."""
        return super().write(body) or ["0"]


class Suffixed(Arg):
    """One word with a fixed prefix: `lua.NAME`, `track-sc0`."""

    def __init__(self, prefix: str, inner: Arg) -> None:
        self.prefix = prefix
        self.inner = inner

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and read the part after the prefix."""
        word = reader.take(self.prefix)
        if not word.startswith(self.prefix):
            raise Mismatch(reader.at - 1, self.prefix)
        try:
            self.inner.read(Reader([word.removeprefix(self.prefix)]), into)
        except Mismatch as mismatch:
            raise Mismatch(reader.at - 1, mismatch.expected) from None

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        words = self.inner.write(body)
        return [self.prefix + words[0]] if words else None

    def fields(self) -> Iterator[Field]:
        """The fields of the inner arg."""
        yield from self.inner.fields()


class Some(Params):
    """Parameters in any order, at least one."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read parameters; raise `Mismatch` without any."""
        start = reader.at
        super().read(reader, into)
        if reader.at == start:
            raise Mismatch(start, "a parameter")


class _Scoped(Arg):
    """`txn.my_var`: scope and name of a variable."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and split it at its first dot."""
        scope, _, name = reader.take("scope.name").partition(".")
        if not scope or not name:
            raise Mismatch(reader.at - 1, "scope.name")
        put(into, "var_scope", scope)
        put(into, "var_name", name)

    def write(self, body: Body) -> list[str] | None:
        """The word."""
        scope, name = get(body, "var_scope"), get(body, "var_name")
        return [f"{scope}.{name}"] if scope and name else None

    def fields(self) -> Iterator[Field]:
        """Scope and name."""
        yield Field("var_scope")
        yield Field("var_name")


SCOPED = _Scoped()
"""The argument in parentheses of set-var, set-var-fmt and unset-var."""

LOG_LEVEL = Enum("log_level", "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", "silent")
SET_BC = (Rule("set-bc-mark", Unsigned("expr")), Rule("set-bc-tos", Unsigned("expr", high=255)))
SET_FC = (Rule("set-fc-mark", Unsigned("expr")), Rule("set-fc-tos", Unsigned("expr", high=255)))
MARK = Word("mark_value", matching=_UNSIGNED)
TOS = Word("tos_value", matching=_UNSIGNED)
_BANDWIDTH = (
    Key("limit", Word("bandwidth_limit_limit", not_in=("period",))),
    Key("period", Word("bandwidth_limit_period", not_in=("limit",))),
)
BANDWIDTH = (
    Rule("set-bandwidth-limit", Word("bandwidth_limit_name"), *_BANDWIDTH),
    # 3.2.5 writes both keywords, even if one of them has no value
    Rule("set-bandwidth-limit", Word("bandwidth_limit_name"), Params(*_BANDWIDTH), written="3.3"),
)

DO_LOG = Rule(
    "do-log",
    Opt(Key("profile", Word("log_profile", since="3.4", refers="log_profiles"))),
    since="3.1",
    older=Older.CUTS,
)
SILENT_DROP = Rule("silent-drop", Opt(Key("rst-ttl", Int("rst_ttl", low=1))))
