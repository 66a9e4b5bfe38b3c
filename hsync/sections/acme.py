"""acme: certificates from an ACME server. Manual chapter 12.8; API /acme."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hsync.schema import (
    Arg,
    Body,
    Csv,
    Enum,
    Field,
    Fields,
    Int,
    Late,
    Mismatch,
    Reader,
    Row,
    SectionType,
    Shape,
    Switch,
    Time,
    Word,
    get,
    put,
)


class Assignments(Arg):
    """One quoted word `"name=value,name=value"`, an object in JSON. Values that need quotes themselves are refused."""

    def __init__(self, field: str) -> None:
        self.field = field

    def read(self, reader: Reader, into: Fields) -> None:
        """Take one word and split it."""
        word = reader.take(self.field)
        match = re.fullmatch(r"""("?)(\w[\w.-]*=[^\s"'\\,=]+(?:,\w[\w.-]*=[^\s"'\\,=]+)*)\1""", word)
        pairs = [pair.partition("=") for pair in match.group(2).split(",")] if match else []
        if not match or len({name for name, _, _ in pairs}) < len(pairs):
            raise Mismatch(reader.at - 1, "name=value,...")
        put(into, self.field, {name: value for name, _, value in pairs})

    def write(self, body: Body) -> list[str] | None:
        """The assignments sorted by name, quoted as the API quotes them."""
        value = get(body, self.field)
        if not isinstance(value, dict) or not value:
            return None
        return ['"' + ",".join(f"{name}={value[name]}" for name in sorted(value)) + '"']

    def fields(self) -> Iterator[Field]:
        """One object; the values are credentials of a DNS provider."""
        yield Field(self.field, secret=True, kind="object")


SECTION = SectionType(
    "acme",
    path="acme",
    shape=Shape.NAMED,
    place=130,
    rank=4,
    full_section=False,
    since="3.2",
    needs={"directory": "the API refuses an acme section without a directory"},
    rows=(
        Row("account-key", Word("account_key")),
        # 3.3: the last releases of 3.2 have these three, too; 3.2.5 drops them silently.
        Row("acme-vars", Assignments("acme_vars"), since="3.3"),
        Row("bits", Int("bits", late=Late("3.4", r"-?\d{1,3}|10[01]\d|102[0-3]"))),  # before 3.4: at least 1024
        Row("challenge", Enum("challenge", "http-01", "dns-01", "dns-persist-01", late=Late("3.4", "dns-persist-01"))),
        Row("challenge-ready", Csv("challenge_ready", only=("cli", "dns", "none")), since="3.4"),
        Row("contact", Word("contact")),
        Row("curves", Word("curves")),
        Row("directory", Word("directory", matching=r"https://\S+")),
        # The specification says seconds, and the server reads milliseconds: only a time with a unit is unambiguous.
        Row("dns-delay", Time("dns_delay", bare=""), since="3.4"),
        Row("dns-timeout", Time("dns_timeout", bare=""), since="3.4"),
        Row("keytype", Enum("keytype", "RSA", "ECDSA")),
        Row("map", Word("map")),
        Row("profile", Word("profile"), since="3.3"),
        Row("provider-name", Word("acme_provider"), since="3.3"),
        Row("reuse-key", Switch("reuse_key"), since="3.3"),
    ),
)
