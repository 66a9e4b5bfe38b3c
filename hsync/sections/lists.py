"""Ordered lists of proxies, without http and tcp rules: acl, use_backend, use-server, stick, filter, capture, log ...

Manual chapters 4.2, 7, 9; API /acls, /backend_switching_rules, /server_switching_rules, /stick_rules, /filters,
/captures, /log_targets, /ssl_front_uses, /force_be_switches.
"""

from __future__ import annotations

from hsync.schema import (
    Body,
    Child,
    Cond,
    Csv,
    Enum,
    Fields,
    Flag,
    Form,
    Int,
    Key,
    Number,
    Opt,
    Params,
    Pattern,
    Reader,
    Rest,
    Rule,
    Shape,
    Size,
    Switch,
    Time,
    Unsaid,
    Word,
    drop,
    get,
    rules,
)
from hsync.sections.rule_args import Some
from hsync.sections.sockets import Token

__all__ = [
    "ACLS",
    "BACKEND_SWITCHING_RULES",
    "CAPTURES",
    "FILTERS",
    "FILTER_SEQUENCES",
    "FORCE_BE_SWITCHES",
    "FORMATS",
    "LEVELS",
    "LOG_TARGETS",
    "SERVER_SWITCHING_RULES",
    "SSL_FRONT_USES",
    "STICK_RULES",
]

ACLS = Child(
    "acls",
    Shape.LIST,
    forms=(Form("acl", Token("acl_name"), Token("criterion"), Opt(Rest("value"))),),
    in_full="acl_list",
)

# Which backend, which server
BACKEND_SWITCHING_RULES = Child(
    "backend_switching_rules",
    Shape.LIST,
    forms=(Form("use_backend", Token("name", refers="backends"), Cond()),),
    in_full="backend_switching_rule_list",
)
FORCE_BE_SWITCHES = Child(
    "force_be_switches",
    Shape.APPEND,
    forms=(Form("force-be-switch", Enum("cond", "if", "unless"), Rest("cond_test")),),
    in_full="force_be_switch_list",
    since="3.4",
)
SERVER_SWITCHING_RULES = Child(
    "server_switching_rules",
    Shape.LIST,
    forms=(Form("use-server", Token("target_server"), Enum("cond", "if", "unless"), Rest("cond_test")),),
    in_full="server_switching_rule_list",
)
STICK = (Token("pattern"), Opt(Key("table", Token("table"))))
STICK_RULES = Child(
    "stick_rules",
    Shape.LIST,
    forms=rules("stick", *(Rule(action, *STICK) for action in ("match", "on", "store-request", "store-response"))),
    in_full="stick_rule_list",
)

# Captures; the API has no field for `capture request header`.
CAPTURES = Child(
    "captures",
    Shape.LIST,
    forms=(Form("declare capture", Enum("type", "request", "response"), Key("len", Int("length", low=1))),),
    in_full="capture_list",
)


# Filters
class Written(Key):
    """A keyword with a number that the server always writes: 0 for an absent field."""

    def __init__(self, word: str, number: Number, *, optional: bool = False) -> None:
        super().__init__(word, number)
        self.number = number
        self.optional = optional

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the keyword and its number; 0 is the same as an absent field."""
        if self.optional and reader.peek() is None:
            return
        super().read(reader, into)
        if not get(into, self.number.field):
            drop(into, self.number.field)

    def write(self, body: Body) -> list[str] | None:
        """The keyword and its number, or 0."""
        return super().write({self.number.field: 0, **body})


NO_TABLE = "without a table the Data Plane API writes an empty table name"


def bandwidth(direction: str) -> tuple[Form, ...]:
    """`filter bwlim-in` and `filter bwlim-out`: a limit for each stream, or for all streams with the same key."""
    head, name = f"filter {direction}", Token("bandwidth_limit_name")
    const: Fields = {"type": direction}
    each = (Key("default-limit", Size("default_limit")), Written("default-period", Time("default_period")))
    shared = (Key("limit", Size("limit")), Key("key", Word("key")))
    smallest = Written("min-size", Size("min_size", written="3.3"), optional=True)  # 3.2.5 drops it
    return (
        Form(head, name, *shared, Key("table", Word("table")), smallest, const=const),
        Form(head, name, *shared, smallest, const=const, raw_only=NO_TABLE),
        Form(head, name, *each, smallest, const=const),
    )


FILTERS = Child(
    "filters",
    Shape.LIST,
    forms=(
        Form(
            "filter trace",
            Params(
                Key("name", Token("trace_name")),
                Flag("trace_rnd_parsing", "random-parsing", on=True),
                Flag("trace_rnd_forwarding", "random-forwarding", on=True),
                Key("max-fwd", Int("trace_max_fwd", since="3.4")),
                Flag("trace_hexdump", "hexdump", on=True),
            ),
            const={"type": "trace"},
        ),
        Form("filter compression", const={"type": "compression"}),
        Form("filter comp-req", const={"type": "comp-req"}, since="3.4"),
        Form("filter comp-res", const={"type": "comp-res"}, since="3.4"),
        Form(
            "filter spoe",
            Opt(Key("engine", Token("spoe_engine"))),
            Key("config", Token("spoe_config")),
            const={"type": "spoe"},
        ),
        Form("filter cache", Token("cache_name", refers="caches"), const={"type": "cache"}),
        Form("filter fcgi-app", Token("app_name", refers="fcgi_apps"), const={"type": "fcgi-app"}),
        *bandwidth("bwlim-in"),
        *bandwidth("bwlim-out"),
    ),
    in_full="filter_list",
    kept=(Form("filter opentracing", Some(Key("id", Unsaid()), Key("config", Unsaid()))),),
)
FILTER_SEQUENCES = Child(
    "filter_sequences",
    Shape.LIST,
    forms=(
        Form(
            "filter-sequence",
            Enum("direction", "request", "response"),
            Csv("filters"),
            raw_only="the Data Plane API has no path for filter sequences",
        ),
    ),
    in_full="filter_sequence_list",
    since="3.4",
)

# Logs: also in global, peers and log-forward.
FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "auth2", "ftp", "ntp", "audit",
    "alert", "cron2", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
LEVELS = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FORMATS = ("local", "rfc3164", "rfc5424", "priority", "short", "timed", "iso", "raw")


def sample(body: Body) -> str | None:
    """`RANGES:SIZE`; None if either is absent."""
    ranges, size = body.get("sample_range"), body.get("sample_size")
    return f"{ranges}:{size}" if ranges and size else None


LOG_TARGETS = Child(
    "log_targets",
    Shape.LIST,
    forms=(
        Form("log global", const={"global": True}),
        Form("no log", const={"nolog": True}),
        Form(
            "log",
            Token("address", not_in=("global",)),
            Opt(Key("len", Int("length", low=1))),
            Opt(Key("format", Enum("format", *FORMATS))),
            Opt(
                Key(
                    "sample", Pattern(r"(?P<sample_range>[^:]+):(?P<sample_size>\d+)", sample, integers=["sample_size"])
                )
            ),
            Opt(Key("profile", Word("profile", since="3.1", refers="log_profiles"))),
            Enum("facility", *FACILITIES),
            Opt(Enum("level", *LEVELS), Opt(Enum("minlevel", *LEVELS))),
        ),
    ),
    in_full="log_target_list",
)

# Certificates of a frontend; manual chapter 4.2, `ssl-f-use`.
VERSIONS = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")
SSL_FRONT_USES = Child(
    "ssl_front_uses",
    Shape.APPEND,
    forms=(
        Form(
            "ssl-f-use",
            Key("crt", Token("certificate")),
            Params(
                Key("ca-file", Word("ca_file")),
                Key("verify", Enum("verify", "none", "optional", "required")),
                Key("alpn", Word("alpn")),
                Flag("allow_0rtt", "allow-0rtt", on=True),
                Key("curves", Word("curves")),
                Key("ecdhe", Word("ecdhe")),
                Key("ciphers", Word("ciphers")),
                Key("ciphersuites", Word("ciphersuites")),
                Key("client-sigalgs", Word("client_sigalgs")),
                Key("crl-file", Word("crl_file")),
                Flag("no_ca_names", "no-ca-names", on=True),
                Key("npn", Word("npn")),
                Key("sigalgs", Word("sigalgs")),
                Key("ssl-max-ver", Enum("ssl_max_ver", *VERSIONS)),
                Key("ssl-min-ver", Enum("ssl_min_ver", *VERSIONS)),
                Flag("no_alpn", "no-alpn", on=True),
                Key("key", Word("key")),
                Key("issuer", Word("issuer")),
                Key("ocsp", Word("ocsp")),
                Key("sctl", Word("sctl")),
                Key("ocsp-update", Switch("ocsp_update")),
            ),
        ),
    ),
    in_full="ssl_front_use_list",
    since="3.2",
)
