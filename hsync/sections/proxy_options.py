"""`option` lines of proxies, by name; each section file lists its options in their order. Manual chapter 4.2.

Rule 1: an option is a switch, `enabled` or `disabled`, unless `OPTIONS` says otherwise.
Rule 2: options that exclude each other are one row.
"""

from __future__ import annotations

from hsync.schema import Arg, Const, Enum, Flag, Int, Key, OneOf, Opt, Option, Params, Row, Seq, Word
from hsync.sections.checks import METHODS
from hsync.sections.proxy_shapes import LOST, Either, Present, Unmodelled
from hsync.sections.sockets import Token

__all__ = ["options", "unset"]


def switched(field: str, word: str, *args: Arg, since: str = "") -> Row:
    """`option NAME ARGS` and `no option NAME`: one object with a field `enabled`."""
    return Either(
        Row(f"option {word}", Const(**{f"{field}__enabled": "enabled"}), *args, since=since),
        Row(f"no option {word}", Const(**{f"{field}__enabled": "disabled"}), since=since),
    )


def expressed(name: str) -> tuple[Arg, ...]:
    """A part of the Forwarded header: its default value, or an expression."""
    return (Flag(f"forwarded.{name}", name, on=True), Key(f"{name}-expr", Word(f"forwarded.{name}_expr")))


# Options for health checks: HAProxy obeys only the last line.
ADV_CHECK = Either(
    Row("option", Enum("adv_check", "ldap-check", "redis-check", "ssl-hello-chk", "tcp-check")),
    Row(
        "option smtpchk",
        Const(adv_check="smtpchk"),
        Present("smtpchk_params"),
        Opt(Enum("smtpchk_params.hello", "HELO", "EHLO"), Word("smtpchk_params.domain")),
    ),
    Row(
        "option mysql-check",
        Const(adv_check="mysql-check"),
        Present("mysql_check_params"),
        Opt(
            Key("user", Word("mysql_check_params.username")),
            Opt(Enum("mysql_check_params.client_version", "pre-41", "post-41")),
        ),
    ),
    Row("option pgsql-check", Const(adv_check="pgsql-check"), Key("user", Word("pgsql_check_params.username"))),
    Row(
        "option httpchk",
        Const(adv_check="httpchk"),
        Present("httpchk_params"),
        OneOf(
            Seq(
                Enum("httpchk_params.method", *METHODS),
                Token("httpchk_params.uri"),
                Opt(Word("httpchk_params.version"), Opt(Word("httpchk_params.host", since="3.1"))),
            ),
            Opt(Token("httpchk_params.uri")),
        ),
    ),
)

OPTIONS: dict[str, Row] = {
    # Names with `-` in JSON, or newer than API 3.0.
    "abortonclose:3.3": Option("abortonclose", since="3.3"),
    "http-no-delay:backend": Option("http-no-delay"),
    "http-buffer-request": Option("http-buffer-request"),
    "http-drop-request-trailers": Option("http-drop-request-trailers", since="3.2"),
    "http-drop-response-trailers": Option("http-drop-response-trailers", since="3.2"),
    "accept-unsafe-violations-in-http-request": Option("accept_unsafe_violations_in_http_request", since="3.1"),
    "accept-unsafe-violations-in-http-response": Option("accept_unsafe_violations_in_http_response", since="3.1"),
    # Without a value for `no option`.
    "contstats": Row("option", Flag("contstats")),
    "tcplog": Row("option", Flag("tcplog", on=True)),
    "httplog": Row("option httplog", OneOf(Flag("clflog", "clf", on=True), Const(httplog=True))),
    # One field for several options.
    "connection-mode": Row("option", Enum("http_connection_mode", "httpclose", "http-server-close", "http-keep-alive")),
    "checks": ADV_CHECK,
    # With parameters.
    "http-restrict-req-hdr-names": Row(
        "option http-restrict-req-hdr-names", Enum("http_restrict_req_hdr_names", "preserve", "delete", "reject")
    ),
    "forwardfor": Row(
        "option forwardfor",
        Const(forwardfor__enabled="enabled"),
        Params(
            Key("except", Token("forwardfor.except")),
            Key("header", Token("forwardfor.header")),
            Flag("forwardfor.ifnone", "if-none", on=True),
        ),
    ),
    "originalto": Row(
        "option originalto",
        Const(originalto__enabled="enabled"),
        Params(Key("except", Token("originalto.except")), Key("header", Token("originalto.header"))),
    ),
    "forwarded": switched(
        "forwarded",
        "forwarded",
        Params(
            Flag("forwarded.proto", "proto", on=True),
            *(arg for name in ("host", "by", "by_port", "for", "for_port") for arg in expressed(name)),
        ),
        since="3.4",  # 3.2.5 and 3.3.0 drop it silently; 3.4.0 and 3.4.1 too, which the proof finds
    ),
    "redispatch": switched("redispatch", "redispatch", Opt(Int("redispatch.interval"))),
    "use-small-buffers": switched(
        "use_small_buffers",
        "use-small-buffers",
        Params(
            Flag("use_small_buffers.queue", "queue", on=True),
            Flag("use_small_buffers.l7_retries", "l7-retries", on=True),
            Flag("use_small_buffers.check", "check", on=True),
        ),
        since="3.4",
    ),
}


def options(words: str) -> tuple[Row, ...]:
    """The rows of these options, in this order."""
    return tuple(OPTIONS.get(word) or Option(word.replace("-", "_")) for word in words.split())


def unset(words: str) -> tuple[Row, ...]:
    """`no option` lines for which the API has no value: opaque lines."""
    return tuple(Row(f"no option {word}", Unmodelled(), raw_only=LOST) for word in words.split())
