"""Choice of a server in a backend: balance, cookie, persistence, source, stick-table.

Manual chapters 4.2 and 11.1.
"""

from __future__ import annotations

from hsync.schema import (
    Body,
    Call,
    Const,
    Enum,
    Flag,
    Int,
    Key,
    Many,
    OneOf,
    Opt,
    Params,
    Pattern,
    Rest,
    Row,
    Rows,
    Seq,
    Size,
    Time,
    Word,
    get,
)
from hsync.sections.sockets import Token

__all__ = [
    "BALANCE",
    "COOKIE",
    "COOKIE_KEY",
    "EXTERNAL_CHECK",
    "FCGI_APP",
    "HASH",
    "HASH_TYPE",
    "NAME_HEADER",
    "PERSISTENCE",
    "PERSIST_RULE",
    "QUEUES",
    "RETRIES",
    "REUSE",
    "SOURCE",
    "STATE_FILE",
    "STATE_FILE_NAME",
    "STICK_TABLE",
]

# Load balancing
POST = ("check_post", "max_wait")
BALANCE = Row(
    "balance",
    OneOf(
        Enum("balance.algorithm", "first", "leastconn", "roundrobin", "source", "static-rr"),
        Seq(Const(balance__algorithm="random"), Call("random", Int("balance.random_draws", low=1))),
        Seq(Const(balance__algorithm="rdp-cookie"), Call("rdp-cookie", Token("balance.rdp_cookie_name"))),
        Enum("balance.algorithm", "random", "rdp-cookie"),
        Seq(Enum("balance.algorithm", "hash"), Rest("balance.hash_expression")),
        Seq(
            Const(balance__algorithm="hdr"),
            Call("hdr", Word("balance.hdr_name")),
            Opt(Flag("balance.hdr_use_domain_only", "use_domain_only", on=True)),
        ),
        Seq(
            Enum("balance.algorithm", "uri"),
            Params(
                Key("depth", Int("balance.uri_depth", low=1)),
                Key("len", Int("balance.uri_len", low=1)),
                Flag("balance.uri_whole", "whole", on=True),
                Flag("balance.uri_path_only", "path-only", on=True),
            ),
        ),
        Seq(
            Enum("balance.algorithm", "url_param"),
            Opt(Token("balance.url_param", not_in=POST)),
            Params(
                Key("check_post", Int("balance.url_param_check_post", low=1)),
                Key("max_wait", Int("balance.url_param_max_wait", low=1)),
            ),
        ),
    ),
)
FUNCTION = Enum("hash_type.function", "sdbm", "djb2", "wt6", "crc32", "none")
AVALANCHE = Enum("hash_type.modifier", "avalanche")
HASH_TYPE = Row(
    "hash-type",
    OneOf(
        Seq(Enum("hash_type.method", "map-based", "consistent"), Opt(FUNCTION), Opt(AVALANCHE)),
        Seq(FUNCTION, Opt(AVALANCHE)),
        AVALANCHE,
    ),
)
HASH = (
    Row("hash-balance-factor", Int("hash_balance_factor")),
    Row("hash-preserve-affinity", Enum("hash_preserve_affinity", "always", "maxconn", "maxqueue"), since="3.2"),
)

# Cookies
COOKIE = Row(
    "cookie",
    Token("cookie.name"),
    Params(
        Many("cookie.domain", Key("domain", Token("value"))),
        # The server cannot parse a line with any other attribute.
        Many("cookie.attr", Key("attr", Word("value", matching=r"[^;\s]+"))),
        Flag("cookie.dynamic", "dynamic", on=True),
        Flag("cookie.httponly", "httponly", on=True),
        Flag("cookie.indirect", "indirect", on=True),
        Key("maxidle", Int("cookie.maxidle", low=1)),
        Key("maxlife", Int("cookie.maxlife", low=1)),
        Flag("cookie.nocache", "nocache", on=True),
        Flag("cookie.postonly", "postonly", on=True),
        Flag("cookie.preserve", "preserve", on=True),
        Enum("cookie.type", "rewrite", "insert", "prefix"),
        Flag("cookie.secure", "secure", on=True),
    ),
)
COOKIE_KEY = Row("dynamic-cookie-key", Token("dynamic_cookie_key", secret=True))

# Persistence: the test is one word, the name of an acl. The API also has two deprecated fields for a single rule.
PERSISTENCE = tuple(
    Rows(f"{word}-persist", f"{word}_persist_list", Enum("cond", "if", "unless"), Word("cond_test"))
    for word in ("force", "ignore")
)
PERSIST_RULE = Row(
    "persist",
    OneOf(
        Seq(Const(persist_rule__type="rdp-cookie"), Call("rdp-cookie", Token("persist_rule.rdp_cookie_name"))),
        Enum("persist_rule.type", "rdp-cookie"),
    ),
)
STICK_TABLE = Row(
    "stick-table",
    Key("type", Enum("stick_table.type", "ip", "ipv6", "integer", "string", "binary")),
    Params(
        Key("len", Int("stick_table.keylen")),
        Key("size", Size("stick_table.size")),
        Key("expire", Time("stick_table.expire")),
        Flag("stick_table.nopurge", "nopurge", on=True),
        Key("peers", Token("stick_table.peers", refers="peer_section")),
        Key("srvkey", Enum("stick_table.srvkey", "addr", "name")),
        Key("write-to", Token("stick_table.write_to")),
        Key("store", Token("stick_table.store")),
        Flag("stick_table.recv_only", "recv-only", on=True, since="3.2"),
    ),
)


# Connections to servers
def header_address(body: Body) -> str:
    """`hdr_ip(NAME,OCCURRENCE)`; either argument may be absent."""
    occurrence = get(body, "source.occ")
    return f"hdr_ip({get(body, 'source.hdr') or ''}{f',{occurrence}' if occurrence else ''})"


def endpoint(suffix: str = "") -> Pattern:
    """`ADDRESS[:PORT]` with one colon at most: the server would split an IPv6 address at its first colon."""
    address, port = f"source.address{suffix}", f"source.port{suffix}"

    def spell(body: Body) -> str | None:
        host, number = get(body, address), get(body, port)
        return f"{host}:{number}" if host and number else f"{host}" if host else None

    names = [name.replace(".", "__") for name in (address, port)]
    return Pattern(rf"(?P<{names[0]}>[^:]+)(?::(?P<{names[1]}>[1-9]\d{{0,4}}))?", spell, integers=names[1:])


SOURCE = Row(
    "source",
    endpoint(),
    Params(
        Key(
            "usesrc",
            OneOf(
                Enum("source.usesrc", "client", "clientip"),
                Seq(
                    Const(source__usesrc="hdr_ip"),
                    Pattern(r"hdr_ip\((?P<source__hdr>[^,()]+)?(?:,(?P<source__occ>[^,()]+))?\)", header_address),
                ),
                Seq(Const(source__usesrc="address"), endpoint("_second")),
            ),
        ),
        Key("interface", Word("source.interface")),
    ),
)
REUSE = Row("http-reuse", Enum("http_reuse", "aggressive", "always", "never", "safe"))
RETRIES = Row("retries", Int("retries"))
STATE_FILE = Row("load-server-state-from-file", Enum("load_server_state_from_file", "global", "local", "none"))
STATE_FILE_NAME = Row(
    "server-state-file-name",
    Word("server_state_file_name"),
    sticky="a PUT without server_state_file_name keeps the old name",
)
QUEUES = (
    Row("fullconn", Int("fullconn")),
    Row("max-keep-alive-queue", Int("max_keep_alive_queue")),
    Row("retry-on", Rest("retry_on")),
)
# Without a name the line disables the header of the defaults section.
NAME_HEADER = Row("http-send-name-header", OneOf(Word("http_send_name_header"), Const(http_send_name_header="")))
EXTERNAL_CHECK = (
    Row("external-check path", Token("external_check_path")),
    Row("external-check command", Token("external_check_command")),
)
# 3.2.5 refuses the name (500).
FCGI_APP = Row("use-fcgi-app", Word("use_fcgi_app", refers="fcgi_apps"), written="3.3")
