"""mentions: a table of the words that are names of sections, servers or tables (`use_backend NAME`).

Rule 1: the table is about words, not about JSON fields, so it covers opaque lines, too. A test checks that it has all
fields with `refers`.
Rule 2: the table has the names without which HAProxy does not start if nothing defines them. `haproxy -c` finds these
faults, too, except for rings, which HAProxy looks up when it starts.

Source: HAProxy 2.8.25 run on each entry; manual 3.4 for newer entries: log-profile, crt-store, acme, `log backend@`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALWAYS_THERE", "CALLS", "MENTIONS", "SERVER_VALUES", "Mention"]

PROXIES = ("frontend", "backend", "listen", "defaults")
WITH_SERVERS = ("backend", "listen")


@dataclass(frozen=True, slots=True)
class Mention:
    """The place of a name in a line.

    Args:
        to: the kind of the named thing: a section kind, `server`, or `table`.
        head: first words of the line; `x*` matches all words that begin with `x`.
        at: index of the word with the name, or the parameter before it.
        name: regular expression for that word; its group `name` is the name.
        kinds: section kinds in which HAProxy looks the name up; empty for all.
        single: whether only the last such line of a section counts, and overrides the line of its defaults section.
        needs: other lines without which HAProxy does not look the name up.
        takers: proxy kinds that inherit such a line from their defaults section.
    """

    to: str
    head: tuple[str, ...]
    at: int | str
    name: str = r"(?P<name>.+)"
    kinds: tuple[str, ...] = ()
    single: bool = False
    needs: tuple[str, ...] = ()
    takers: tuple[str, ...] = ("frontend", "backend", "listen")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _rules(to: str, at: int | str, *heads: str, name: str = r"(?P<name>.+)") -> tuple[Mention, ...]:
    return tuple(Mention(to, tuple(head.split()), at, name, PROXIES) for head in heads)


RESOLVE = r"do-resolve\([^,()]*,(?P<name>[^,()]+)[,)].*"

MENTIONS = (
    Mention("backend", ("default_backend",), 1, kinds=PROXIES, single=True, takers=("frontend", "listen")),
    Mention("backend", ("use_backend",), 1, kinds=("frontend", "backend", "listen")),
    Mention("server", ("use-server",), 1, kinds=("frontend", "backend", "listen")),
    Mention("server", ("server",), "track", kinds=WITH_SERVERS),
    Mention("server", ("server-template",), "track", kinds=WITH_SERVERS),
    Mention("server", ("default-server",), "track", kinds=(*WITH_SERVERS, "defaults"), takers=WITH_SERVERS),
    Mention("resolvers", ("server",), "resolvers", kinds=WITH_SERVERS),
    Mention("resolvers", ("server-template",), "resolvers", kinds=WITH_SERVERS),
    Mention("resolvers", ("default-server",), "resolvers", kinds=(*WITH_SERVERS, "defaults"), takers=WITH_SERVERS),
    Mention("resolvers", ("httpclient.resolvers.id",), 1, kinds=("global",), single=True),
    *_rules("resolvers", 1, "http-request do-resolve(*", name=RESOLVE),
    *_rules("resolvers", 2, "tcp-request content do-resolve(*", name=RESOLVE),
    Mention("peers", ("stick-table",), "peers", kinds=("frontend", "backend", "listen")),
    *_rules("table", "table", "http-request track-sc*", "http-response track-sc*"),
    *_rules("table", "table", "tcp-request connection track-sc*", "tcp-request content track-sc*"),
    *_rules("table", "table", "tcp-request session track-sc*", "tcp-response content track-sc*"),
    *_rules("table", "table", "filter bwlim-in", "filter bwlim-out"),
    Mention("table", ("stick",), "table", kinds=WITH_SERVERS),
    *_rules("cache", 2, "http-request cache-use", "http-response cache-store", "filter cache"),
    *_rules("fcgi-app", 2, "filter fcgi-app"),
    Mention("fcgi-app", ("use-fcgi-app",), 1, kinds=WITH_SERVERS),
    *_rules("http-errors", 1, "errorfiles"),
    *_rules("http-errors", "errorfiles", "http-request return", "http-request deny", "http-request tarpit"),
    *_rules("http-errors", "errorfiles", "http-response return", "http-response deny", "http-error"),
    Mention(
        "mailers",
        ("email-alert", "mailers"),
        2,
        kinds=PROXIES,
        single=True,
        needs=("email-alert from", "email-alert to"),
    ),
    Mention("ring", ("log",), 1, r"ring@(?P<name>.+)"),
    Mention("ring", ("server",), 2, r"ring@(?P<name>.+)", WITH_SERVERS),
    Mention("backend", ("log",), 1, r"backend@(?P<name>.+)"),
    Mention("log-profile", ("log",), "profile"),
    *_rules("log-profile", "profile", "http-request do-log", "http-response do-log", "tcp-response content do-log"),
    *_rules("log-profile", "profile", "tcp-request connection do-log", "tcp-request content do-log"),
    *_rules("log-profile", "profile", "tcp-request session do-log", "quic-initial do-log"),
    *_rules("log-profile", "profile", "http-after-response do-log"),
    Mention("crt-store", ("bind",), "crt", r"@(?P<name>[^/]+)/.*", ("frontend", "listen", "peers", "log-forward")),
    Mention("crt-store", ("ssl-f-use",), "crt", r"@(?P<name>[^/]+)/.*", ("frontend", "listen")),
    Mention("crt-store", ("server",), "crt", r"@(?P<name>[^/]+)/.*", WITH_SERVERS),
    Mention("acme", ("load",), "acme", kinds=("crt-store",)),
)

ALWAYS_THERE = {"resolvers": frozenset({"default"}), "ring": frozenset({"buf0"})}
"""Names that HAProxy itself defines."""

SERVER_VALUES = _words(
    "addr agent-addr agent-inter agent-port agent-send alpn ca-file check-alpn check-proto check-sni ciphers "
    "ciphersuites cookie crl-file crt curves guid hash-key id init-addr interface log-proto namespace npn "
    "observe on-error on-marked-down on-marked-up pool-conn-name proto proxy-v2-options redir resolve-net "
    "resolve-opts resolve-prefer sni socks4 source usesrc verifyhost ws"
)
"""Parameters of a server line with a value, which may look like a parameter itself: `cookie track`."""

_COUNTERS = _words(
    "bytes_in_rate bytes_out_rate conn_cnt conn_cur conn_rate get_gpc0 get_gpc1 get_gpt0 gpc0_rate gpc1_rate "
    "http_err_cnt http_err_rate http_fail_cnt http_fail_rate http_req_cnt http_req_rate inc_gpc0 inc_gpc1 "
    "clr_gpc0 clr_gpc1 kbytes_in kbytes_out sess_cnt sess_rate glitch_cnt glitch_rate"
)
_INDEXED = ("get_gpc", "inc_gpc", "clr_gpc", "get_gpt", "gpc_rate")
_OF_TABLES = _words(
    "bytes_in_rate bytes_out_rate clr_gpc0 clr_gpc1 conn_cnt conn_cur conn_rate expire inc_gpc0 inc_gpc1 gpc0 "
    "gpc0_rate gpc1 gpc1_rate gpt0 http_err_cnt http_err_rate http_fail_cnt http_fail_rate http_req_cnt "
    "http_req_rate idle kbytes_in kbytes_out server_id sess_cnt sess_rate trackers glitch_cnt glitch_rate"
)

CALLS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(("http_auth", "http_auth_group"), ("userlist", 0)),
    **dict.fromkeys(
        ("nbsrv", "be_conn", "be_conn_free", "be_sess_rate", "avg_queue", "connslots", "queue"), ("backend", 0)
    ),
    **dict.fromkeys(("fe_conn", "fe_req_rate", "fe_sess_rate"), ("frontend", 0)),
    **dict.fromkeys(
        ("srv_conn", "srv_conn_free", "srv_is_up", "srv_queue", "srv_sess_rate", "srv_weight", "srv_uweight",
         "srv_iweight"),
        ("server", 0),
    ),
    **dict.fromkeys(("in_table", *(f"table_{column}" for column in _OF_TABLES)), ("table", 0)),
    **dict.fromkeys(("table_gpc", "table_gpt", "table_gpc_rate"), ("table", 1)),
    **dict.fromkeys((f"{key}_{name}" for key in ("sc0", "sc1", "sc2", "src") for name in _COUNTERS), ("table", 0)),
    **dict.fromkeys(("src_updt_conn_cnt", "sc0_tracked", "sc1_tracked", "sc2_tracked"), ("table", 0)),
    **dict.fromkeys(("sc0_trackers", "sc1_trackers", "sc2_trackers"), ("table", 0)),
    **dict.fromkeys((f"src_{name}" for name in _INDEXED), ("table", 1)),
    **dict.fromkeys((*(f"sc_{name}" for name in _COUNTERS), "sc_tracked", "sc_trackers"), ("table", 1)),
    **dict.fromkeys((f"sc_{name}" for name in _INDEXED), ("table", 2)),
}  # fmt: skip
"""Fetches and converters with a name as an argument: the kind of the named thing, and the index of the argument."""
