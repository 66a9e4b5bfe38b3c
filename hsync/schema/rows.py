"""Rows: a line of a section's own object as keyword plus args.

Rule 1: a row is data. From it come reading, writing, field names, gating by API release and the checks against the
served specifications; nobody writes code for one directive.
Rule 2: a row must consume the whole line. Otherwise the line is opaque: kept, compared by its words, carried by the
raw lane.
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
    """A directive of a section's own object: at most one line (of two, the last counts).

    Args:
        keyword: the literal first words, `timeout client`.
        args: patterns for the rest of the line.
        raw_only: why the API must not be used for this line although it has fields for it; such a line is opaque.
        sticky: why a PUT of the section does not take the property away again.
        since: first API release that has it, when newer than 3.0.
        written: first API release that writes it right, see `Field`.
        older: what a server does that does not have all fields yet.
        once: why a second line is not the same as a later one that takes its place: HAProxy adds lines up where the
            server keeps one. The second line is opaque.
        alone: what to do instead of a second line, when the server drops one of the two.
        cut: what to do about words that the row does not read, when the server drops them even from text.
        kept: arguments with which the server reads the line as text besides. It moves others to the end of the section,
            or drops their words (`cut`). Only for rows where the place of a line tells.
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
        """The first words under which the row is found."""
        yield self.keyword

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into the section's object, or raise `Mismatch` and leave it as it was.

        A second line of the same keyword takes the place of the first.
        """
        one: Fields = {}
        self.read_one(words, one)
        for path in self.paths if into else ():
            drop(into, path)
        merge(into, one)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The JSON fields that a line sets, lists without their items; asked for with every line, so kept."""
        return tuple(dict.fromkeys(one.path.partition("[]")[0] for one in self.fields()))

    def read_one(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into an empty object."""
        read_args(words, len(self.keyword), self.args.args, into)

    def write(self, body: Body) -> list[list[str]]:
        """The lines, as words, for the fields of the object."""
        words = self.args.write(body)
        return [] if words is None else [[*self.keyword, *words]]

    def fields(self) -> Iterator[Field]:
        """All JSON fields; none is older than the row."""
        for one in self.args.fields():
            yield replace(one, since=one.since or self.since, written=one.written or self.written)


class Option(Row):
    """`option NAME`, and `no option NAME` for disabled."""

    def __init__(self, field: str, word: str = "", *, since: str = "", written: str = "", raw_only: str = "") -> None:
        self.word = word or field.replace("_", "-")
        super().__init__(f"option {self.word}", raw_only=raw_only, since=since, written=written)
        self.flag = Flag(field, f"option {self.word}", no=f"no option {self.word}", since=since, written=written)

    def heads(self) -> Iterator[tuple[str, ...]]:
        """Both spellings."""
        yield ("option", self.word)
        yield ("no", "option", self.word)

    def read_one(self, words: Sequence[str], into: Fields) -> None:
        """Enabled, or disabled behind `no`."""
        reader = Reader([" ".join(words)])
        self.flag.read(reader, into)

    def write(self, body: Body) -> list[list[str]]:
        """One line, or none."""
        words = self.flag.write(body)
        return [words[0].split()] if words else []

    def fields(self) -> Iterator[Field]:
        """One enum."""
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
        """Append the line's item."""
        one: Fields = {}
        read_args(words, len(self.keyword), self.many.group.args, one)
        self.many.append(one, into)

    read_one = read

    def write(self, body: Body) -> list[list[str]]:
        """One line for each item."""
        return [[*self.keyword, *words] for words in self.many.write_each(body)]
