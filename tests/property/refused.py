"""Refused: lines that the API can express and HAProxy refuses, and lines that HAProxy requires together with others.

Tests with HAProxy omit the refused lines, and add `BESIDE` to each section.

Rule 1: each entry has an example: `test_accepted` checks that HAProxy refuses it.
Rule 2: better values for random lines belong into `values.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["BESIDE", "GLOBAL", "REFUSED", "UNJUDGED", "Refused", "refusal_of"]

_TABLE = {"stick-table": "type ip size 1k store bytes_in_rate(1s),bytes_out_rate(1s)"}

BESIDE: Mapping[str, Mapping[str, str]] = {
    "acme": {"directory": "https://acme.example/dir"},
    "cache": {"total-max-size": "4"},
    "defaults": {"mode http": ""},
    "fcgi-app": {"docroot": "/d"},
    "frontend": {"mode http": "", **_TABLE, "declare capture request": "len 20", "declare capture response": "len 20"},
    "backend": {
        "mode http": "",
        **_TABLE,
        "external-check command": "/d",
        "external-check path": "/d",
        "server nm1": "10.0.0.11:80",
        "server nm2": "10.0.0.12:80",
    },
    "userlist": {"group nm1": "", "group nm2": "", "user usr1": "password x", "user usr2": "password x"},
}
"""Lines that HAProxy requires in a section, since other lines may refer to them: the head of each, and the rest. A section that
has a line with the same head keeps its own.
"""

GLOBAL = (
    "expose-experimental-directives",  # without these three, whole keywords are not known
    "expose-deprecated-directives",
    "external-check",
    "ssl-server-verify none",  # or every `ssl` of a server wants a ca-file
    "httpclient.ssl.ca-file it.pem",  # not every host has authorities of its own
)
"""Lines of global that lines of any section may need."""


@dataclass(frozen=True)
class Refused:
    """A group of similar lines.

    Args:
        pattern: matches the section's kind and the line, from the beginning.
        kind: section kind of the example.
        example: a line that matches.
        reason: why HAProxy refuses it.
        since: first HAProxy version that refuses it, as far as measured; "" for all.
    """

    pattern: str
    kind: str
    example: str
    reason: str
    since: str = ""


_PROXY = "(defaults|frontend|backend)"

REFUSED = (
    # what only a part of the proxies can do
    Refused("backend tcp-request (connection|session) ", "backend", "tcp-request connection accept", "a backend accepts no connections"),
    Refused("backend tcp-request content (switch-mode|capture) ", "backend", "tcp-request content switch-mode http", "a frontend's work"),
    Refused("backend http-re(quest|sponse) (set-timeout client|capture .* len) ", "backend", "http-request set-timeout client 5s", "a frontend's work"),
    Refused("frontend http-re(quest|sponse) set-timeout (connect|server|tunnel|queue|tarpit) ", "frontend", "http-request set-timeout server 5s", "a backend's work"),
    Refused("(defaults|frontend) (http-request|tcp-request content) set-retries ", "frontend", "http-request set-retries int(7)", "a backend's work"),
    Refused(f"{_PROXY} tcp-request connection capture ", "frontend", "tcp-request connection capture src len 4", "there is nothing to capture in yet"),
    Refused("defaults stats (admin|http-request) ", "defaults", "stats admin if TRUE", "not allowed in defaults"),
    Refused("global log global$", "global", "log global", "global cannot refer to itself"),
    Refused("(defaults|backend|peers|ring|log-forward) default-server .*\\b(no-sslv3|no-tlsv1[0-3]|quic-cc-algo|guid)\\b", "backend", "default-server no-sslv3", "a word of servers only"),
    Refused(f"{_PROXY} tcp-response content set-dst(-port)? ", "backend", "tcp-response content set-dst src", "HAProxy has no such rule"),
    Refused(f"{_PROXY} stats (bind-process|maxconn) ", "backend", "stats maxconn 10", "HAProxy has them in global only"),
    Refused(f"{_PROXY} http-after-response capture .* len ", "frontend", "http-after-response capture src len 4", "only an id"),
    Refused("defaults \\S.*\\btrack-sc[0-9] (?!.* table )", "defaults", "http-request track-sc0 src", "defaults have no table", "3.4"),
    Refused("defaults http-(request|response|after-response) capture .* id ", "defaults", "http-request capture src id 0", "defaults have no captures", "3.4"),
    # what needs something that is not there
    Refused(f"{_PROXY} (http|tcp)-\\S+ (content |connection |session )?(lua\\.|use-service lua\\.)", "frontend", "http-request lua.act1", "no Lua script declares it"),
    Refused(f"{_PROXY} http-re(quest|sponse) send-spoe-group |{_PROXY} tcp-re(quest|sponse) content send-spoe-group ", "frontend", "http-request send-spoe-group spoe1 alpha", "no filter declares the engine"),
    Refused(f"{_PROXY} .*set-bandwidth-limit ", "frontend", "http-request set-bandwidth-limit bw1", "no filter declares the limit"),
    Refused("(frontend|backend) filter spoe ", "frontend", "filter spoe config /d/e", "its file is not there"),
    Refused("(frontend|backend) filter-sequence ", "frontend", "filter-sequence request va1", "no filter declares it"),
    Refused("acme map ", "acme", "map virt@acme", "the map is not there"),
    Refused("(backend|frontend) (use-fcgi-app|filter fcgi-app) ", "backend", "use-fcgi-app fcg1", "its servers must speak FCGI"),
    Refused("healthcheck (tcp|http)-check ", "healthcheck", "tcp-check connect", "wants another type line for each kind of rule"),
    Refused(r"\S+ .*\bnamespace ", "backend", "server it 10.0.0.1:80 namespace ns1", "the host has no such namespace"),
    # what the words must be
    Refused(f"{_PROXY} no option (tcpka|external-check|accept-invalid-http-\\w+|httpslog|\\S+-check)$", "defaults", "no option tcpka", "only option, without no"),
    Refused(f"{_PROXY} (no )?option \\S+ bck1$", "defaults", "no option httpclose bck1", "no argument"),
    Refused(f"{_PROXY} http-send-name-header$", "backend", "http-send-name-header", "wants a header"),
    Refused("(healthcheck|defaults|backend) http-check expect .*(?<!f)hdr (?!name )", "backend", "http-check expect hdr 200", "hdr wants name"),
    Refused("(healthcheck|defaults|backend) http-check expect .*fhdr (?!name )", "backend", "http-check expect fhdr 200", "fhdr wants name"),
    Refused("(healthcheck|defaults|backend) tcp-check connect .*\\bproto h[12]", "backend", "tcp-check connect proto h2", "no protocol of tcp-check"),
    Refused("(backend|peers|frontend) (stick-table type|table \\S+ type) (?!.*\\bsize )", "backend", "stick-table type ip", "wants a size"),
    Refused(f"{_PROXY} tcp-request session attach-srv .* name ", "frontend", "tcp-request session attach-srv bck1/nm1 name str(a)", "its server wants pool-conn-name"),
    Refused(f"{_PROXY} cookie (?!.*(insert|indirect)).*preserve", "backend", "cookie SRV preserve", "wants insert or indirect"),
    Refused("(resolvers nameserver|log-forward dgram-bind) (.* )?[0-9.]+( |$)", "resolvers", "nameserver nm4 10.0.0.3", "wants a port"),
    Refused("peers bind .*(:\\d+-\\d+|,| /|[a-z]:)", "peers", "bind 10.0.0.1:90-95", "one address"),
    Refused("peers table \\S+ .*write-to ", "peers", "table nm4 type string size 1k write-to bck1", "wants a table of the same type"),
    Refused("fcgi-app option max-reqs (?!1$)", "fcgi-app", "option max-reqs 2", "without mpxs-conns HAProxy ignores it and fails"),
    Refused(".* tcp-check expect .*! (?!r?string|r?binary)", "backend", "tcp-check expect ! status-code int(200) string OK", "! is for the pattern"),
    Refused(r"\S+ (bind|default-bind|stats socket|ssl-f-use) (?!.*ca-file).*verify (required|optional)", "frontend", "bind :80 ssl crt it.pem verify required", "wants a ca-file"),
    Refused(f"{_PROXY} http-response redirect .*(prefix|scheme)", "frontend", "http-response redirect prefix /p", "only location"),
    Refused(".*\\bsctl ", "frontend", "ssl-f-use crt it.pem sctl /dev/null", "its file is not there"),
    Refused("backend server-template \\S+ \\S+ a\\.example", "backend", "server-template px1- 1-3 a.example:80", "the host does not resolve it"),
    Refused("log-forward dgram-bind a\\.example", "log-forward", "dgram-bind a.example:80", "the host does not resolve it"),
    Refused("global zero-warning", "global", "zero-warning", "any warning becomes an error"),
    Refused(r"\S+ bind a\.example", "frontend", "bind a.example:80", "the host does not resolve it"),
    Refused(r"\S+ bind \S+ (?!.*\bcrt ).*\bssl( |$)", "frontend", "bind :80 ssl", "wants a certificate"),
    Refused(r"\S+ server \S+ [0-9.]+ (?!.*\bport ).*(?<!\S)check( |$)", "backend", "server it 10.0.0.3 check", "wants a port"),
    Refused(r"\S+ bind \S*-\d+ .*\bid ", "frontend", "bind :80-81 id 7", "an id is one socket's"),
    Refused(f"{_PROXY} http-(error|\\S+ (return|deny|tarpit)) (?!.*content-type ).*(string|lf-file) ", "frontend", "http-error status 400 string x", "wants a content type"),
    Refused(f"{_PROXY} http-\\S+ (deny|tarpit) (?!deny_status).*deny_status", "frontend", "http-request deny hdr x y deny_status 403", "only the first word"),
    Refused(r"\S+ server \S+ a\.example", "backend", "server it a.example:80", "the host does not resolve it"),
    Refused(".*\\bnbconn ", "frontend", "bind :80 nbconn 4", "only for reverse HTTP"),
    Refused(".*\\bcrl-file ", "frontend", "bind :80 ssl crt it.pem ca-file it.pem crl-file /dev/null", "its file is not there"),
    Refused("(backend|frontend) stick-table .*write-to ", "backend", "stick-table type string size 1k write-to bck1", "wants a table of the same type"),
    Refused("(frontend|backend) stick-table .*\\bpeers ", "backend", "stick-table type ip size 1k peers prs1", "no peer there is this host"),
    Refused("ring (default-)?server .*\\bredir ", "ring", "server it 10.0.0.1:80 redir /d", "a ring does not speak HTTP"),
    Refused("backend server(-template \\S+)? \\S+ /.*hash-key addr", "backend", "server it /d hash-key addr", "HAProxy dies: the path of a socket is no address"),
    Refused("global stats socket .*\\bproto h[12]", "global", "stats socket /tmp/hsync-a.sock proto h1", "it does not speak HTTP"),
    Refused(r"(?=.* (check-)?ssl( |$)).*\b(ssl-max-ver SSLv3|force-sslv3)\b", "backend", "server it 10.0.0.1:80 ssl force-sslv3", "no version is left"),
    Refused(".*http-check send .*hdr Host .*hdr Host ", "backend", "http-check send hdr Host a hdr Host b", "only one host"),
    Refused("global cpu-policy group-by-[234]-cluster$", "global", "cpu-policy group-by-2-cluster", "HAProxy says clusters"),
    Refused(".* http-check expect .*! (?!r?status |r?string|f?hdr)", "backend", "http-check expect ! comment alpha status 200", "! is for the pattern"),
    Refused(f"{_PROXY} hash-type \\S+ (none|avalanche)", "backend", "hash-type consistent avalanche", "wants the function before the modifier"),
    Refused(f"{_PROXY} cookie .*\\bdomain \\S*=", "backend", "cookie SRV insert domain SameSite=None", "no name of a domain"),
    Refused(r"\S+ (default-server|server|server-template) (?!.*agent-port).*agent-check", "backend", "server it 10.0.0.1:80 agent-check", "wants an agent-port"),
    Refused("(healthcheck|defaults|backend) tcp-check expect .*\\br?binary (?!0a0b)", "backend", "tcp-check expect binary OK", "not hexadecimal"),
    Refused("(defaults|backend) balance url_param( (max_wait|check_post)|$| .*max_wait)", "backend", "balance url_param max_wait 1", "wants a name, and knows check_post only"),
    Refused(r"(peers|ring) (default-server|server) (.*\b(layer7|proto)\b|\S+ /)", "ring", "server it /d", "a ring speaks TCP only", "3.4"),
    Refused(r"\S+ (default-server|server|server-template) .*\btrack ", "backend", "server it 10.0.0.1:80 track bck1/nm1", "the other has no check"),
    Refused("(defaults|frontend) external-check ", "frontend", "external-check x", "a relative path wants another line, which a backend has"),
    Refused("(defaults|frontend) option external-check", "frontend", "option external-check", "its command may be missing, its path relative"),
    Refused(".*-m reg", "frontend", "http-after-response del-headers-bin str(a) -m reg", "not with regular expressions"),
    Refused(f"{_PROXY} hash-type (?!consistent|map-based)", "backend", "hash-type crc32", "wants the method first"),
)  # fmt: skip

UNJUDGED = (
    ("2.9", r"\S+ http-re\S+ set-timeout client "),  # older ones miss a backend, whatever timeout is named
    ("3.1", r"\S+ option httpchk \S+ \S+ \S+ \S"),  # older ones know no host, and say that it is one word too many
    ("3.1", r"\S+ log .* profile "),  # older ones die of it, instead of saying that they do not know it
    ("99", "global (quiet|thread-group )"),  # nothing is said any more; as the processors of the host allow
)
"""Lines that need at least this version of HAProxy."""

_COMPILED = tuple((re.compile(one.pattern), one) for one in REFUSED)


def refusal_of(kind: str, line: str) -> Refused | None:
    """Why HAProxy refuses a line.

    Args:
        kind: section kind of the line.
        line: the line.
    """
    text = f"{kind} {line}"
    return next((one for regex, one in _COMPILED if regex.match(text)), None)
