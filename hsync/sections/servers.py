"""Servers: `server`, `server-template`, `default-server` and their shared parameters. Manual chapter 5.2; API /servers.

Rule: a parameter that the API accepts and drops has no row, so that its line is opaque: `id` of a server-template, a
second `set-proxy-v2-tlv-fmt`, a number with a unit for a plain number field. Such a line keeps its place (`kept`): in a
pushed text the server accepts any address, and any value of a known parameter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from hsync.schema import (
    Arg,
    Body,
    Call,
    Child,
    Csv,
    Enum,
    Field,
    Fields,
    Flag,
    Form,
    Int,
    Key,
    Loose,
    Nested,
    Params,
    Reader,
    Row,
    Seq,
    Shape,
    Time,
    Twins,
    Unsaid,
    Word,
    get,
)
from hsync.schema.forms import merge
from hsync.sections.sockets import NAME, PEER, TLS_VERSIONS, Congestion, SocketAddress, Token

__all__ = ["DEFAULT_SERVER", "PEER_SERVERS", "RING_SERVERS", "SERVERS", "SERVER_TEMPLATES"]

Port = partial(Int, low=1, high=65535)
Count = partial(Int, low=0)
Positive = partial(Int, low=1)

PROXY_V2_OPTIONS = ("authority", "cert-cn", "cert-key", "cert-sig", "crc32c", "ssl", "ssl-cipher", "unique-id")
RESOLVE_OPTION = "(allow-dup-ip|ignore-weight|prevent-dup-ip)"


def switch(field: str, since: str = "") -> Flag:
    """`WORD` for an enabled field, `no-WORD` for a disabled one."""
    word = field.replace("_", "-")
    return Flag(field, word, no=f"no-{word}", since=since)


def tls_version(field: str) -> Twins:
    """`force-X` and `no-X` for a TLS version, with the new field and the old one."""
    force, no = f"force-{field}", f"no-{field}"
    return Twins(Flag(field, force, no=no, since="3.1"), Flag(f"force_{field}", force, no=no))


class Source(Arg):
    """`ADDRESS [usesrc WHO] [interface NAME]`: one string in JSON."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take the address and the parameters after it."""
        words = [reader.take("source")]
        while reader.peek() in {"usesrc", "interface"}:
            words += [reader.take("source"), reader.take("source")]
        into["source"] = " ".join(words)

    def write(self, body: Body) -> list[str] | None:
        """All words."""
        source = get(body, "source")
        return [source] if isinstance(source, str) and source else None

    def fields(self) -> Iterator[Field]:
        """One string."""
        yield Field("source")


# In the order in which the server writes them: words, then words with a value.
SERVER_PARAMS = (
    switch("agent-check"),
    Flag("allow_0rtt", on=True),
    switch("backup"),
    switch("check"),
    switch("check-send-proxy"),
    switch("check-ssl"),
    Key("check-pool-conn-name", Token("check-pool-conn-name", since="3.2")),
    switch("check-reuse-pool", since="3.2"),
    switch("check_sni_auto", since="3.3"),
    Flag("check_via_socks4"),
    Twins(*tls_version("sslv3").flags, Flag("no_sslv3")),
    Flag("no_sslv3"),  # `Twins` above reads it; the server writes the word twice
    tls_version("tlsv10"),
    tls_version("tlsv11"),
    tls_version("tlsv12"),
    tls_version("tlsv13"),
    Flag("maintenance", "disabled", no="enabled"),
    switch("renegotiate", since="3.3"),
    switch("send-proxy"),
    switch("send-proxy-v2"),
    switch("send_proxy_v2_ssl"),
    switch("send_proxy_v2_ssl_cn"),
    switch("sni_auto", since="3.3"),
    switch("ssl"),
    switch("ssl_reuse"),
    switch("tls_tickets"),
    Flag("stick", no="non-stick"),
    Flag("strict-maxconn", on=True, since="3.2"),
    switch("tfo"),
    Key("agent-send", Word("agent-send")),
    Key("agent-inter", Time("agent-inter")),
    Key("agent-addr", Token("agent-addr")),
    Key("agent-port", Port("agent-port")),
    Key("alpn", Token("alpn")),
    Key("ca-file", Token("ssl_cafile")),
    Key("cc", Word("cc", since="3.3")),
    Key("check-alpn", Token("check_alpn")),
    Key("check-proto", Token("check_proto")),
    Key("check-sni", Token("check-sni")),
    Key("ciphers", Word("ciphers")),
    Key("ciphersuites", Word("ciphersuites")),
    Key("client-sigalgs", Word("client_sigalgs")),
    Key("cookie", Token("cookie")),
    Key("crl-file", Word("crl_file")),
    Key("curves", Word("curves")),
    Key("crt", Token("ssl_certificate")),
    Key("error-limit", Positive("error_limit")),
    Key("guid", Word("guid", matching=r"[A-Za-z0-9_.:-]+")),
    Key("fall", Count("fall")),
    Key("idle-ping", Time("idle_ping", since="3.2")),
    Key("init-addr", Token("init-addr")),
    Key("init-state", Enum("init-state", "fully-up", "up", "down", "fully-down", since="3.1")),
    Key("inter", Time("inter")),
    Key("fastinter", Time("fastinter")),
    Key("downinter", Time("downinter")),
    Key("ktls", Enum("ktls", "on", "off", since="3.3")),
    Key("log-bufsize", Count("log-bufsize")),
    Key("log-proto", Enum("log_proto", "legacy", "octet-count")),
    Key("maxconn", Count("maxconn")),
    Key("maxqueue", Count("maxqueue")),
    Key("max-reuse", Int("max_reuse")),
    Key("minconn", Count("minconn")),
    Key("namespace", Word("namespace")),
    Key("npn", Word("npn")),
    Key("observe", Enum("observe", "layer4", "layer7")),
    Key("on-error", Enum("on-error", "fastinter", "fail-check", "sudden-death", "mark-down")),
    Key("on-marked-down", Enum("on-marked-down", "shutdown-sessions")),
    Key("on-marked-up", Enum("on-marked-up", "shutdown-backup-sessions")),
    Key("pool-low-conn", Int("pool_low_conn")),
    Key("pool-max-conn", Int("pool_max_conn")),
    Key("pool-purge-delay", Time("pool_purge_delay")),
    Key("addr", Token("health_check_address")),
    Key("port", Port("health_check_port")),
    Key("proto", Token("proto")),
    Key("quic-cc-algo", Congestion(since="3.4", window_since="3.4", burst=False)),
    Key("redir", Word("redir")),
    Key("rise", Count("rise")),
    Key("resolve-opts", Word("resolve_opts", matching=rf"{RESOLVE_OPTION}(,{RESOLVE_OPTION})*")),
    Key("resolve-prefer", Enum("resolve-prefer", "ipv4", "ipv6")),
    Key("resolve-net", Word("resolve-net", matching=r"[A-Za-z0-9.:/]+(,[A-Za-z0-9.:/]+)*")),
    Key("resolvers", Token("resolvers", refers="resolvers")),
    Key("proxy-v2-options", Csv("proxy-v2-options", only=PROXY_V2_OPTIONS)),
    Key("shard", Positive("shard")),
    Key("sigalgs", Word("sigalgs")),
    Key("slowstart", Time("slowstart")),
    Key("sni", Token("sni")),
    Key("source", Source()),
    Key("ssl-max-ver", Enum("ssl_max_ver", *TLS_VERSIONS)),
    Key("ssl-min-ver", Enum("ssl_min_ver", *TLS_VERSIONS)),
    Key("socks4", Token("socks4")),
    Seq(Call("set-proxy-v2-tlv-fmt", Word("set-proxy-v2-tlv-fmt.id")), Word("set-proxy-v2-tlv-fmt.value")),
    Key("tcp-md5sig", Token("tcp_md5sig", since="3.3", secret=True)),
    Key("tcp-ut", Time("tcp_ut")),
    Key("track", Word("track")),
    Key("verify", Enum("verify", "none", "required")),
    Key("verifyhost", Word("verifyhost")),
    Flag("no_verifyhost"),
    Key("weight", Count("weight")),
    Key("ws", Enum("ws", "auto", "h1", "h2")),
    Key("pool-conn-name", Token("pool_conn_name")),
    Key("hash-key", Token("hash_key")),
)


class Adding(Row):
    """A row whose lines add up: a second `default-server` changes only the parameters that it has."""

    def __init__(self, keyword: str, *args: Arg, kept: tuple[Arg, ...] = ()) -> None:
        super().__init__(keyword, *args, kept=kept)
        self.known = tuple(super().fields())

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read one line, and merge its fields with those of the lines above it."""
        read: Fields = {}
        self.read_alone(words, read)
        merge(into, read)

    def fields(self) -> Iterator[Field]:
        """All JSON fields."""
        return iter(self.known)


_READ = Loose(*SERVER_PARAMS, values="id interface usesrc", strict="ktls quic-cc-algo")

SERVERS = Child(
    "servers",
    Shape.NAMED,
    forms=(Form("server", Token("name"), SocketAddress(PEER), Params(*SERVER_PARAMS, Key("id", Int("id")))),),
    in_full="servers",
    kept=(Form("server", Unsaid(), Unsaid(), _READ),),
)

RING_SERVERS = SERVERS
"""Servers of a ring: the API reads the same parameters."""

PEER_SERVERS = SERVERS
"""Servers of a peers section: the API reads the same parameters."""

SERVER_TEMPLATES = Child(
    "server_templates",
    Shape.NAMED,
    forms=(
        Form(
            "server-template",
            Token("prefix"),
            Word("num_or_range"),
            SocketAddress(NAME, "fqdn"),
            Params(*SERVER_PARAMS),
        ),
    ),
    key="prefix",
    in_full="server_templates",
    kept=(Form("server-template", Unsaid(), Unsaid(), Unsaid(), _READ),),
)

DEFAULT_SERVER = Adding("default-server", Nested("default_server", Params(*SERVER_PARAMS)), kept=(_READ,))
