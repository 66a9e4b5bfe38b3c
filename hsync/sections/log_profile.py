"""log-profile: log formats for the steps of a stream. Manual chapter 8.3.5; API /log_profiles."""

from __future__ import annotations

from hsync.schema import (
    Body,
    Const,
    Enum,
    Fields,
    Key,
    Lit,
    Mismatch,
    OneOf,
    Opt,
    Reader,
    Row,
    Rows,
    SectionType,
    Seq,
    Shape,
    Word,
    get,
    put,
)

STEPS = (
    "accept", "any", "close", "connect", "error", "request", "response", "http-req", "http-res", "http-after-res",
    "quic-init", "tcp-req-conn", "tcp-req-cont", "tcp-req-sess",
)  # fmt: skip


class Format(Word):
    """A log format. The API removes the quotes of a format with blanks, and adds them again when it writes the line."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word."""
        super().read(reader, into)
        word = reader.words[reader.at - 1]
        if not any(blank in word for blank in " \t"):
            return
        inner = word[1:-1]
        if word != f'"{inner}"' or "\\" in inner or '"' in inner:
            raise Mismatch(reader.at - 1, "a format in double quotes, without escapes")
        put(into, self.field, inner)

    def write(self, body: Body) -> list[str] | None:
        """The word, quoted if it has blanks."""
        value = get(body, self.field)
        if isinstance(value, str) and any(blank in value for blank in " \t"):
            return [f'"{value}"']
        return super().write(body)


FORMAT = Key("format", Format("format"))
SD = Key("sd", Format("sd"))

SECTION = SectionType(
    "log-profile",
    path="log_profiles",
    shape=Shape.NAMED,
    place=100,
    rank=5,
    full_section=False,
    since="3.1",
    needs={"log_tag": "the API writes a log-tag without a value"},
    rows=(
        Row("log-tag", Word("log_tag")),
        Rows(
            "on",
            "steps",
            Enum("step", *STEPS),
            OneOf(
                Seq(Const(drop="enabled"), Lit("drop")),
                Seq(Opt(Const(drop="disabled")), FORMAT, Opt(SD)),
                Seq(Opt(Const(drop="disabled")), SD, Opt(FORMAT)),
            ),
            sticky="a PUT without steps keeps the old lines",
        ),
    ),
)
