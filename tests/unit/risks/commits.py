"""Thirty commits on three sites: an honest change each, and a mistake of one of ten kinds that slips in.

An edit is a pair of texts, old and new. A commit without its mistake is what its author wanted.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

__all__ = ["COMMITS", "Commit"]

Edit = tuple[str, str]

SITES = {path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parent / "sites").glob("*.cfg")}


class Commit(NamedTuple):
    """A commit.

    Args:
        site: the configuration before.
        honest: what the author wanted.
        mistake: what slipped in.
        rule: the risk that must be shown.
        said: words that must stand in it.
    """

    site: str
    honest: tuple[Edit, ...]
    mistake: Edit | tuple[Edit, ...]
    rule: str
    said: str

    def text(self, *, with_mistake: bool) -> str:
        """The configuration after it."""
        text = SITES[self.site]
        slips = (self.mistake,) if isinstance(self.mistake[0], str) else self.mistake
        for old, new in (*self.honest, *(slips if with_mistake else ())):
            assert text.count(old) == 1, (self.site, old)
            text = text.replace(old, new)
        return text


# What people really change

NEW_SERVER = (
    (
        "  server shop3 10.1.0.13:8080 check cookie s3 maxconn 200\n",
        "  server shop3 10.1.0.13:8080 check cookie s3 maxconn 200\n  server shop4 10.1.0.14:8080 check cookie s4 maxconn 200\n",
    ),
)
NEW_ROUTE = (
    (
        "  use_backend api if is_api\n",
        "  acl is_img path_beg /img/\n  use_backend api if is_api\n  use_backend images if is_img\n",
    ),
    (
        "backend api\n",
        "backend images\n  server img1 10.1.2.1:80 check\n  server img2 10.1.2.2:80 check\n\nbackend api\n",
    ),
)
RENAMED_ACL = (
    ("acl is_api path_beg /api/", "acl api_call path_beg /api/"),
    ("use_backend api if is_api", "use_backend api if api_call"),
)
MOVED_TIMEOUTS = (
    ("  timeout server 30s\n  timeout http-request 10s\n", "  timeout http-request 10s\n  timeout server 30000ms\n"),
)
NEW_ADDRESS = (("server api2 10.1.1.12:9000 check", "server api2 10.1.1.22:9000 check"),)
OWN_TIMEOUT = (("backend api\n  balance leastconn\n", "backend api\n  balance leastconn\n  timeout server 45s\n"),)
OFFICE = (("acl office src 198.51.100.0/24 203.0.113.8", "acl office src 198.51.100.0/24 203.0.113.8 203.0.113.9"),)
WEIGHTS = (("server api1 10.1.1.11:9000 check", "server api1 10.1.1.11:9000 check weight 50"),)
CSP = (
    (
        "  http-response set-header X-Frame-Options DENY\n",
        "  http-response set-header X-Frame-Options DENY\n  http-response set-header Referrer-Policy same-origin\n",
    ),
)
MORE_CONNECTIONS = (("maxconn 20000", "maxconn 30000"),)

NEW_IMAP = (
    ("server imap2 10.2.1.2:143 check\n", "server imap2 10.2.1.2:143 check\n  server imap3 10.2.1.3:143 check\n"),
)
LONGER = (("  timeout server 60s\n", "  timeout server 90s\n"),)
ANONYMOUS = (
    (
        "  acl setup path_beg /setup /install\n  http-request deny if setup !staff\n",
        "  http-request deny if { path_beg /install /setup } !staff\n",
    ),
)
CALDAV = (
    (
        "  use_backend static if { path_beg /assets/ }\n",
        "  use_backend static if { path_beg /assets/ }\n  use_backend caldav if { path_beg /dav/ }\n",
    ),
    (
        "backend static from web\n",
        "backend caldav from web\n  option httpchk GET /ok\n  server cal1 10.2.4.1:80 check\n\nbackend static from web\n",
    ),
)
RENAMED_DEFAULTS = (
    ("defaults web from tcp", "defaults sites from tcp"),
    ("frontend webmail from web", "frontend webmail from sites"),
    ("backend static from web", "backend static from sites"),
    ("backend roundcube from web", "backend roundcube from sites"),
)
HOSTS = (("-i mail.example.org", "-i mail.example.org webmail.example.org"),)
NEW_USER = (("userlist people\n", "userlist people\n  user bob password $6$rounds=5000$ghi$jkl\n"),)
FASTER_CHECKS = (("server nginx1 10.2.2.1:80 check", "server nginx1 10.2.2.1:80 check inter 1s"),)
LOG_TOO = (("  log /dev/log local0 info\n", "  log /dev/log local0 info\n  log 10.2.9.9:514 local0 info\n"),)
DRAINED = (("server mx2 10.2.0.2:25 check send-proxy-v2", "server mx2 10.2.0.2:25 check send-proxy-v2 weight 10"),)

NEW_HOST = (
    ("  acl vpn src", "  acl host_docs hdr(host) -i docs.example.net\n  acl vpn src"),
    ("  use_backend git if host_git\n", "  use_backend docs if host_docs\n  use_backend git if host_git\n"),
    (
        "backend git from base\n",
        "backend docs from base\n  option httpchk HEAD /\n  server d1 10.3.4.1:80 check\n\nbackend git from base\n",
    ),
)
SWAPPED = (
    (
        "  use_backend wiki if host_wiki\n  use_backend git if host_git\n",
        "  use_backend git if host_git\n  use_backend wiki if host_wiki\n",
    ),
)
SECOND_CI = (
    (
        "server c1 10.3.2.1:8080 check maxconn 20\n",
        "server c1 10.3.2.1:8080 check maxconn 20\n  server c2 10.3.2.2:8080 check maxconn 20\n",
    ),
)
STRICTER = (("http-request deny if { path_sub ../ }", "http-request deny if { path_sub ../ } or { path_sub ..%2f }"),)
NEW_ERRORS = (
    (
        "  errorfile 503 /etc/haproxy/errors/503.http\n",
        "  errorfile 502 /etc/haproxy/errors/502.http\n  errorfile 503 /etc/haproxy/errors/503.http\n",
    ),
)
GIT_SERVER = (("server g2 10.3.1.2:8443", "server g2 10.3.1.12:8443"),)
TLS13 = (("ssl-min-ver TLSv1.2\n  ssl-default-bind-ciphers", "ssl-min-ver TLSv1.3\n  ssl-default-bind-ciphers"),)
QUOTED = (("http-request set-header X-Real-IP %[src]", 'http-request set-header X-Real-IP "%[src]"'),)
WIKI_CHECK = (("option httpchk HEAD /\n", "option httpchk HEAD /status\n"),)
SPLIT_ACL = (("  acl vpn src 100.64.0.0/10\n", "  acl vpn src 100.64.0.0/11\n  acl vpn src 100.96.0.0/11\n"),)

COMMITS = (
    # 1 a section with traffic is deleted
    Commit(
        "shop",
        NEW_SERVER,
        (
            ("backend api\n  balance leastconn\n  option httpchk GET /api/health\n", ""),
            ("  server api1 10.1.1.11:9000 check\n  server api2 10.1.1.12:9000 check\n", ""),
            ("  use_backend api if is_api\n", ""),
        ),
        "section-deleted",
        "api",
    ),
    Commit(
        "mail",
        NEW_IMAP,
        ("listen smtp from tcp\n", "listen smtp2 from tcp\n  bind :2525\n\nbackend unused from tcp\n"),
        "section-deleted",
        "smtp",
    ),
    Commit(
        "edge",
        QUOTED,
        (
            "frontend partners from base\n  bind 203.0.113.2:443 ssl crt /etc/haproxy/partners.pem ca-file /etc/haproxy/partners-ca.pem verify required\n  http-request set-header X-Partner %[ssl_c_s_dn(cn)]\n  default_backend git\n",
            "",
        ),
        "section-deleted",
        "partners",
    ),
    # 2 the last usable server
    Commit(
        "shop",
        NEW_ROUTE,
        (
            "  server api1 10.1.1.11:9000 check\n  server api2 10.1.1.12:9000 check\n",
            "  server api1 10.1.1.11:9000 check disabled\n",
        ),
        "no-server-left",
        "api",
    ),
    Commit(
        "mail",
        LONGER,
        (
            "  server nginx1 10.2.2.1:80 check\n  server nginx2 10.2.2.2:80 check\n",
            "  default-server weight 0\n  server nginx1 10.2.2.1:80 check\n  server nginx2 10.2.2.2:80 check\n",
        ),
        "no-server-left",
        "static",
    ),
    Commit(
        "edge",
        NEW_HOST,
        ("  server c1 10.3.2.1:8080 check maxconn 20\n", "  server c1 10.3.2.1:8080 check maxconn 20 disabled\n"),
        "no-server-left",
        "ci",
    ),
    # 3 who answers
    Commit(
        "shop",
        RENAMED_ACL,
        ("  default_backend shop\n\nfrontend internal", "  default_backend api\n\nfrontend internal"),
        "default-backend-changed",
        "shop → api",
    ),
    Commit(
        "mail",
        CALDAV,
        ("  default_backend roundcube\n", "  default_backend static\n"),
        "default-backend-changed",
        "roundcube → static",
    ),
    Commit(
        "edge",
        SECOND_CI,
        ("  use_backend wiki if host_wiki\n", "  use_backend wiki if TRUE\n"),
        "route-order",
        "use_backend wiki if TRUE",
    ),
    # 4 an address that others reach
    Commit("shop", NEW_ADDRESS, ("bind 127.0.0.1:8081", "bind 0.0.0.0:8081"), "bind-widened", "0.0.0.0:8081"),
    Commit("mail", RENAMED_DEFAULTS, ("bind 192.0.2.26:443 ssl crt", "bind :443 ssl crt"), "bind-widened", ":443"),
    Commit("edge", SWAPPED, ("bind 203.0.113.2:443 ssl", "bind 203.0.113.1:443 ssl"), "port-taken", "203.0.113.1:443"),
    # 5 weaker TLS
    Commit(
        "shop",
        MOVED_TIMEOUTS,
        (
            "ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets",
            "ssl-default-bind-options ssl-min-ver TLSv1.0 no-tls-tickets",
        ),
        "tls-weaker",
        "TLSv1.0",
    ),
    Commit(
        "mail",
        ANONYMOUS,
        ("ssl verify required ca-file /etc/haproxy/ca.pem check cookie a", "ssl verify none check cookie a"),
        "verify-weaker",
        "rc1",
    ),
    Commit(
        "edge",
        STRICTER,
        (
            "ca-file /etc/haproxy/partners-ca.pem verify required",
            "ca-file /etc/haproxy/partners-ca.pem verify optional",
        ),
        "client-cert-weaker",
        "optional",
    ),
    # 6 a rule that keeps out
    Commit("shop", CSP, ("  http-request deny if is_admin !office\n", ""), "deny-removed", "is_admin"),
    Commit(
        "mail",
        HOSTS,
        (
            "  tcp-request connection reject if blocked\n",
            "  tcp-request connection accept if { src 0.0.0.0/0 }\n  tcp-request connection reject if blocked\n",
        ),
        "deny-bypassed",
        "blocked",
    ),
    Commit(
        "edge",
        NEW_ERRORS,
        ("  http-request auth realm ci if host_ci !{ http_auth(builders) }\n", ""),
        "auth-removed",
        "auth realm ci",
    ),
    # 7 an ACL that lets more in
    Commit(
        "shop",
        OWN_TIMEOUT,
        ("acl office src 198.51.100.0/24", "acl office src 198.51.0.0/16"),
        "acl-widened",
        "198.51.0.0/16",
    ),
    Commit("mail", NEW_USER, ("acl staff src 10.0.0.0/8", "acl staff always_true"), "acl-widened", "always_true"),
    Commit(
        "edge",
        GIT_SERVER,
        ("acl trusted src 100.64.7.0/24", "acl trusted src 100.64.0.0/10"),
        "acl-widened",
        "100.64.0.0/10",
    ),
    # 8 limits
    Commit("shop", OFFICE, ("  timeout client 30s\n", ""), "timeout-none", "timeout client"),
    Commit("mail", FASTER_CHECKS, ("  timeout connect 4s\n", "  timeout connect 4\n"), "timeout-low", "4s → 4ms"),
    Commit("edge", TLS13, ("maxconn 60000", "maxconn 600"), "maxconn-low", "60000 → 600"),
    # 9 administration
    Commit("shop", WEIGHTS, ("  stats auth ops:not-a-real-word\n", ""), "stats-opened", "password"),
    Commit("mail", LOG_TOO, ("mode 600 level admin", "mode 666 level admin"), "socket-opened", "666"),
    Commit(
        "edge",
        WIKI_CHECK,
        ("  stats socket /var/run/haproxy.sock mode 600 level admin expose-fd listeners\n", ""),
        "own-access-lost",
        "Data Plane API",
    ),
    # 10 what nobody notices until later
    Commit("shop", MORE_CONNECTIONS, ("  option httpchk GET /health\n", ""), "check-shallow", "httpchk"),
    Commit("mail", DRAINED, ("  stick on src\n", ""), "stick-lost", "stick on src"),
    Commit("edge", SPLIT_ACL, ("  log global\n", ""), "log-removed", "log global"),
)
