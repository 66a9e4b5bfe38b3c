"""backend: servers, and how HAProxy chooses one. Manual chapter 4; API /backends.

Rows and children are in the order in which the server writes them.
"""

from __future__ import annotations

from hsync.schema import SectionType, Shape
from hsync.sections import balancing, checks, http_rules, lists, proxies, servers, tcp_rules
from hsync.sections.proxy_options import options, unset
from hsync.sections.proxy_stats import BACKEND_STATS
from hsync.sections.redirects import REDIRECTS

ROWS = (
    *proxies.IDENTITY,
    *proxies.STATE,
    *proxies.MODE,
    balancing.HASH_TYPE,
    balancing.BALANCE,
    *balancing.PERSISTENCE,
    *options("connection-mode http-buffer-request http-drop-request-trailers http-pretend-keepalive"),
    *options("http-no-delay:backend forwardfor forwarded checks abortonclose redispatch external-check"),
    *options("splice-auto splice-request splice-response log-health-checks"),
    *proxies.LOG_TAG,
    *options("tcpka srvtcpka allbackups accept-invalid-http-response accept-unsafe-violations-in-http-response"),
    *options("h1-case-adjust-bogus-server checkcache independent-streams nolinger originalto persist"),
    *options("prefer-last-server spop-check tcp-smart-connect transparent http-restrict-req-hdr-names"),
    *options("use-small-buffers"),
    *unset("httpclose http-server-close http-keep-alive"),
    *balancing.EXTERNAL_CHECK,
    *proxies.EMAIL_ALERT,
    *proxies.timeouts("http-request queue http-keep-alive check tunnel server server-fin connect tarpit"),
    *proxies.keepalive("srv"),
    servers.DEFAULT_SERVER,
    *proxies.COMPRESSION,
    *proxies.COMPRESSION_DIRECTION,
    *proxies.COMPRESSION_SIZES,
    *BACKEND_STATS,
    balancing.REUSE,
    balancing.COOKIE,
    balancing.COOKIE_KEY,
    balancing.STICK_TABLE,
    *proxies.ERRORS,
    balancing.RETRIES,
    balancing.STATE_FILE,
    balancing.FCGI_APP,
    balancing.STATE_FILE_NAME,
    *balancing.QUEUES,
    balancing.NAME_HEADER,
    balancing.SOURCE,
    balancing.PERSIST_RULE,
    *balancing.HASH,
    *proxies.GUID,
)

SECTION = SectionType(
    "backend",
    path="backends",
    shape=Shape.NAMED,
    place=170,
    rank=40,
    inherits=True,
    reads_over=True,
    needs=proxies.EMAIL_ALERT_NEEDS,
    behind_snippet=(
        "servers",
        "tcp_response_rules",
        "http_response_rules",
        "http_after_response_rules",
        "http_error_rules",
        "server_templates",
    ),
    asides=(REDIRECTS,),
    rows=ROWS,
    children=(
        lists.ACLS,
        checks.TCP_CHECKS,
        checks.HTTP_CHECKS,
        lists.LOG_TARGETS,
        lists.STICK_RULES,
        lists.FILTERS,
        lists.FILTER_SEQUENCES,
        tcp_rules.TCP_REQUEST_RULES,
        http_rules.HTTP_REQUEST_RULES,
        lists.SERVER_SWITCHING_RULES,
        servers.SERVERS,
        tcp_rules.TCP_RESPONSE_RULES,
        http_rules.HTTP_RESPONSE_RULES,
        http_rules.HTTP_AFTER_RESPONSE_RULES,
        http_rules.HTTP_ERROR_RULES,
        servers.SERVER_TEMPLATES,
    ),
)
