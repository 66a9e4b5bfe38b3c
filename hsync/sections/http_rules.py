"""HTTP rules: http-request, http-response, http-after-response, http-error. Manual chapters 4.2 and 4.4.

API /http_request_rules, /http_response_rules, /http_after_response_rules, /http_error_rules. The order of rules in a
table here does not matter (the text has its own order); frequent rules come first.
"""

from __future__ import annotations

from dataclasses import replace

from hsync.schema import (
    Call,
    Child,
    Cond,
    Enum,
    Flag,
    Form,
    Int,
    Key,
    OneOf,
    Opt,
    Rest,
    Rule,
    Shape,
    Unsaid,
    Word,
    rules,
)
from hsync.sections import redirects
from hsync.sections.http_actions import (
    ACLS_AND_MAPS,
    ALLOW,
    BIN_HEADERS,
    CAPTURE,
    CAPTURE_SLOT,
    COUNTERS,
    HEADERS,
    LUA,
    REDIRECT,
    SC_INC_GPC,
    SC_INC_GPC_AFTER_RESPONSE,
    SESSION,
    SET_LOG_LEVEL,
    STATUS,
    STRICT,
    TRACK,
    VARIABLES,
    VARIABLES_AFTER_RESPONSE,
    WAIT,
)
from hsync.sections.http_reply import Reply, status_words
from hsync.sections.proxy_shapes import CODES
from hsync.sections.rule_args import DO_LOG, SET_BC, SILENT_DROP, Solid

__all__ = [
    "HTTP_AFTER_RESPONSE_RULES",
    "HTTP_ERROR_RULES",
    "HTTP_REQUEST_RULES",
    "HTTP_RESPONSE_RULES",
    "in_defaults",
]

_DENY = status_words("deny_status", "deny_status", "status")
_RETURN = status_words("return_status_code", "status")
_TARPIT = OneOf(*(Key(word, Int("deny_status", low=200, high=509)) for word in ("deny_status", "status")))
_ADD_ACL = Rule("add-acl", Call("add-acl", Solid("acl_file")), Solid("acl_keyfmt"))
_NORMALIZERS = (
    *("fragment-encode", "fragment-strip", "path-merge-slashes", "path-strip-dot"),
    "query-sort-by-name",
)

HTTP_REQUEST_RULES = Child(
    "http_request_rules",
    Shape.LIST,
    in_full="http_request_rule_list",
    forms=rules(
        "http-request",
        *HEADERS,
        *VARIABLES,
        # verdicts
        Rule("deny", Reply(_DENY, status_field="deny_status")),
        REDIRECT,
        Rule("return", Reply(_RETURN, status_field="return_status_code")),
        ALLOW,
        Rule("auth", Opt(Key("realm", Solid("auth_realm")))),
        Rule("reject"),
        SILENT_DROP,
        Rule("tarpit", Opt(_TARPIT)),
        Rule(
            "tarpit",
            Reply(_DENY, status_field="deny_status"),
            raw_only="the server keeps only the status of this reply",
        ),
        Rule("use-service", Word("service_name")),
        # the request line
        Rule("replace-path", Solid("path_match"), Solid("path_fmt")),
        Rule("replace-pathq", Solid("path_match"), Solid("path_fmt")),
        Rule("replace-uri", Word("uri-match"), Word("uri-fmt")),
        Rule("set-method", Solid("method_fmt")),
        Rule("set-path", Solid("path_fmt")),
        Rule("set-pathq", Solid("path_fmt")),
        Rule("set-query", Rest("hdr_format")),
        Rule("set-uri", Rest("uri-fmt")),
        Rule("normalize-uri", Enum("normalizer", *_NORMALIZERS)),
        Rule("normalize-uri", Enum("normalizer", "path-strip-dotdot"), Opt(Flag("normalizer_full", "full", on=True))),
        Rule(
            "normalize-uri",
            Enum("normalizer", "percent-decode-unreserved", "percent-to-uppercase"),
            Opt(Flag("normalizer_strict", "strict", on=True)),
        ),
        # counters, maps, captures
        TRACK,
        *COUNTERS,
        SC_INC_GPC,
        _ADD_ACL,
        *ACLS_AND_MAPS,
        Rule("capture", *CAPTURE),
        # addresses and connections
        Rule("set-src", Rest("expr")),
        Rule("set-src-port", Rest("expr")),
        Rule("set-dst", Rest("expr")),
        Rule("set-dst-port", Rest("expr")),
        *SET_BC,
        *SESSION,
        # the rest
        *BIN_HEADERS,
        Rule("cache-use", Solid("cache_name", refers="caches")),
        Rule("disable-l7-retry"),
        DO_LOG,
        Rule(
            "do-resolve",
            Call(
                "do-resolve",
                Word("var_name", matching=r"\S+"),
                Word("resolvers", matching=r".+", refers="resolvers"),
                Opt(Enum("protocol", "ipv4", "ipv6")),
            ),
            Rest("expr"),
        ),
        Rule("early-hint", Solid("hint_name"), Solid("hint_format")),
        LUA,
        SET_LOG_LEVEL,
        Rule("set-priority-class", Rest("expr")),
        Rule("set-priority-offset", Rest("expr")),
        Rule("set-retries", Rest("expr"), since="3.1"),
        STRICT,
        Rule("wait-for-body", WAIT[0], Opt(WAIT[1])),
        Rule("wait-for-handshake"),
    ),
    kept=(
        Form("http-request auth", Key("realm", Unsaid()), Cond()),
        Form("http-request early-hint", Unsaid(), Unsaid(not_in=("if", "unless"), rest=True)),
        *redirects.kept("http-request redirect"),
    ),
)

HTTP_RESPONSE_RULES = Child(
    "http_response_rules",
    Shape.LIST,
    in_full="http_response_rule_list",
    forms=rules(
        "http-response",
        *HEADERS,
        *VARIABLES,
        Rule("deny", Reply(_DENY, status_field="deny_status", blank_type=True)),
        REDIRECT,
        Rule("return", Reply(_RETURN, status_field="return_status_code", blank_type=True)),
        ALLOW,
        SILENT_DROP,
        STATUS,
        TRACK,
        *COUNTERS,
        SC_INC_GPC,
        _ADD_ACL,
        *ACLS_AND_MAPS,
        Rule("capture", *CAPTURE_SLOT),
        *SESSION,
        *BIN_HEADERS,
        Rule("cache-store", Solid("cache_name", refers="caches")),
        DO_LOG,
        LUA,
        SET_LOG_LEVEL,
        STRICT,
        Rule("wait-for-body", *WAIT),
        Rule("wait-for-body", WAIT[0], raw_only="the server fails (500) on a wait-for-body without at-least"),
    ),
    kept=redirects.kept("http-response redirect"),
)

HTTP_AFTER_RESPONSE_RULES = Child(
    "http_after_response_rules",
    Shape.LIST,
    in_full="http_after_response_rule_list",
    forms=rules(
        "http-after-response",
        *HEADERS,
        *VARIABLES_AFTER_RESPONSE,
        ALLOW,
        STATUS,
        *COUNTERS,
        SC_INC_GPC_AFTER_RESPONSE,
        *ACLS_AND_MAPS,
        Rule("capture", *CAPTURE, raw_only="the server fails (500) on a capture in http-after-response"),
        *BIN_HEADERS,
        DO_LOG,
        SET_LOG_LEVEL,
        STRICT,
    ),
)

HTTP_ERROR_RULES = Child(
    "http_error_rules",
    Shape.LIST,
    in_full="http_error_rule_list",
    forms=rules("http-error", Rule("status", Enum("status", values=CODES), Reply(blank_type=True), cond=False)),
)


def in_defaults(child: Child) -> Child:
    """The same collection in `defaults`, where it works only since API 3.4.

    Args:
        child: a collection of ACLs or rules of frontend or backend. Checks, http-error and quic-initial are as old in
            defaults as in other proxies.

    Returns:
        The collection, since 3.4.

    Source: the specification has these paths since 3.2, but 3.2.13 answers 501 to all writes below them, and no server
    before 3.3.6 has a handler for them.
    """
    return replace(child, since="3.4")
