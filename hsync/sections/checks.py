"""Health checks: http-check and tcp-check rules. Manual chapter 4.2; API /http_checks, /tcp_checks.

Source: the served specifications; client-native `config-parser/parsers/actions/check-*.go`.
"""

from __future__ import annotations

from hsync.schema import (
    Call,
    Child,
    Enum,
    Flag,
    Int,
    Key,
    Lit,
    Many,
    OneOf,
    Opt,
    Params,
    Rest,
    Rule,
    Shape,
    Word,
    rules,
)
from hsync.sections.rule_args import SCOPED, Solid, Some, Whole

__all__ = ["HTTP_CHECKS", "METHODS", "TCP_CHECKS"]

_COMMENT = Key("comment", Word("check_comment"))
_GLUED = "the server reads the `!` as part of the match type, and refuses to write that type"
METHODS = ("HEAD", "PUT", "POST", "GET", "TRACE", "PATCH", "DELETE", "CONNECT", "OPTIONS")


def _connect(*port: Key) -> Params:
    """The parameters of `connect`; http-check and tcp-check have different fields for the port."""
    return Params(
        Flag("default", on=True),
        OneOf(*port),
        Key("addr", Solid("addr")),
        Flag("send_proxy", on=True),
        Flag("via_socks4", on=True),
        Flag("ssl", on=True),
        Key("sni", Word("sni")),
        Key("alpn", Solid("alpn")),
        Flag("linger", on=True),
        Key("proto", Word("proto")),
        _COMMENT,
    )


def _expect(min_recv: int, *matches: str) -> tuple[Rule, Rule]:
    """`expect`: parameters, then a match type with its pattern. `!` may be a word, or the start of the match type."""
    params = (
        Key("min-recv", Int("min_recv", low=min_recv)),
        _COMMENT,
        Key("ok-status", Enum("ok_status", "L7OK", "L7OKC", "L6OK", "L4OK")),
        Key("error-status", Enum("error_status", "L7OKC", "L7RSP", "L7STS", "L6RSP", "L4CON")),
        Key("tout-status", Enum("tout_status", "L7TOUT", "L6TOUT", "L4TOUT")),
        Key("on-success", Word("on_success")),
        Key("on-error", Word("on_error")),
        Key("status-code", Word("status-code")),
    )
    match, negated = Enum("match", *matches), Enum("match", *(f"!{match}" for match in matches))
    inverted = Flag("exclamation_mark", "!", on=True)
    return (
        Rule("expect", Params(*params, inverted), match, Rest("pattern"), cond=False),
        Rule("expect", Params(*params), negated, Rest("pattern"), cond=False, raw_only=_GLUED),
    )


HTTP_CHECKS = Child(
    "http_checks",
    Shape.LIST,
    in_full="http_check_list",
    forms=rules(
        "http-check",
        *_expect(0, "status", "rstatus", "hdr", "fhdr", "string", "rstring"),
        Rule(
            "send",
            Some(
                Key("meth", Enum("method", *METHODS)),
                Key("uri", Word("uri")),
                Key("uri-lf", Word("uri_log_format")),
                Key("ver", Word("version")),
                Many("headers", Lit("hdr"), Word("name"), Word("fmt")),
                Key("body", Word("body")),
                Key("body-lf", Word("body_log_format")),
                _COMMENT,
            ),
            cond=False,
        ),
        Rule(
            "connect",
            _connect(
                Key("port", Int("port", low=1, high=65535)),
                Key("port", Word("port_string", matching=r"(?![+-]?\d+\Z).+")),
            ),
            cond=False,
        ),
        Rule("comment", Word("check_comment"), cond=False),
        Rule("disable-on-404", cond=False),
        Rule("send-state", cond=False),
        Rule("set-var", Call("set-var", SCOPED), Whole("var_expr"), cond=False),
        Rule("set-var-fmt", Call("set-var-fmt", SCOPED), Whole("var_expr"), cond=False),
        Rule("unset-var", Call("unset-var", SCOPED), cond=False),
    ),
)

TCP_CHECKS = Child(
    "tcp_checks",
    Shape.LIST,
    in_full="tcp_check_rule_list",
    forms=rules(
        "tcp-check",
        *_expect(1, "string", "rstring", "string-lf", "binary", "rbinary", "binary-lf"),
        Rule("send", Word("data"), Opt(_COMMENT), cond=False),
        # the server writes the port from its string field, and not from the number
        Rule("connect", _connect(Key("port", Word("port_string"))), cond=False),
        Rule("comment", Word("check_comment"), cond=False),
        Rule("send-lf", Word("fmt"), Opt(_COMMENT), cond=False),
        Rule("send-binary", Word("hex_string"), Opt(_COMMENT), cond=False),
        Rule("send-binary-lf", Word("hex_fmt"), Opt(_COMMENT), cond=False),
        Rule("set-var", Call("set-var", SCOPED), Whole("var_expr"), cond=False),
        Rule("set-var-fmt", Call("set-var-fmt", SCOPED), Whole("var_fmt"), cond=False),
        Rule("unset-var", Call("unset-var", SCOPED), cond=False),
        discriminator="action",
    ),
)
