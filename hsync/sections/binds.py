"""Binds: `bind`, `dgram-bind`, `default-bind`, `stats socket` and their shared parameters.

Manual chapter 5.1; API /binds, /dgram_binds, `default_bind` of /peers, `runtime_apis` of /global.

Rule: a parameter that the API accepts and drops has no row, so that its line is opaque: `process`, `ocsp-update`, `gid`
with a name, `nice 0`, several `crt`, a `crt` with a colon (the server writes it as two). Such a line keeps its place
(`kept`): in a pushed text the server accepts any address, and any value of a known parameter.
"""

from __future__ import annotations

from functools import partial

from hsync.schema import (
    Arg,
    Child,
    Enum,
    Fields,
    Flag,
    Form,
    Int,
    Key,
    Lit,
    Loose,
    Many,
    Nested,
    Older,
    OneOf,
    Params,
    Reader,
    Row,
    Rows,
    Seq,
    Shape,
    Time,
    Twins,
    Unsaid,
    Word,
)
from hsync.sections.sockets import DATAGRAM, STREAM, TLS_VERSIONS, Congestion, SocketAddress, Token

__all__ = ["BINDS", "DEFAULT_BIND", "DGRAM_BINDS", "STATS_SOCKET"]

On = partial(Flag, on=True)
Positive = partial(Int, low=1)


class Milliseconds(Time):
    """A time that the server writes without a unit."""

    def spell(self, value: int) -> str:
        """The number of milliseconds."""
        return str(value)


class Signed(Int):
    """A whole number, optionally with a plus sign."""

    def parse(self, word: str) -> int | None:
        """The number; a plus sign is ignored."""
        return super().parse(word.removeprefix("+"))


def tls_version(field: str) -> Twins:
    """`force-X` and `no-X` for a TLS version, with the new field and the two old fields."""
    force, no = f"force_{field}", f"no_{field}"
    return Twins(Flag(field, f"force-{field}", no=f"no-{field}", since="3.1"), On(force), On(no))


# In the order in which the server writes them.
BIND_PARAMS = (
    Key("crt", Word("ssl_certificate", matching=r"[^\s:]+")),
    Key("ca-file", Token("ssl_cafile")),
    Key("ca-verify-file", Word("ca_verify_file")),
    Key("tcp-ut", Milliseconds("tcp_user_timeout")),
    On("ssl"),
    On("v4v6"),
    Key("verify", Enum("verify", "none", "optional", "required")),
    Key("alpn", Token("alpn")),
    On("transparent"),
    On("accept_proxy"),
    On("allow_0rtt"),
    Key("accept-netscaler-cip", Positive("accept_netscaler_cip")),
    Key("backlog", Word("backlog")),
    Key("curves", Word("curves")),
    Key("ecdhe", Word("ecdhe")),
    Key("ca-ignore-err", Word("ca_ignore_err")),
    Key("ca-sign-file", Word("ca_sign_file")),
    Key("ca-sign-pass", Word("ca_sign_pass", secret=True)),
    Key("ciphers", Word("ciphers")),
    Key("ciphersuites", Word("ciphersuites")),
    Key("client-sigalgs", Word("client_sigalgs")),
    Key("crl-file", Word("crl_file")),
    Key("crt-ignore-err", Word("crt_ignore_err")),
    Key("crt-list", Word("crt_list")),
    Many("default_crt_list", Key("default-crt", Token("file")), item="file"),
    On("defer_accept"),
    Seq(Flag("expose_fd_listeners", "expose-fd", on=True), Lit("listeners")),
    tls_version("sslv3"),
    tls_version("tlsv10"),
    tls_version("tlsv11"),
    tls_version("tlsv12"),
    tls_version("tlsv13"),
    # 3.2.5 does not write tls-tickets alone, and writes it again after no-tls-tickets
    Twins(Flag("tls_tickets", no="no-tls-tickets", since="3.2", written="3.3"), On("no_tls_tickets")),
    On("generate_certificates"),
    Key("gid", Positive("gid")),
    Key("group", Word("group")),
    Key("guid-prefix", Word("guid_prefix", matching=r"[A-Za-z0-9_.:-]+")),
    Key("id", Word("id")),
    Key("idle-ping", Time("idle_ping", since="3.2")),
    Key("interface", Word("interface")),
    Key("level", Enum("level", "user", "operator", "admin")),
    Key("severity-output", Enum("severity_output", "none", "number", "string")),
    Key("maxconn", Positive("maxconn")),
    Key("mode", Word("mode")),
    Key("mss", Word("mss")),
    Key("namespace", Word("namespace")),
    Key("nbconn", Signed("nbconn", low=1)),
    On("no_ca_names"),
    Key("npn", Word("npn")),
    On("prefer_client_ciphers"),
    Key("proto", Word("proto")),
    Key("sigalgs", Word("sigalgs")),
    Key("ssl-max-ver", Enum("ssl_max_ver", *TLS_VERSIONS)),
    Key("ssl-min-ver", Enum("ssl_min_ver", *TLS_VERSIONS)),
    Twins(
        Flag("force_strict_sni", "strict-sni", no="no-strict-sni", since="3.2"),
        On("strict_sni"),
        On("no_strict_sni", since="3.2"),
    ),
    On("tfo"),
    Key("thread", Word("thread")),
    Key("tls-ticket-keys", Word("tls_ticket_keys")),
    On("v6only"),
    Key("uid", Word("uid")),
    Key("user", Word("user")),
    Key("quic-cc-algo", Congestion(window_since="3.1", burst=True)),
    On("quic-force-retry"),
    Key("quic-socket", Enum("quic-socket", "connection", "listener")),
    On("no_alpn"),
    Key("nice", OneOf(Int("nice", low=-1024, high=-1), Int("nice", low=1, high=1024))),
    # The last releases of 3.0 and 3.2 have it, too; 3.2.5 drops it silently.
    Key("shards", Word("shards", matching=r"by-thread|by-group|[0-9]+", since="3.3")),
    Key("cc", Word("cc", since="3.3")),
    Key("ktls", Enum("ktls", "on", "off", since="3.3")),
    Key("label", Word("label", since="3.3")),
    Key("tcp-md5sig", Token("tcp_md5sig", since="3.3", secret=True)),
    Key("tcp-ss", Int("tcp_ss", since="3.4", low=1, high=3)),
)

NAME = Key("name", Token("name"))

DGRAM_PARAMS = (
    Key("interface", Word("interface")),
    Key("namespace", Word("namespace")),
    On("transparent"),
)


class Bind(Seq):
    """An address and parameters. Without `name` the name of the bind is its address word, as in the API."""

    def __init__(self, shapes: tuple[str, ...], *params: Arg) -> None:
        super().__init__(SocketAddress(shapes, ranged=True), Params(NAME, *params))

    def read(self, reader: Reader, into: Fields) -> None:
        """Read address and parameters."""
        word = reader.peek()
        super().read(reader, into)
        into.setdefault("name", word)


_READ = Loose(NAME, *BIND_PARAMS, values="process ocsp-update", strict="expose-fd ktls quic-cc-algo quic-socket")

BINDS = Child(
    "binds",
    Shape.NAMED,
    forms=(Form("bind", Bind(STREAM, *BIND_PARAMS)),),
    in_full="binds",
    kept=(Form("bind", Unsaid(), _READ),),
)

DGRAM_BINDS = Child(
    "dgram_binds",
    Shape.NAMED,
    forms=(Form("dgram-bind", Bind(DATAGRAM, *DGRAM_PARAMS)),),
    in_full="dgram_binds",
    kept=(Form("dgram-bind", Unsaid(), Loose(NAME, *DGRAM_PARAMS)),),
)

# An older server that does not know a parameter of these two lines drops all parameters of the line.
DEFAULT_BIND = Row("default-bind", Nested("default_bind", Params(NAME, *BIND_PARAMS)), older=Older.CUTS, kept=(_READ,))

STATS_SOCKET = Rows(
    "stats socket",
    "runtime_apis",
    Token("address"),
    Params(NAME, *BIND_PARAMS),
    older=Older.CUTS,
    cut="remove the parameter that the Data Plane API does not know: it drops all parameters of the line",
    kept=(Unsaid(), _READ),
)
