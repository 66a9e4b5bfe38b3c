"""Patterns of lines that only proxies have. Manual chapter 4.2.

Rule 1: `Either` is for keywords that set the same thing in HAProxy: of all these lines the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hsync.schema import (
    Arg,
    Body,
    Enum,
    Field,
    Fieldless,
    Fields,
    Json,
    Mismatch,
    Reader,
    Rest,
    Row,
    RowTable,
    Seq,
    get,
    put,
)

__all__ = ["CODES", "LOST", "Codes", "Condition", "Either", "Present", "Unmodelled"]

CODES: Mapping[str, Json] = {
    str(code): code for code in (200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 425, 429, 500, 501, 502, 503, 504)
}
"""Statuses for which HAProxy has an error page (manual, `errorfile`), and which the API has in an enum."""

LOST = "the Data Plane API has no field for it: a PUT of the section deletes the line"
"""The `raw_only` reason of lines that the server accepts, and reads into no field."""


class Either(Row):
    """Rows that exclude each other: a line of one row replaces a line of another."""

    def __init__(self, *rows: Row) -> None:
        super().__init__("")
        self.rows = rows
        self.table = RowTable(rows)

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The heads of all rows."""
        for row in self.rows:
            yield from row.heads()

    def read_alone(self, words: Sequence[str], into: Fields) -> None:
        """Read the line with the first row that accepts it; else raise the mismatch that is furthest to the right."""
        furthest = Mismatch(0, "another keyword")
        for row in self.table.find(words):
            try:
                return row.read(words, into)
            except Mismatch as mismatch:
                furthest = mismatch if mismatch.at >= furthest.at else furthest
        raise furthest

    def write(self, body: Body) -> list[list[str]]:
        """The line of the first row that has fields in the body."""
        return [line for row in self.rows for line in row.write(body)][:1]

    def fields(self) -> Iterator[Field]:
        """The fields of all rows, each once."""
        yield from {field.path: field for row in self.rows for field in row.fields()}.values()


class Present(Arg):
    """An object that the API shows even when it is empty (`option httpchk` has `httpchk_params: {}`)."""

    def __init__(self, field: str) -> None:
        self.field = field

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - takes no word
        """Set the field to an empty object."""
        into.setdefault(self.field, {})

    def write(self, body: Body) -> list[str] | None:  # noqa: ARG002 - needs no field
        """No words, with or without the object."""
        return []

    def fields(self) -> Iterator[Field]:
        """One object field."""
        yield Field(self.field, kind="object")


class Codes(Arg):
    """All remaining words, at least one, as a list of HTTP statuses, which are numbers in JSON."""

    def __init__(self, field: str) -> None:
        self.field = field

    def read(self, reader: Reader, into: Fields) -> None:
        """Take all words up to the end; raise `Mismatch` for a word that is not in `CODES`."""
        codes: list[Json] = []
        while not codes or reader.peek() is not None:
            code = reader.take(self.field)
            if code not in CODES:
                raise Mismatch(reader.at - 1, "a status that has an error page")
            codes.append(CODES[code])
        put(into, self.field, codes)

    def write(self, body: Body) -> list[str] | None:
        """The statuses as words."""
        codes = get(body, self.field)
        return list(map(str, codes)) if isinstance(codes, list) and codes else None

    def fields(self) -> Iterator[Field]:
        """One array field."""
        yield Field(self.field, kind="array")


class Condition(Seq):
    """A required `if TEST` or `unless TEST`. `within` is the object with its two fields."""

    def __init__(self, within: str, cond: str = "cond", test: str = "cond_test") -> None:
        super().__init__(Enum(f"{within}.{cond}", "if", "unless"), Rest(f"{within}.{test}"))


class Unmodelled(Fieldless):
    """All remaining words, for a `raw_only` row: the server accepts the line, but its JSON has no field for it."""

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Take all words up to the end."""
        reader.at = reader.end
