"""defaults: settings that proxies inherit. Manual chapter 4; API /defaults.

Rows and children are in the order in which the server writes them.
"""

from __future__ import annotations

from hsync.schema import SectionType, Shape
from hsync.sections import balancing, checks, http_rules, lists, proxies, servers, tcp_rules
from hsync.sections.proxy_options import options, unset
from hsync.sections.proxy_stats import DEFAULTS_STATS

ROWS = (
    *proxies.STATE,
    *proxies.MODE,
    *proxies.MONITOR_URI,
    balancing.HASH_TYPE,
    balancing.BALANCE,
    *proxies.LIMITS,
    *options("httplog"),
    *proxies.EMAIL_ALERT,
    *DEFAULTS_STATS,
    *proxies.LOG_TAG,
    *proxies.LOG_FORMATS,
    balancing.COOKIE,
    balancing.COOKIE_KEY,
    *options("tcplog connection-mode redispatch dontlognull log-separate-errors http-buffer-request"),
    *options("http-drop-request-trailers http-drop-response-trailers http-pretend-keepalive http-no-delay"),
    *options("tcpka clitcpka srvtcpka contstats checks abortonclose splice-auto splice-request splice-response"),
    *options("logasap log-health-checks allbackups external-check forwardfor forwarded"),
    *options("accept-invalid-http-request accept-invalid-http-response"),
    *options("accept-unsafe-violations-in-http-request accept-unsafe-violations-in-http-response"),
    *options("h1-case-adjust-bogus-client h1-case-adjust-bogus-server disable-h2-upgrade checkcache"),
    *options("http-ignore-probes http-use-proxy-header httpslog independent-streams nolinger originalto persist"),
    *options("prefer-last-server socket-stats tcp-smart-accept tcp-smart-connect transparent"),
    *options("idle-close-on-response dontlog-normal http-restrict-req-hdr-names use-small-buffers"),
    *unset("httpclose http-server-close http-keep-alive tcplog httplog contstats"),
    *balancing.EXTERNAL_CHECK,
    balancing.REUSE,
    *proxies.timeouts("http-request check connect client client-fin queue server server-fin tunnel"),
    *proxies.timeouts("http-keep-alive tarpit"),
    balancing.RETRIES,
    *proxies.keepalive("cli"),
    *proxies.keepalive("srv"),
    *proxies.COMPRESSION,
    *proxies.COMPRESSION_DIRECTION,
    *proxies.COMPRESSION_SIZES,
    servers.DEFAULT_SERVER,
    balancing.STATE_FILE,
    *proxies.ERRORS,
    *proxies.DEFAULT_BACKEND,
    *proxies.UNIQUE_ID,
    *balancing.QUEUES,
    balancing.NAME_HEADER,
    balancing.SOURCE,
    balancing.PERSIST_RULE,
    *balancing.HASH,
)

SECTION = SectionType(
    "defaults",
    path="defaults",
    shape=Shape.NAMED,
    place=10,
    rank=30,
    inherits=True,
    named=False,
    repeats=True,
    reads_over=True,
    created="3.1",
    needs=proxies.EMAIL_ALERT_NEEDS,
    rows=ROWS,
    children=(
        http_rules.in_defaults(lists.ACLS),
        lists.LOG_TARGETS,
        checks.TCP_CHECKS,
        checks.HTTP_CHECKS,
        http_rules.HTTP_ERROR_RULES,
        http_rules.in_defaults(http_rules.HTTP_REQUEST_RULES),
        http_rules.in_defaults(tcp_rules.TCP_REQUEST_RULES),
        http_rules.in_defaults(tcp_rules.TCP_RESPONSE_RULES),
        http_rules.in_defaults(http_rules.HTTP_RESPONSE_RULES),
        http_rules.in_defaults(http_rules.HTTP_AFTER_RESPONSE_RULES),
        tcp_rules.QUIC_INITIAL_RULES,
    ),
)
