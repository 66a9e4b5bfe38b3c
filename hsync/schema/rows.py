"""Rows: the patterns of lines that belong to a section's own object: a keyword, then args.

Rule 1: a row is data. Reading, writing, field names, checks of the API release and the tests against the published
specifications all use it; there is no code for a single directive.
Rule 2: a row must read all words of a line. A line that no row can read is opaque: kept as text, compared by its words,
changed by the raw lane only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from hsync.schema.args import Flag
from hsync.schema.forms import Form, Older, merge, read_args
from hsync.schema.groups import Many, Seq
from hsync.schema.json import Body, Fields, drop
from hsync.schema.reader import Arg, Field, Reader

__all__ = ["Option", "Row", "Rows"]


class Row:
    """A directive of a section's own object. It has one line; if it is repeated, the last line counts.

    Args:
        keyword: the literal first words, `timeout client`.
        args: patterns for the rest of the line.
        raw_only: why the line must not be written through the API, although the API has fields for it; the line is
            opaque.
        sticky: why a PUT of the section cannot remove the attribute.
        since: first API release that has the fields, if newer than 3.0.
        written: first API release that writes them correctly, see `Field`.
        older: what a server with an older API release does with such a line.
        once: why a second line is opaque: HAProxy obeys both lines, and the API has fields for only one.
        alone: remedy for a second line, if the server drops one of the two.
        cut: remedy for words that the row cannot read, if the server drops them even from a pushed text.
        kept: further args with which the server keeps the line in its place, as text. It moves any other line to the
            end of the section, or drops its words (`cut`). Only for rows where the place of a line matters.
    """

    def __init__(
        self,
        keyword: str,
        *args: Arg,
        raw_only: str = "",
        sticky: str = "",
        since: str = "",
        written: str = "",
        older: Older = Older.MOVES,
        once: str = "",
        alone: str = "",
        cut: str = "",
        kept: tuple[Arg, ...] = (),
    ) -> None:
        self.keyword = tuple(keyword.split())
        self.args = Seq(*args)
        self.raw_only = raw_only
        self.once = once
        self.alone = alone
        self.cut = cut
        self.kept = Form(keyword, *kept) if kept else None
        self.sticky = sticky
        self.since = since
        self.written = written
        self.older = older

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The first words of its lines, as keys of a `RowTable`."""
        yield self.keyword

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into the section's object, or raise `Mismatch` without any effect.

        A second line with the same keyword replaces the first.
        """
        read: Fields = {}
        self.read_alone(words, read)
        for path in self.paths if into else ():
            drop(into, path)
        merge(into, read)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The JSON fields that a line sets, arrays without their items; cached, since every line needs them."""
        return tuple(dict.fromkeys(field.path.partition("[]")[0] for field in self.fields()))

    def read_alone(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into an empty object."""
        read_args(words, len(self.keyword), self.args.args, into)

    def write(self, body: Body) -> list[list[str]]:
        """The words of each line for the fields of the object: one line, or none."""
        words = self.args.write(body)
        return [] if words is None else [[*self.keyword, *words]]

    def fields(self) -> Iterator[Field]:
        """All JSON fields; a field without a release of its own has that of the row."""
        for field in self.args.fields():
            yield replace(field, since=field.since or self.since, written=field.written or self.written)


class Option(Row):
    """`option NAME` for an enabled field, `no option NAME` for a disabled one."""

    def __init__(self, field: str, word: str = "", *, since: str = "", written: str = "", raw_only: str = "") -> None:
        self.word = word or field.replace("_", "-")
        super().__init__(f"option {self.word}", raw_only=raw_only, since=since, written=written)
        self.flag = Flag(field, f"option {self.word}", no=f"no option {self.word}", since=since, written=written)

    def heads(self) -> Iterator[tuple[str, ...]]:
        """With and without `no`."""
        yield ("option", self.word)
        yield ("no", "option", self.word)

    def read_alone(self, words: Sequence[str], into: Fields) -> None:
        """Set the field to enabled, or to disabled after `no`."""
        reader = Reader([" ".join(words)])
        self.flag.read(reader, into)

    def write(self, body: Body) -> list[list[str]]:
        """The words of the line, if the field is set."""
        words = self.flag.write(body)
        return [words[0].split()] if words else []

    def fields(self) -> Iterator[Field]:
        """One enum field."""
        yield from self.flag.fields()


class Rows(Row):
    """A directive that repeats: every line is one item of a list (`errorfile`, `setenv`)."""

    def __init__(
        self,
        keyword: str,
        field: str,
        *args: Arg,
        item: str = "",
        raw_only: str = "",
        sticky: str = "",
        since: str = "",
        older: Older = Older.MOVES,
        cut: str = "",
        kept: tuple[Arg, ...] = (),
    ) -> None:
        self.many = Many(field, *args, item=item, since=since)
        super().__init__(
            keyword, self.many, raw_only=raw_only, sticky=sticky, since=since, older=older, cut=cut, kept=kept
        )

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Append the line's item to the list."""
        item: Fields = {}
        read_args(words, len(self.keyword), self.many.group.args, item)
        self.many.append(item, into)

    read_alone = read

    def write(self, body: Body) -> list[list[str]]:
        """The words of one line for each item."""
        return [[*self.keyword, *words] for words in self.many.write_each(body)]
