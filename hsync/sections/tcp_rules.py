"""TCP rules: tcp-request, tcp-response, quic-initial. Manual chapter 4.4.

API /tcp_request_rules, /tcp_response_rules, /quic_initial_rules. A tcp rule has a `type` (the time at which it runs)
and an `action`. An action has the same words in all types, unless the server makes a mistake in one of them.

Source: the served specifications; client-native `config-parser/parsers/tcp`, `configuration/tcp_request_rule.go`.
"""

from __future__ import annotations

from hsync.schema import (
    Call,
    Child,
    Enum,
    Form,
    Int,
    Key,
    Lit,
    OneOf,
    Opt,
    Rest,
    Rule,
    Shape,
    Time,
    Word,
    rules,
)
from hsync.sections.rule_args import (
    BANDWIDTH,
    DO_LOG,
    LOG_LEVEL,
    MARK,
    SCOPED,
    SET_BC,
    SET_FC,
    SILENT_DROP,
    TOS,
    Blank,
    Expression,
    Solid,
    Suffixed,
    Zero,
)

__all__ = ["QUIC_INITIAL_RULES", "TCP_REQUEST_RULES", "TCP_RESPONSE_RULES"]

_AS_ACCEPT = "the server reads `session reject` as `accept`"
_AS_CONNECTION = "the server writes this session rule as a connection rule"
_KEPT = "when a transaction writes the list again, the server keeps the old copy of this rule"
_NO_VALUE = "the server does not write the value of sc-set-gpt0"
_NO_TYPE = "the server reads this rule without its type, and then refuses it"
_BREAKS_GET = "the server's GET of the list, and of all backends, fails (400) on this rule"

_ID = Word("sc_inc_id")
_GPC = (Blank("sc_idx"), _ID)
_GPT = (_ID, Word("sc_idx", matching=r"\d+"))
_LUA = Rule("lua", Suffixed("lua.", Solid("lua_action")), Opt(Rest("lua_params")), word="")
_ACCEPT = Rule("accept")
_REJECT = Rule("reject")
_SC_ADD = Call("sc-add-gpc", *_GPC)
_SC_INC = Call("sc-inc-gpc", *_GPC)
_SC_SET0 = Call("sc-set-gpt0", _ID)

_EVERYWHERE = (
    _ACCEPT,
    Rule(
        "track-sc",
        Suffixed("track-sc", Int("track_stick_counter", low=0)),
        Word("track_key"),
        Opt(Key("table", Word("track_table", refers="backends"))),
        word="",
    ),
    Rule("sc-inc-gpc0", Call("sc-inc-gpc0", _ID)),
    Rule("sc-inc-gpc1", Call("sc-inc-gpc1", _ID)),
    Rule("sc-set-gpt", Call("sc-set-gpt", *_GPT), OneOf(Int("sc_int"), Expression("expr"))),
    Rule("sc-set-gpt0", _SC_SET0, Int("sc_int"), raw_only=_NO_VALUE),
    Rule("set-var", Call("set-var", SCOPED), Rest("expr")),
    Rule("set-var-fmt", Call("set-var-fmt", SCOPED), Rest("var_format")),
    Rule("unset-var", Call("unset-var", SCOPED)),
    Rule("set-dst", Rest("expr")),
    Rule("set-dst-port", Rest("expr")),
    Rule("set-src-port", Rest("expr")),
    *SET_FC,
    Rule("set-tos", TOS),
    SILENT_DROP,
    DO_LOG,
)
"""Actions of all three types of tcp-request."""

_EARLY = (
    _REJECT,
    Rule("capture", Word("expr"), Key("len", Int("capture_len", low=1))),
    Rule("sc-add-gpc", _SC_ADD, OneOf(Int("sc_int"), Expression("expr"))),
    Rule("sc-inc-gpc", _SC_INC),
    Rule("set-mark", MARK),
    _LUA,
)
"""Actions of connection and content."""

_CONNECTION = (
    Rule("set-src", Rest("expr"), raw_only=_KEPT),
    Rule("sc-set-gpt0", _SC_SET0, Expression("expr")),
    Rule("expect-proxy", Lit("layer4")),
    Rule("expect-netscaler-cip", Lit("layer4")),
)

_CONTENT = (
    Rule("set-src", Rest("expr"), raw_only="the server writes this rule but cannot read it", unread=True),
    Rule("sc-set-gpt0", _SC_SET0, Expression("gpt_value"), raw_only=_NO_VALUE),
    Rule(
        "do-resolve",
        Call(
            "do-resolve",
            Blank("var_name", matching=r"\S*"),
            Word("resolve_resolvers", matching=".+", refers="resolvers"),
            Opt(Enum("resolve_protocol", "ipv4", "ipv6")),
        ),
        Rest("expr"),
    ),
    Rule("send-spoe-group", Word("spoe_engine_name"), Word("spoe_group_name")),
    *BANDWIDTH,
    *SET_BC,
    Rule("set-log-level", LOG_LEVEL),
    Rule("set-nice", Zero("nice_value", low=-1024, high=1024)),
    Rule("set-priority-class", Rest("expr")),
    Rule("set-priority-offset", Rest("expr")),
    Rule("set-retries", Rest("expr"), since="3.1"),
    Rule("switch-mode", Lit("http"), Opt(Key("proto", Word("switch_mode_proto")))),
    Rule("use-service", Word("service_name")),
)

_SESSION = (
    Rule("reject", raw_only=_AS_ACCEPT),
    Rule("attach-srv", Word("server_name"), Opt(Key("name", Word("expr")))),
    Rule("sc-add-gpc", _SC_ADD, OneOf(Int("sc_int"), Expression("expr")), raw_only=_AS_CONNECTION),
    Rule("sc-inc-gpc", _SC_INC, raw_only=_AS_CONNECTION),
    Rule("sc-set-gpt0", _SC_SET0, Expression("gpt_value"), raw_only=_NO_VALUE),
    Rule("set-src", Rest("expr"), raw_only=_KEPT),
    Rule("set-mark", MARK, raw_only="the server writes a session set-mark as set-dst-port"),
)


def _typed(head: str, kind: str, *table: Rule) -> tuple[Form, ...]:
    """The forms of tcp rules of one `type`."""
    return rules(f"{head} {kind}", *table, discriminator="action", const={"type": kind})


def _inspect_delay(head: str) -> Form:
    return Form(f"{head} inspect-delay", Time("timeout"), const={"type": "inspect-delay"})


TCP_REQUEST_RULES = Child(
    "tcp_request_rules",
    Shape.LIST,
    in_full="tcp_request_rule_list",
    forms=(
        _inspect_delay("tcp-request"),
        *_typed("tcp-request", "content", *_EVERYWHERE, *_EARLY, *_CONTENT),
        *_typed("tcp-request", "connection", *_EVERYWHERE, *_EARLY, *_CONNECTION),
        *_typed("tcp-request", "session", *_EVERYWHERE, *_SESSION),
    ),
)

_SC_ID = Zero("sc_id", low=0)
_SC_IDX = Zero("sc_idx", low=0)

TCP_RESPONSE_RULES = Child(
    "tcp_response_rules",
    Shape.LIST,
    in_full="tcp_response_rule_list",
    forms=(
        _inspect_delay("tcp-response"),
        *_typed(
            "tcp-response",
            "content",
            _ACCEPT,
            _REJECT,
            Rule("close"),
            SILENT_DROP,
            Rule("sc-add-gpc", Call("sc-add-gpc", _SC_IDX, _SC_ID), Int("sc_int"), raw_only=_KEPT),
            Rule("sc-add-gpc", Call("sc-add-gpc", _SC_IDX, _SC_ID), Expression("expr")),
            Rule("sc-inc-gpc", Call("sc-inc-gpc", _SC_IDX, _SC_ID)),
            Rule("sc-inc-gpc0", Call("sc-inc-gpc0", _SC_ID)),
            Rule("sc-inc-gpc1", Call("sc-inc-gpc1", _SC_ID)),
            Rule("sc-set-gpt", Call("sc-set-gpt", _SC_ID, _SC_IDX), Int("sc_int"), raw_only=_KEPT),
            Rule("sc-set-gpt", Call("sc-set-gpt", _SC_ID, _SC_IDX), Expression("expr")),
            Rule("sc-set-gpt0", Call("sc-set-gpt0", _SC_ID), Int("sc_int"), raw_only=_KEPT),
            Rule("sc-set-gpt0", Call("sc-set-gpt0", _SC_ID), Expression("expr")),
            Rule("set-var", Call("set-var", SCOPED), Rest("expr"), raw_only=_NO_TYPE),
            Rule("set-var-fmt", Call("set-var-fmt", SCOPED), Rest("var_format"), raw_only=_NO_TYPE),
            Rule("unset-var", Call("unset-var", SCOPED)),
            Rule("set-dst", Rest("expr"), raw_only=_BREAKS_GET),
            Rule("send-spoe-group", Solid("spoe_engine"), Solid("spoe_group")),
            *BANDWIDTH,
            *SET_FC,
            Rule("set-log-level", LOG_LEVEL),
            Rule("set-mark", MARK),
            Rule("set-nice", Zero("nice_value", low=-1024, high=1024)),
            Rule("set-tos", TOS),
            _LUA,
            DO_LOG,
        ),
    ),
)

QUIC_INITIAL_RULES = Child(
    "quic_initial_rules",
    Shape.LIST,
    in_full="quic_initial_rule_list",
    since="3.1",
    forms=rules("quic-initial", _ACCEPT, Rule("dgram-drop"), _REJECT, Rule("send-retry")),
)
