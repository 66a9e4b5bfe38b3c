"""Actions of http-request, http-response and http-after-response. Manual chapter 4.4; API /http_*_rules.

Rule 1: a tuple here is a group of rules that at least two of these keywords have; `http_rules` has the other rules.
Rule 2: `raw_only` describes the server's mistake with a rule that it can read. The line is opaque.

Source: the served specifications; client-native `config-parser/parsers/http/actions`.
"""

from __future__ import annotations

from dataclasses import dataclass

from hsync.schema import (
    Body,
    Call,
    Enum,
    Fields,
    Int,
    Key,
    Mismatch,
    Older,
    OneOf,
    Opt,
    Params,
    Reader,
    Rest,
    Rule,
    Seq,
    Size,
    Time,
    Word,
    get,
    put,
)
from hsync.sections.rule_args import BANDWIDTH, LOG_LEVEL, MARK, SCOPED, SET_FC, TOS, Expression, Solid, Suffixed, Zero
from hsync.syntax import raw_words

__all__ = [
    "ACLS_AND_MAPS",
    "ALLOW",
    "BIN_HEADERS",
    "CAPTURE",
    "CAPTURE_SLOT",
    "COUNTERS",
    "HEADERS",
    "LUA",
    "REDIRECT",
    "SC_INC_GPC",
    "SC_INC_GPC_AFTER_RESPONSE",
    "SESSION",
    "SET_LOG_LEVEL",
    "STATUS",
    "STRICT",
    "TRACK",
    "VARIABLES",
    "VARIABLES_AFTER_RESPONSE",
    "WAIT",
]

_KEPT = "when a transaction writes the list again, the server keeps the old copy of this rule"


@dataclass(frozen=True)
class _Pair(Rest):
    """The option words of a redirect: the server reads exactly two."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Take two words; raise `Mismatch` if the first begins another parameter."""
        words = [reader.take(self.field), reader.take(self.field)]
        if words[0] in _REDIRECT_WORDS:
            raise Mismatch(reader.at - 2, "two option words")
        put(into, self.field, " ".join(words))

    def write(self, body: Body) -> list[str] | None:
        """The words."""
        value = get(body, self.field)
        return raw_words(value) if isinstance(value, str) and value else None


class _Redirect(Params):
    """The parameters of a redirect in any order, one of them its target."""

    def read(self, reader: Reader, into: Fields) -> None:
        """Read the parameters; raise `Mismatch` without a target."""
        start = reader.at
        super().read(reader, into)
        if "redir_type" not in into:
            raise Mismatch(start, "location, prefix or scheme")


_REDIRECT_TYPES = ("location", "prefix", "scheme")
_REDIRECT_WORDS = frozenset({*_REDIRECT_TYPES, "code"})
_REDIRECT_CODES = {str(code): code for code in (301, 302, 303, 307, 308)}

ALLOW = Rule("allow")

HEADERS = (
    Rule("set-header", Word("hdr_name"), Rest("hdr_format")),
    Rule("add-header", Word("hdr_name"), Rest("hdr_format")),
    Rule("del-header", Word("hdr_name"), Opt(Key("-m", Word("hdr_method")))),
    Rule("replace-header", Word("hdr_name"), Word("hdr_match"), Word("hdr_format")),
    Rule("replace-value", Word("hdr_name"), Word("hdr_match"), Word("hdr_format")),
)

BIN_HEADERS = (
    Rule("add-headers-bin", Word("hdr_expr"), Opt(Key("prefix", Word("hdr_prefix"))), since="3.4"),
    Rule("del-headers-bin", Word("hdr_expr"), Opt(Key("-m", Word("hdr_method"))), since="3.4"),
    Rule("set-headers-bin", Word("hdr_expr"), Opt(Key("prefix", Word("hdr_prefix"))), since="3.4"),
)

_SET_VAR_FMT = (Call("set-var-fmt", SCOPED), Rest("var_format"))
VARIABLES = (
    Rule("set-var", Call("set-var", SCOPED), Rest("var_expr")),
    Rule("set-var-fmt", *_SET_VAR_FMT),
    Rule("unset-var", Call("unset-var", SCOPED)),
)
VARIABLES_AFTER_RESPONSE = (
    VARIABLES[0],
    # 3.2.5 parses the line, but its API has no field for it
    Rule("set-var-fmt", *_SET_VAR_FMT, since="3.3", older=Older.KEEPS),
    VARIABLES[2],
)

ACLS_AND_MAPS = (
    Rule("del-acl", Call("del-acl", Solid("acl_file")), Solid("acl_keyfmt")),
    Rule("del-map", Call("del-map", Solid("map_file")), Solid("map_keyfmt")),
    Rule("set-map", Call("set-map", Solid("map_file")), Solid("map_keyfmt"), Solid("map_valuefmt")),
)

_GPC = (Zero("sc_idx", low=0), Zero("sc_id", low=0))
_GPT = (Zero("sc_id", low=0), Zero("sc_idx", low=0))
SC_INC_GPC = Rule("sc-inc-gpc", Call("sc-inc-gpc", *_GPC), written="3.3")  # 3.2.5 writes it as sc-add-gpc
SC_INC_GPC_AFTER_RESPONSE = Rule("sc-inc-gpc", Call("sc-inc-gpc", *_GPC))
COUNTERS = (
    Rule("sc-add-gpc", Call("sc-add-gpc", *_GPC), Int("sc_int"), raw_only=_KEPT),
    # 3.2.5 drops the expression
    Rule("sc-add-gpc", Call("sc-add-gpc", *_GPC), Expression("sc_expr"), written="3.3"),
    Rule("sc-inc-gpc0", Call("sc-inc-gpc0", Zero("sc_id", low=0))),
    Rule("sc-inc-gpc1", Call("sc-inc-gpc1", Zero("sc_id", low=0))),
    Rule("sc-set-gpt", Call("sc-set-gpt", *_GPT), Int("sc_int"), raw_only=_KEPT),
    Rule("sc-set-gpt", Call("sc-set-gpt", *_GPT), Expression("sc_expr")),
    Rule("sc-set-gpt0", Call("sc-set-gpt0", Zero("sc_id", low=0)), Int("sc_int"), raw_only=_KEPT),
    Rule("sc-set-gpt0", Call("sc-set-gpt0", Zero("sc_id", low=0)), Expression("sc_expr")),
)

TRACK = Rule(
    "track-sc",
    Suffixed("track-sc", Int("track_sc_stick_counter", low=0)),
    Solid("track_sc_key"),
    Opt(Key("table", Solid("track_sc_table", refers="backends"))),
    word="",
)

LUA = Rule("lua", Suffixed("lua.", Solid("lua_action")), Opt(Rest("lua_params")), word="")

_SAMPLE = Word("capture_sample", matching=r"[A-Za-z].*")
_SLOT = Key("id", Int("capture_id", low=0))
CAPTURE = (_SAMPLE, OneOf(_SLOT, Key("len", Int("capture_len", low=1))))
CAPTURE_SLOT = (Solid("capture_sample"), _SLOT)

REDIRECT = Rule(
    "redirect",
    _Redirect(
        Seq(Enum("redir_type", *_REDIRECT_TYPES), Solid("redir_value")),
        Key("code", Enum("redir_code", values={**_REDIRECT_CODES})),
        _Pair("redir_option"),
    ),
)

SET_LOG_LEVEL = Rule("set-log-level", LOG_LEVEL)
STATUS = Rule("set-status", Int("status", low=100, high=999), Opt(Key("reason", Word("status_reason"))))
STRICT = Rule("strict-mode", Enum("strict_mode", "on", "off"))

SESSION = (
    Rule("pause", Rest("expr"), since="3.2"),
    Rule("send-spoe-group", Solid("spoe_engine"), Solid("spoe_group")),
    *BANDWIDTH,
    *SET_FC,
    Rule("set-mark", MARK),
    Rule("set-nice", Zero("nice_value", low=-1024, high=1024)),
    Rule("set-timeout", Enum("timeout_type", "client", "server", "tunnel"), Word("timeout")),
    Rule("set-timeout", Enum("timeout_type", "connect", "queue", "tarpit"), Word("timeout"), since="3.4"),
    Rule("set-tos", TOS),
)
"""Actions of http-request and http-response on the session and its two connections."""

WAIT = (Key("time", Time("wait_time")), Key("at-least", Size("wait_at_least")))
