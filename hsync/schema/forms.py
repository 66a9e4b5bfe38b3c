"""Forms: the patterns of lines that are children of a section, one line per child.

A form must read all words of a line. A line that no form can read is opaque: kept as text, compared by its words,
changed by the raw lane only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property

from hsync.schema.args import Const
from hsync.schema.groups import Call, Cond, Seq
from hsync.schema.json import Body, Fields
from hsync.schema.reader import Arg, Field, Reader

__all__ = ["CONDITION_WORDS", "Form", "Older", "merge", "read_args"]

CONDITION_WORDS = frozenset({"if", "unless"})


class Older(StrEnum):
    """What a server does with a line of a pushed text, if its API release is too old for a field of the line."""

    MOVES = "moves"
    """It cannot parse the line: it keeps the text, but moves it below all lines that it can parse."""

    KEEPS = "keeps"
    """It parses the line, which only has no field in its API: the line keeps its place."""

    CUTS = "cuts"
    """It parses the line, and drops the words that it does not know."""


class Form:
    """The pattern of a child's line: literal first words, then args.

    Args:
        head: literal first words, `http-request set-header`.
        args: patterns for the rest of the line.
        const: fields with a fixed value (`type="set-header"`), which distinguish the forms of a child.
        raw_only: why the line must not be written through the API; such a line is opaque.
        since: first API release that has this form.
        written: first API release that writes it correctly, see `Field`.
        older: what a server with an older API release does with such a line.
        cut: remedy for such a line, if the server drops words of it even from a pushed text.
        unread: whether the server can write such a line, but not parse it: in a pushed text it moves below the others.
    """

    def __init__(
        self,
        head: str,
        *args: Arg,
        const: Fields | None = None,
        raw_only: str = "",
        since: str = "",
        written: str = "",
        older: Older = Older.MOVES,
        cut: str = "",
        unread: bool = False,
    ) -> None:
        self.head = tuple(head.split())
        self.args = args
        self.const = dict(const or {})
        self.raw_only = raw_only
        self.since = since
        self.written = written
        self.older = older
        self.cut = cut
        self.unread = unread

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The first words of its lines, as keys of a `RowTable`; `name(` for a call."""
        first = next(iter(self.args), None)
        yield (*self.head, first.name + "(") if isinstance(first, Call) else self.head

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read all words of a line, or raise `Mismatch`."""
        into.update(self.const)
        read_args(words, len(self.head), self.args, into)

    def has_const(self, body: Body) -> bool:
        """Whether the body has the constant fields of this form."""
        return all(body.get(name) == value for name, value in self.const.items())

    def write(self, body: Body) -> list[str] | None:
        """The words of a line; None if the constant fields are those of another form or an arg has no value."""
        if not self.has_const(body):
            return None
        words = Seq(*self.args).write(body)
        return None if words is None else [*self.head, *words]

    @cached_property
    def gated(self) -> tuple[Field, ...]:
        """The fields that depend on the API release; cached, since every resource needs them."""
        return tuple(field for field in self.fields() if field.gated)

    @cached_property
    def _gated_names(self) -> frozenset[str]:
        return frozenset(re.split(r"[.\[]", field.path, maxsplit=1)[0] for field in self.gated)

    def may_be_gated(self, body: Body) -> bool:
        """Whether a body of this form may depend on the API release; fast, and never False by mistake."""
        return not self._gated_names.isdisjoint(body) or bool(self.gated and (self.since or self.written))

    def fields(self) -> Iterator[Field]:
        """The constant fields, then those of the args; a field without a release of its own has that of the form."""
        for arg in (Const(**self.const), *self.args):
            for field in arg.fields():
                yield replace(field, since=field.since or self.since, written=field.written or self.written)


def read_args(words: Sequence[str], at: int, args: Sequence[Arg], into: Fields) -> None:
    """Read a line's words from `at` on; the args must consume all words.

    If the last arg is a `Cond`, the others end at the first `if` or `unless`.
    """
    conditional = bool(args) and isinstance(args[-1], Cond)
    stop = len(words)
    if conditional:
        stop = next((index for index in range(at, len(words)) if words[index] in CONDITION_WORDS), len(words))
    reader = Reader(words, at, stop)
    for arg in args[:-1] if conditional else args:
        arg.read(reader, into)
    reader.done()
    if conditional:
        args[-1].read(Reader(words, stop), into)


def merge(into: Fields, more: Fields) -> None:
    """Add fields to an object; an object that both have is merged, too."""
    for name, value in more.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        else:
            into[name] = value
