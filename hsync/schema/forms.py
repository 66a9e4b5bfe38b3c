"""Forms: lines that are children of a section, each exactly one line; and how args read words.

A whole line must be consumed. Otherwise it is opaque: kept, compared by its words, carried by the raw lane.
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
    """What a server whose API does not have all of a line yet does with the line when the whole text is pushed."""

    MOVES = "moves"
    """It keeps the line as text, behind all lines that it knows."""

    KEEPS = "keeps"
    """It knows the text, and only its API does not: the line keeps its place."""

    CUTS = "cuts"
    """It reads the line, and drops words that it does not know."""


class Form:
    """One shape of a child's line: literal head words, then args. `const` fields tell the forms of a child apart.

    Args:
        head: literal first words, `http-request set-header`.
        args: patterns for the rest.
        const: fields with a fixed value (`type="set-header"`).
        raw_only: why the API must not be used for this line; such a line is opaque.
        since: first API release that has this form.
        written: first API release that writes it right, see `Field`.
        older: what a server does that does not have all of the line yet.
        cut: what to write instead, when the server drops words of such a line even from text.
        unread: whether the server writes such a line and does not read it: it is text for it, behind the others.
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
        """The first words under which the form is found; `name(` for a call."""
        first = next(iter(self.args), None)
        yield (*self.head, first.name + "(") if isinstance(first, Call) else self.head

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read the whole line, or raise `Mismatch`."""
        into.update(self.const)
        read_args(words, len(self.head), self.args, into)

    def has_const(self, body: Body) -> bool:
        """Whether the constant fields of the body are those of this form."""
        return all(body.get(name) == value for name, value in self.const.items())

    def write(self, body: Body) -> list[str] | None:
        """The words, when the constant fields are those of this form and its args can be written."""
        if not self.has_const(body):
            return None
        words = Seq(*self.args).write(body)
        return None if words is None else [*self.head, *words]

    @cached_property
    def gated(self) -> tuple[Field, ...]:
        """The fields for which the API release matters; asked for with every resource, so kept."""
        return tuple(one for one in self.fields() if one.gated)

    @cached_property
    def _gated_names(self) -> frozenset[str]:
        return frozenset(re.split(r"[.\[]", one.path, maxsplit=1)[0] for one in self.gated)

    def may_be_gated(self, body: Body) -> bool:
        """Whether the API release may matter for a body of this form; a quick look."""
        return not self._gated_names.isdisjoint(body) or bool(self.gated and (self.since or self.written))

    def fields(self) -> Iterator[Field]:
        """The constant fields, then those of the args; none is older than the form."""
        for arg in (Const(**self.const), *self.args):
            for one in arg.fields():
                yield replace(one, since=one.since or self.since, written=one.written or self.written)


def read_args(words: Sequence[str], at: int, args: Sequence[Arg], into: Fields) -> None:
    """Read a line's words from `at` on with args that must consume all of them.

    When the last arg is a `Cond`, the others end at the first `if` or `unless`.
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
    """Add fields to an object, descending into objects that both have."""
    for name, value in more.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        else:
            into[name] = value
