"""peers: HAProxy instances that share stick tables. Manual chapter 11.2; API /peer_section, /peer_entries, /tables.

The API has no PUT for the section. The path of the section is below /peer_section, those of its children below /peers.
"""

from __future__ import annotations

from collections.abc import Iterator

from hsync.schema import (
    Body,
    Child,
    Const,
    Enum,
    Field,
    Fields,
    Flag,
    Form,
    Int,
    Json,
    Key,
    Lit,
    Many,
    Mismatch,
    Opt,
    Params,
    Reader,
    Row,
    SectionType,
    Shape,
    Word,
    get,
    put,
)
from hsync.sections.binds import BINDS, DEFAULT_BIND
from hsync.sections.host_port import HostPort
from hsync.sections.lists import LOG_TARGETS
from hsync.sections.servers import DEFAULT_SERVER, PEER_SERVERS
from hsync.sections.sockets import Name


class Stores(Many):
    """`store TYPE,TYPE`, maybe several times in a line: one field, with the types joined by commas."""

    def __init__(self, field: str) -> None:
        super().__init__(field, Lit("store"), Word(field), item=field)

    def append(self, group: Fields, into: Fields) -> None:
        """Add the types of one `store`."""
        known: Json = get(into, self.field)
        put(into, self.field, f"{known},{group[self.item]}" if known else group[self.item])

    def write(self, body: Body) -> list[str] | None:
        """One `store` with all types."""
        return self.group.write(body)

    def fields(self) -> Iterator[Field]:
        """One string field."""
        yield Field(self.field)


class Sized(Params):
    """Parameters of a table in any order, one of them `size`."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the parameters; raise `Mismatch` without `size`."""
        super().read(reader, into)
        if "size" not in into:
            raise Mismatch(reader.at, "size SIZE")


PEER_ENTRIES = Child(
    "peer_entries",
    Shape.NAMED,
    forms=(Form("peer", Name("name"), HostPort(), Opt(Key("shard", Int("shard", low=1)))),),
    in_full="peer_entries",
    ordered=False,
    parent_query="peer_section",
)

TABLES = Child(
    "tables",
    Shape.NAMED,
    forms=(
        Form(
            "table",
            Word("name"),
            Key("type", Enum("type", "ip", "integer", "string", "binary")),
            Sized(
                Key("len", Int("type_len", low=1)),
                Key("size", Word("size", matching=r"\d+[kKmMgG]?")),
                Key("expire", Word("expire", matching=r"\d+(ms|s|m|h|d)?")),
                Key("write-to", Word("write_to")),
                Flag("no_purge", "nopurge", on=True),
                Flag("recv_only", on=True, since="3.2"),
                Stores("store"),
            ),
        ),
    ),
    in_full="tables",
    full_since="3.1",  # 3.0.0 to 3.0.4 ignore the tables of a full body
    ordered=False,
)

SECTION = SectionType(
    "peers",
    path="peer_section",
    shape=Shape.NAMED,
    place=30,
    rank=10,
    put=False,
    children_path="peers",
    rows=(
        Row("enabled", Const(enabled=True)),
        Row("disabled", Const(disabled=True)),
        DEFAULT_BIND,
        DEFAULT_SERVER,
        Row("shards", Int("shards", low=1)),
    ),
    children=(PEER_ENTRIES, LOG_TARGETS, BINDS, PEER_SERVERS, TABLES),
)
