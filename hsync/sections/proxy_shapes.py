"""Shapes of lines that only proxies have. Manual chapter 4.2.

Rule 1: `Either` is for directives that HAProxy keeps in one place: the last line counts, whatever its keyword.
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
"""The statuses for which HAProxy has an error page (manual, `errorfile`); the API's enum."""

LOST = "the Data Plane API has no field for it: a PUT of the section deletes the line"
"""Why a row is `raw_only` whose line the server reads into nothing."""


class Either(Row):
    """Rows for one thing in HAProxy: a line of one takes the place of a line of another."""

    def __init__(self, *rows: Row) -> None:
        super().__init__("")
        self.rows = rows
        self.table = RowTable(rows)

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The heads of all rows."""
        for row in self.rows:
            yield from row.heads()

    def read_alone(self, words: Sequence[str], into: Fields) -> None:
        """Read the line with the first row that takes it; of several mismatches the furthest is raised."""
        furthest = Mismatch(0, "another keyword")
        for row in self.table.find(words):
            try:
                return row.read(words, into)
            except Mismatch as mismatch:
                furthest = mismatch if mismatch.at >= furthest.at else furthest
        raise furthest

    def write(self, body: Body) -> list[list[str]]:
        """The line of the row whose fields are there."""
        return [line for row in self.rows for line in row.write(body)][:1]

    def fields(self) -> Iterator[Field]:
        """Those of all rows, each once."""
        yield from {field.path: field for row in self.rows for field in row.fields()}.values()


class Present(Arg):
    """An object that the API shows even when it is empty (`option httpchk` has `httpchk_params: {}`)."""

    def __init__(self, field: str) -> None:
        self.field = field

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - takes no word
        """Make the object."""
        into.setdefault(self.field, {})

    def write(self, body: Body) -> list[str] | None:  # noqa: ARG002 - needs no field
        """No words, with or without the object."""
        return []

    def fields(self) -> Iterator[Field]:
        """The object."""
        yield Field(self.field, kind="object")


class Codes(Arg):
    """All remaining words, at least one, as a list of HTTP statuses, which are numbers in JSON."""

    def __init__(self, field: str) -> None:
        self.field = field

    def read(self, reader: Reader, into: Fields) -> None:
        """Take every word up to the end; each must be one of `CODES`."""
        codes: list[Json] = []
        while not codes or reader.peek() is not None:
            code = reader.take(self.field)
            if code not in CODES:
                raise Mismatch(reader.at - 1, "a status that has an error page")
            codes.append(CODES[code])
        put(into, self.field, codes)

    def write(self, body: Body) -> list[str] | None:
        """The numbers as words."""
        codes = get(body, self.field)
        return list(map(str, codes)) if isinstance(codes, list) and codes else None

    def fields(self) -> Iterator[Field]:
        """One list."""
        yield Field(self.field, kind="array")


class Condition(Seq):
    """`if TEST` or `unless TEST` that may not be missing. `within` is the object that holds it."""

    def __init__(self, within: str, cond: str = "cond", test: str = "cond_test") -> None:
        super().__init__(Enum(f"{within}.{cond}", "if", "unless"), Rest(f"{within}.{test}"))


class Unmodelled(Fieldless):
    """All remaining words, for a `raw_only` row: the server takes the line, and its JSON has no field for it."""

    def read(self, reader: Reader, into: Fields) -> None:  # noqa: ARG002 - sets no field
        """Take every word up to the end."""
        reader.at = reader.end
