"""frontend: binds for clients, and the rules for their requests. Manual chapter 4; API /frontends.

Rows and children are in the order in which the server writes them.
"""

from __future__ import annotations

from hsync.schema import SectionType, Shape
from hsync.sections import balancing, http_rules, lists, proxies, tcp_rules
from hsync.sections.binds import BINDS
from hsync.sections.proxy_options import options, unset
from hsync.sections.proxy_stats import FRONTEND_STATS
from hsync.sections.redirects import REDIRECTS

ROWS = (
    *proxies.IDENTITY,
    *proxies.STATE,
    *proxies.FRONTEND_MODE,
    *proxies.LIMITS,
    *proxies.MONITOR_URI,
    *proxies.MONITOR_FAIL,
    *proxies.FRONTEND_LOG_TAG,
    *proxies.LOG_FORMATS,
    *proxies.EMAIL_ALERT,
    *options("connection-mode http-buffer-request http-drop-response-trailers http-no-delay forwardfor forwarded"),
    *options("tcplog dontlognull contstats log-separate-errors tcpka clitcpka"),
    *options("splice-auto splice-request splice-response"),
    *options("accept-invalid-http-request accept-unsafe-violations-in-http-request h1-case-adjust-bogus-client"),
    *options("abortonclose:3.3 disable-h2-upgrade logasap http-ignore-probes http-use-proxy-header httpslog"),
    *options("independent-streams nolinger originalto socket-stats tcp-smart-accept idle-close-on-response"),
    *options("dontlog-normal httplog http-restrict-req-hdr-names"),
    *unset("httpclose http-server-close http-keep-alive tcplog httplog contstats"),
    *proxies.timeouts("http-request client client-fin http-keep-alive tarpit"),
    *proxies.keepalive("cli"),
    *proxies.COMPRESSION,
    *proxies.COMPRESSION_SIZES,
    *FRONTEND_STATS,
    *proxies.UNIQUE_ID,
    *proxies.ERRORS,
    *proxies.DEFAULT_BACKEND,
    balancing.STICK_TABLE,
    *proxies.GUID,
)

SECTION = SectionType(
    "frontend",
    path="frontends",
    shape=Shape.NAMED,
    place=160,
    rank=50,
    inherits=True,
    needs=proxies.EMAIL_ALERT_NEEDS,
    behind_snippet=(
        "backend_switching_rules",
        "http_response_rules",
        "http_after_response_rules",
        "http_error_rules",
        "captures",
        "quic_initial_rules",
        "ssl_front_uses",
        "force_be_switches",
    ),
    asides=(REDIRECTS,),
    rows=ROWS,
    children=(
        BINDS,
        lists.ACLS,
        lists.LOG_TARGETS,
        lists.FILTERS,
        lists.FILTER_SEQUENCES,
        tcp_rules.TCP_REQUEST_RULES,
        http_rules.HTTP_REQUEST_RULES,
        lists.FORCE_BE_SWITCHES,
        lists.BACKEND_SWITCHING_RULES,
        http_rules.HTTP_RESPONSE_RULES,
        http_rules.HTTP_AFTER_RESPONSE_RULES,
        http_rules.HTTP_ERROR_RULES,
        lists.CAPTURES,
        tcp_rules.QUIC_INITIAL_RULES,
        lists.SSL_FRONT_USES,
    ),
)
