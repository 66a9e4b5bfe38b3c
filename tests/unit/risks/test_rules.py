"""Rules of risk: texts with a risk, and texts that look like one and have none."""

from __future__ import annotations

import pytest

from hsync.risks import rules_by_id
from tests.unit.risks.changes import found

WEB = "frontend web\n  mode http\n  bind 198.51.100.7:8443\n"
POOL = "backend pool\n  mode http\n"
TLS = "frontend tls\n  bind :636 ssl crt x"
ACL, UNLESS, IF = "  acl ok", "  http-request deny unless ok\n", "  http-request deny if ok\n"
HSTS = "  http-response set-header Strict-Transport-Security 'max-age="
TABLE = "  stick-table type ip size 1m expire 1h store gpc0,conn_rate(1m)"
IN_EXAMPLES = {"route-added", "route-order"}
"""Rules whose other cases are in test_commits.py."""

RISKY = [
    # Traffic
    (
        (
            "frontend f\n  bind :1\n  use_backend mail if { path /m }\n  default_backend pool\n"
            "backend mail\n  server m 10.1.0.1:25\nbackend pool\n  server p 10.1.0.2:80\n"
        ),
        "frontend f\n  bind :1\n  default_backend pool\nbackend pool\n  server p 10.1.0.2:80\n",
        "high section-deleted",
    ),
    ("listen db\n  bind :3306\n  server d 10.1.0.3:3306\n", "global\n", "high section-deleted"),
    ("backend spare\n  server s 10.1.0.4:80\n", "global\n", "medium section-deleted"),
    (f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n", POOL, "high no-server-left"),
    (f"{POOL}  server a 10.1.0.1:80 weight 5\n", f"{POOL}  server a 10.1.0.1:80 weight 0\n", "high no-server-left"),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n",
        f"{POOL}  default-server disabled\n  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n",
        "high no-server-left",
    ),
    (f"{POOL}  server a 10.1.0.1:80\n", f"{POOL}  server a 10.1.0.1:80\nbackend new\n", "medium no-server-left"),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80\n  server c 10.1.0.3:80\n",
        f"{POOL}  server c 10.1.0.3:80\n",
        "medium capacity-halved",
    ),
    (
        f"{POOL}  server a 10.1.0.1:80\n  server b 10.1.0.2:80 backup\n  server c 10.1.0.3:80 backup\n",
        f"{POOL}  server b 10.1.0.2:80 backup\n  server c 10.1.0.3:80 backup\n",
        "medium capacity-halved",
    ),
    (f"defaults d\n{WEB}", f"defaults d\n  disabled\n{WEB}", "high proxy-disabled"),
    (
        f"defaults d\n  mode http\n{POOL.replace('  mode http', '  retries 2')}",
        "defaults d\n  mode tcp\nbackend pool\n  retries 2\n",
        "high mode-changed",
    ),
    ("listen l\n  bind :1\n", "listen l\n  mode http\n  bind :1\n", "medium mode-changed"),
    # Routes
    (
        f"{WEB}  default_backend pool\n{POOL}  server a h:1\n",
        f"{WEB}{POOL}  server a h:1\n",
        "high default-backend-changed",
    ),
    (
        f"defaults d\n  default_backend pool\n{WEB}{POOL}  server a h:1\nbackend x\n  server a h:1\n",
        f"defaults d\n  default_backend x\n{WEB}{POOL}  server a h:1\nbackend x\n  server a h:1\n",
        "medium default-backend-changed",
    ),
    (
        f"{WEB}  default_backend pool\n{POOL}  server a h:1\nbackend x\n  server a h:1 disabled\n",
        f"{WEB}  default_backend x\n{POOL}  server a h:1\nbackend x\n  server a h:1 disabled\n",
        "high default-backend-changed",
    ),
    (
        f"{WEB}  use_backend pool if {{ path_beg /a /b }}\n{POOL}  server a h:1\n",
        f"{WEB}  use_backend pool if {{ path_beg /a }}\n{POOL}  server a h:1\n",
        "medium route-removed",
    ),
    # Binds
    ("frontend f\n  bind :21\n  bind :990 ssl crt x\n", "frontend f\n  bind :21\n", "high bind-removed"),
    ("frontend f\n  bind :21\n", "frontend f\n  bind :2121\n", "high bind-removed"),
    (
        "frontend f\n  bind :21\n  bind :22\nfrontend g\n  bind :23\n",
        "frontend f\n  bind :21\nfrontend g\n  bind :22\n  bind :23\n",
        "medium bind-removed",
    ),
    ("frontend f\n  bind :21\n", "frontend f\n  bind :21\n  bind /run/x.sock\n", "low bind-added"),
    ("frontend f\n  bind :21\n", "frontend f\n  bind :21,:22\n", "medium bind-added"),
    ("listen f\n  bind [::1]:21\n", "listen f\n  bind [::]:21 v4v6\n", "high bind-widened"),
    ("listen f\n  bind 10.1.0.9:21\n", "listen f\n  bind *:21\n", "high bind-widened"),
    ("listen f\n  bind 10.1.0.9:21\n", "listen f\n  bind 10.1.0.8:21\n", "medium bind-narrowed"),
    (
        "listen f\n  bind :21\nlisten g\n  bind :5\n",
        "listen f\n  bind :21\nlisten g\n  bind 10.1.0.9:20-22\n",
        "high port-taken",
    ),
    ("listen f\n  bind :21 accept-proxy\n", "listen f\n  bind :21\n", "medium proxy-protocol"),
    (f"{POOL}  server a h:1\n", f"{POOL}  server a h:1 send-proxy\n", "medium proxy-protocol"),
    # TLS
    (f"{TLS} ssl-min-ver TLSv1.3\n", f"{TLS} ssl-min-ver TLSv1.2\n", "high tls-weaker"),
    (f"{TLS} no-tlsv10 no-tlsv11\n", f"{TLS} no-tlsv10\n", "high tls-weaker"),
    (f"{TLS}\n", f"{TLS} force-tlsv10\n", "high tls-weaker"),
    (f"{TLS}\n", f"{TLS} ssl-max-ver TLSv1.2\n", "medium tls-weaker"),
    (
        f"global\n  ssl-default-bind-options ssl-min-ver TLSv1.3\n{TLS} ssl-min-ver TLSv1.3\n",
        f"global\n{TLS}\n",
        "high tls-weaker",
    ),
    ("global\n", "global\n  ssl-default-server-options ssl-min-ver TLSv1.1\n", "medium tls-weaker"),
    (
        f"defaults d\n  default-server ssl ssl-min-ver TLSv1.2\n{POOL}  server a h:1\n",
        f"defaults d\n  default-server ssl ssl-min-ver TLSv1.1\n{POOL}  server a h:1\n",
        "medium tls-weaker",
    ),
    (f"{POOL}  server a h:1 ssl verify none\n", f"{POOL}  server a h:1\n", "high tls-removed"),
    (
        "global\n  ssl-default-bind-ciphers HIGH:!aNULL\n",
        "global\n  ssl-default-bind-ciphers HIGH\n",
        "high cipher-weaker",
    ),
    (f"{TLS} ciphers ECDHE+AESGCM\n", f"{TLS} ciphers ECDHE+AESGCM:AES128-SHA\n", "high cipher-weaker"),
    (f"{TLS} ciphers HIGH@SECLEVEL=2\n", f"{TLS} ciphers HIGH@SECLEVEL=0\n", "high cipher-weaker"),
    ("global\n", "global\n  ssl-server-verify none\n", "high verify-weaker"),
    (
        f"{POOL}  server a h:1 ssl ca-file c\n",
        f"{POOL}  server a h:1 ssl ca-file c\n  server b h:1 ssl verify none\n",
        "medium verify-weaker",
    ),
    (
        f"{POOL}  server a h:1 ssl verify none\n",
        f"{POOL}  server a h:1 ssl verify none\n  server b h:1 ssl verify none\n",
        "low verify-weaker",
    ),
    (
        f"{POOL}  server a h:1 ssl ca-file c sni str(x)\n",
        f"{POOL}  server a h:1 ssl ca-file c\n",
        "medium server-name-check",
    ),
    (f"{TLS} ca-file c verify required crl-file l\n", f"{TLS} ca-file c verify required\n", "high client-cert-weaker"),
    (
        f"{TLS} ca-file c verify required\n",
        f"{TLS} ca-file c verify required crt-ignore-err all\n",
        "high client-cert-weaker",
    ),
    (f"{TLS} ca-file c verify required\n", f"{TLS}\n", "high client-cert-weaker"),
    (f"{TLS} ca-file c verify optional\n", f"{TLS} ca-file d verify optional\n", "medium client-ca-changed"),
    (f"{TLS} alpn h2,http/1.1\n", f"{TLS}\n", "medium alpn-weaker"),
    (f"{TLS} strict-sni alpn h2\n", f"{TLS} alpn h2\n", "low strict-sni-removed"),
    ("listen l\n  bind :1\n", f"listen l\n  bind :1\n{TLS} allow-0rtt\n", "medium early-data"),
    (f"{TLS}\n", "frontend tls\n  bind :636 ssl crt-list other.txt\n", "low certificate-changed"),
    ("global\n", "global\n  tune.ssl.default-dh-param 1024\n", "medium dh-weak"),
    # Access
    (f"{WEB}  tcp-request connection reject if {{ src 10.9.0.0/16 }}\n", WEB, "high deny-removed"),
    (f"{WEB}  http-request return status 403 if {{ path /x }}\n", WEB, "high deny-removed"),
    (
        f"defaults d\n  http-request silent-drop if {{ path /x }}\n{WEB}",
        f"defaults d\n  retries 3\n{WEB}",
        "high deny-removed",
    ),
    (f"{WEB}  http-request deny\n", f"{WEB}  http-request deny if {{ method POST }}\n", "high deny-narrowed"),
    (
        f"{WEB}  http-request deny unless {{ src 10.9.0.0/16 }}\n",
        f"{WEB}  http-request deny unless {{ src 10.0.0.0/8 }}\n",
        "high deny-narrowed",
    ),
    (
        f"{WEB}  http-request deny if !{{ src 10.9.0.0/16 }}\n",
        f"{WEB}  http-request deny if !{{ src 10.9.0.0/16 192.168.7.7 }}\n",
        "medium deny-narrowed",
    ),
    (
        f"{WEB}  http-request deny if {{ path_beg /x }}\n",
        f"{WEB}  http-request allow if {{ hdr(x) y }}\n  http-request deny if {{ path_beg /x }}\n",
        "medium deny-bypassed",
    ),
    (
        f"{WEB}  tcp-request content reject if {{ path_beg /x }}\n",
        f"{WEB}  tcp-request content accept\n  tcp-request content reject if {{ path_beg /x }}\n",
        "high deny-bypassed",
    ),
    (f"{WEB}  http-request deny unless {{ http_auth(u) }}\n", WEB, "high auth-removed"),
    (f"{WEB}  http-request auth\n", f"{WEB}  http-request auth if {{ path_beg /x }}\n", "high auth-removed"),
    (f"{WEB}  http-request deny if {{ src_conn_cur ge 9 }}\n", WEB, "high rate-limit-weaker"),
    (
        f"{WEB}  http-request deny if {{ src_conn_cur ge 9 }}\n",
        f"{WEB}  http-request deny if {{ src_conn_cur ge 18 }}\n",
        "medium rate-limit-weaker",
    ),
    (
        f"{WEB}  http-request track-sc1 src\n  http-request deny if {{ sc1_http_err_rate gt 9 }}\n",
        f"{WEB}  http-request deny if {{ sc1_http_err_rate gt 9 }}\n",
        "high rate-limit-weaker",
    ),
    (f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}", f"{WEB}{ACL} src 10.9.0.0/16\n{UNLESS}", "high acl-widened"),
    (f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}", f"{WEB}{ACL} src 10.9.1.0/24 10.8.0.1\n{UNLESS}", "medium acl-widened"),
    (
        f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}",
        f"{WEB}{ACL} src 10.9.1.0/24\n{ACL} src 0.0.0.0/1\n{UNLESS}",
        "high acl-widened",
    ),
    (f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}", f"{WEB}{ACL} hdr(x-from) 10.9.1.0/24\n{UNLESS}", "high acl-widened"),
    (
        f"{WEB}{ACL} path_beg /a/b\n  use_backend x if ok\n",
        f"{WEB}{ACL} path_beg /a\n  use_backend x if ok\n",
        "medium acl-widened",
    ),
    (
        f"{WEB}{ACL} hdr(x) y\n  http-request allow if ok\n",
        f"{WEB}{ACL} hdr(x) -i y\n  http-request allow if ok\n",
        "high acl-widened",
    ),
    (f"{WEB}{ACL} src 10.9.0.0/16 10.7.7.7\n{IF}", f"{WEB}{ACL} src 10.9.0.0/16\n{IF}", "medium acl-narrowed"),
    (f"{WEB}{ACL} src 10.9.0.0/16\n{IF}", f"{WEB}{ACL} src 10.9.9.0/24\n{IF}", "high acl-narrowed"),
    # Headers
    (f"{WEB}{HSTS}9999; includeSubDomains'\n", WEB, "high hsts-weaker"),
    (f"{WEB}{HSTS}9999; includeSubDomains'\n", f"{WEB}{HSTS}9999'\n", "high hsts-weaker"),
    (f"{WEB}{HSTS}9999'\n", f"{WEB}{HSTS}9999' if {{ path / }}\n", "high hsts-weaker"),
    (f"{WEB}  http-after-response set-header Content-Security-Policy x\n", WEB, "medium security-header-removed"),
    (f"{WEB}  redirect scheme https if !{{ ssl_fc }}\n", WEB, "high https-redirect-removed"),
    (
        f"{WEB}  http-request redirect scheme https if !{{ ssl_fc }}\n",
        f"{WEB}  http-request redirect scheme https if !{{ ssl_fc }} {{ path / }}\n",
        "medium https-redirect-removed",
    ),
    (f"defaults d\n  option forwardfor\n{WEB}", f"defaults d\n  no option forwardfor\n{WEB}", "medium client-address"),
    (f"{WEB}  option forwardfor\n", f"{WEB}  option forwardfor if-none\n", "medium client-address"),
    (f"{WEB}  http-request del-header X-Forwarded-For\n", WEB, "medium client-address"),
    (f"{POOL}  cookie A prefix httponly\n", f"{POOL}  cookie A prefix\n", "medium cookie-less-protected"),
    (f"{WEB}  http-response replace-header Set-Cookie (.*) '\\1; Secure'\n", WEB, "medium cookie-less-protected"),
    # Administration
    ("listen s\n  bind :9\n", "listen s\n  bind :9\n  stats uri /s\n", "high stats-opened"),
    ("listen s\n  bind 127.0.0.1:9\n", "listen s\n  bind 127.0.0.1:9\n  stats uri /s\n", "low stats-opened"),
    (
        "listen s\n  bind :9\n  stats uri /s\n  http-request deny unless { src 10.9.9.9 }\n",
        "listen s\n  bind :9\n  stats uri /s\n",
        "high stats-opened",
    ),
    (
        "listen s\n  bind :9\n  stats auth a:b\n",
        "listen s\n  bind :9\n  stats auth a:b\n  stats admin if { src 10.9.9.9 }\n",
        "medium stats-admin",
    ),
    (WEB, f"{WEB}  http-request use-service prometheus-exporter if {{ path /m }}\n", "medium metrics-opened"),
    ("global\n", "global\n  stats socket ipv4@0.0.0.0:9999 level admin\n", "high socket-opened"),
    ("global\n  stats socket /s mode 600\n", "global\n  stats socket /s mode 606\n", "high socket-opened"),
    ("global\n  stats socket /s\n", "global\n  stats socket /s\n  stats socket /t mode 666\n", "high socket-opened"),
    ("global\n  stats socket /s level admin\n", "global\n  stats socket /s level user\n", "high own-access-lost"),
    ("global\n  stats socket /s\n", "global\n  maxconn 9\n", "high own-access-lost"),
    ("program api\n  command dataplaneapi -f x\n", "global\n", "high own-access-lost"),
    ("userlist dataplaneapi\n  user admin password $6$a$b\n", "userlist dataplaneapi\n", "high own-access-lost"),
    ("userlist dataplaneapi\n  user admin password $6$a$b\n", "global\n", "high own-access-lost"),
    (f"{POOL}  server a h:1\n  server api 127.0.0.1:5555\n", f"{POOL}  server a h:1\n", "high own-access-lost"),
    ("userlist u\n", "userlist u\n  user a password xyhashed\n", "medium password-weak"),
    ("userlist u\n  user a password $6$a$b\n", "userlist u\n  user a insecure-password x\n", "medium password-weak"),
    ("userlist u\n", "userlist u\n  user a password $6$a$b\n", "low user-added"),
    # Limits
    (f"defaults d\n  timeout connect 5s\n{POOL}", f"defaults d\n  retries 2\n{POOL}", "high timeout-none"),
    (f"{WEB}  timeout client 5s\n", f"{WEB}  timeout client 0\n", "high timeout-none"),
    (f"{WEB}  timeout http-request 5s\n", WEB, "medium timeout-none"),
    (f"{POOL}  timeout tunnel 5m\n", POOL, "low timeout-none"),
    (f"{POOL}  timeout connect 5s\n", f"{POOL}  timeout connect 500ms\n", "medium timeout-low"),
    (f"{POOL}  timeout connect 5m\n", f"{POOL}  timeout connect 5s\n", "medium timeout-low"),
    (f"{POOL}  timeout connect 5s\n", f"{POOL}  timeout connect 50\n", "high timeout-low"),
    (f"{POOL}  timeout queue 5s\n", f"{POOL}  timeout queue 5m\n", "low timeout-long"),
    (f"{WEB}  maxconn 900\n", f"{WEB}  maxconn 300\n", "medium maxconn-low"),
    ("listen l\n  bind :1 maxconn 900\n", "listen l\n  bind :1 maxconn 800\n", "low maxconn-low"),
    (f"{POOL}  server a h:1 maxconn 90\n", f"{POOL}  server a h:1 maxconn 9\n", "high maxconn-low"),
    ("global\n  maxsslrate 90\n", "global\n", "medium maxconn-none"),
    (f"{POOL}  server a h:1 maxconn 90\n", f"{POOL}  server a h:1 maxconn 0\n", "medium maxconn-none"),
    (f"{POOL}  retries 5\n", f"{POOL}  retries 0\n", "low retry-removed"),
    (f"{POOL}  option redispatch\n", f"{POOL}  no option redispatch\n", "low retry-removed"),
    (POOL, f"{POOL}  retry-on response-timeout\n", "medium retry-unsafe"),
    ("global\n  tune.bufsize 32768\n", "global\n  tune.bufsize 16384\n", "medium capacity-lower"),
    # Health
    (
        f"{POOL}  server a h:1 check\n  server b h:2 check\n",
        f"{POOL}  server a h:1 check\n  server b h:2\n",
        "medium check-removed",
    ),
    (
        f"{POOL}  default-server check\n  server a h:1\n",
        f"{POOL}  default-server check\n  server a h:1 no-check\n",
        "high check-removed",
    ),
    (f"{POOL}", f"{POOL}  server a h:1 check\n", "low check-shallow"),
    (
        f"defaults d\n  option httpchk\n{POOL}  server a h:1 check\n",
        f"defaults d\n  retries 2\n{POOL}  server a h:1 check\n",
        "medium check-shallow",
    ),
    (f"{POOL}  server a h:1 check fall 2\n", f"{POOL}  server a h:1 check fall 20\n", "medium check-slow"),
    (
        f"{POOL}  option httpchk\n  http-check expect status 200\n",
        f"{POOL}  option httpchk\n",
        "medium check-accepts-more",
    ),
    # Logs
    (f"defaults d\n  log global\n{WEB}", f"defaults d\n  retries 2\n{WEB}", "medium log-removed"),
    (f"defaults d\n  log global\n{WEB}", f"defaults d\n  log global\n{WEB}  no log\n", "medium log-removed"),
    ("global\n  log 10.1.1.1 local0\n  log 10.1.1.2 local0\n", "global\n  log 10.1.1.1 local0\n", "low log-removed"),
    ("global\n  log 10.1.1.1 local0\n", "global\n  log 10.1.1.1 local0 err\n", "medium log-removed"),
    (WEB, f"{WEB}  http-request set-log-level silent if {{ path /x }}\n", "low log-silenced"),
    (WEB, f"{WEB}  http-request set-log-level silent\n", "medium log-silenced"),
    # Sessions
    (f"{POOL}  cookie A insert\n", f"{POOL}  cookie B insert\n", "medium cookie-lost"),
    (
        f"{POOL}  cookie A insert\n  server a h:1 cookie x\n",
        f"{POOL}  cookie A insert\n  server a h:1 cookie y\n",
        "medium cookie-lost",
    ),
    (f"{POOL}  stick on src\n", POOL, "medium stick-lost"),
    (
        f"{POOL}{TABLE}\n",
        f"{POOL}  stick-table type string len 32 size 1m expire 1h store gpc0,conn_rate(1m)\n",
        "medium stick-lost",
    ),
    (
        f"{POOL}{TABLE}\n",
        f"{POOL}  stick-table type ip size 1m expire 1m store gpc0,conn_rate(1m)\n",
        "medium stick-lost",
    ),
    (f"{POOL}{TABLE}\n", f"{POOL}  stick-table type ip size 1m expire 1h store gpc0\n", "medium stick-lost"),
    (f"{POOL}{TABLE} peers p\n", f"{POOL}{TABLE}\n", "medium stick-lost"),
    (f"{POOL}{TABLE}\n", POOL, "medium stick-lost"),
    (f"{POOL}  balance uri\n  hash-type consistent\n", f"{POOL}  balance uri\n", "low balance-changed"),
    (f"{POOL}  balance leastconn\n", f"{POOL}  balance hdr(x)\n", "low balance-changed"),
    ("peers p\n  peer a h:1\n", "global\n", "medium peers-lost"),
    ("global\n  localpeer a\n", "global\n", "medium peers-lost"),
    # System
    ("global\n  chroot /var/empty\n", "global\n", "high rights-kept"),
    ("global\n  uid 99\n", "global\n  uid 0\n", "high rights-kept"),
    ("global\n", "global\n  setcap cap_net_raw\n", "medium rights-kept"),
    ("global\n", "global\n  insecure-fork-wanted\n", "medium code-added"),
    ("global\n", "program x\n  command /bin/x\n", "medium code-added"),
    ("global\n", "global\n  h1-accept-payload-with-any-method\n", "high parser-loosened"),
    (POOL, f"{POOL}  option accept-invalid-http-response\n", "medium parser-loosened"),
    (f"{WEB}  http-request normalize-uri path-merge-slashes\n", WEB, "medium parser-loosened"),
    (f"{WEB}  filter compression\n", WEB, "high filter-removed"),
    (f"{WEB}  http-request lua.check\n", WEB, "medium filter-removed"),
    (f"{WEB}  monitor fail if {{ nbsrv(x) 0 }}\n", WEB, "medium monitor-changed"),
    ("resolvers r\n  nameserver n 10.1.1.53:53\n", "resolvers r\n  timeout retry 1s\n", "high resolvers-lost"),
    (f"{POOL}  http-reuse never\n", f"{POOL}  http-reuse always\n", "low reuse-always"),
]

NOOP = [
    # the same meaning in other words
    (
        f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}",
        f"{WEB}  acl fine src 10.9.1.0/24\n  http-request deny unless fine\n",
        "an ACL has another name",
    ),
    (
        f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}",
        f"{WEB}  http-request deny if !{{ src 10.9.1.0/24 }}\n",
        "an anonymous ACL",
    ),
    (
        f"{WEB}{ACL} src 10.9.1.0/24 10.8.0.1\n{UNLESS}",
        f"{WEB}{ACL} src 10.8.0.1\n{ACL} src 10.9.1.0/24\n{UNLESS}",
        "an ACL on two lines",
    ),
    (f"{WEB}{ACL} src 10.9.1.0/24\n{UNLESS}", f"{WEB}{UNLESS}{ACL} src 10.9.1.0/24\n", "ACLs may stand below"),
    (
        f"{WEB}  http-request deny if {{ path_beg /x }} or {{ path_beg /y }}\n",
        f"{WEB}  http-request deny if {{ path_beg /y }}\n  http-request deny if {{ path_beg /x }}\n",
        "one rule is two",
    ),
    (
        f"{WEB}  http-request deny unless {{ path / }} {{ src 10.1.1.1 }}\n",
        f"{WEB}  http-request deny if !{{ path / }} || !{{ src 10.1.1.1 }}\n",
        "De Morgan",
    ),
    (
        f"{WEB}  http-request deny if {{ hdr_beg(host) a }}\n",
        f"{WEB}  http-request deny if {{ hdr(host) -m beg a }}\n",
        "the same match",
    ),
    (
        f"defaults d\n  timeout client 30s\n{WEB}",
        f"defaults d\n{WEB}  timeout client 30000\n",
        "a timeout in its own section, in another unit",
    ),
    (
        f"defaults d\n  option forwardfor\n{WEB}",
        f"defaults e\n  option forwardfor\n{WEB}",
        "defaults have another name",
    ),
    (
        f"{POOL}  default-server check\n  server a h:1\n",
        f"{POOL}  server a h:1 check\n",
        "default-server is written out",
    ),
    (
        f"global\n  ssl-default-bind-options ssl-min-ver TLSv1.3\n{TLS} ssl-min-ver TLSv1.3\n",
        f"global\n  ssl-default-bind-options ssl-min-ver TLSv1.3\n{TLS}\n",
        "global has the version",
    ),
    (f"{TLS} ssl-min-ver TLSv1.2\n", f"{TLS}\n", "it is HAProxy's own lowest version"),
    (
        f"{WEB}  http-request deny if {{ path /x }}\n",
        f"{WEB}  http-request deny if {{ path /x }} or {{ path /y }}\n",
        "more is kept out",
    ),
    (
        f"{WEB}  http-request deny if {{ path /x }}\n",
        f"{WEB}  http-request deny if {{ path_beg /x }}\n",
        "more is kept out by a prefix",
    ),
    (
        f"{WEB}  http-request allow if {{ src 10.1.1.1 }}\n  http-request deny if {{ src 10.2.2.2 }}\n",
        f"{WEB}  http-request deny if {{ src 10.2.2.2 }}\n  http-request allow if {{ src 10.1.1.1 }}\n",
        "a denial moves up",
    ),
    (
        f"{WEB}  http-request deny if {{ src 10.2.2.2 }}\n  http-request allow if {{ src 10.1.1.1 }}\n",
        f"{WEB}  http-request allow if {{ src 10.1.1.1 }}\n  http-request deny if {{ src 10.2.2.2 }}\n",
        "no request matches both",
    ),
    (
        f"{WEB}  use_backend a if {{ hdr(host) a }}\n  use_backend b if {{ hdr(host) b }}\n",
        f"{WEB}  use_backend b if {{ hdr(host) b }}\n  use_backend a if {{ hdr(host) a }}\n",
        "routes that exclude each other",
    ),
    (
        f"{WEB}  use_backend a if {{ path_beg /a }}\n  use_backend b if {{ path_beg /b }}\n",
        f"{WEB}  use_backend b if {{ path_beg /b }}\n  use_backend a if {{ path_beg /a }}\n",
        "prefixes that exclude each other",
    ),
    (
        "frontend f\n  bind :1\n  default_backend old\nbackend old\n  server s h:1\n",
        "frontend f\n  bind :1\n  default_backend new\nbackend new\n  server s h:1\n",
        "a backend has another name",
    ),
    (
        "frontend f\n  bind :1\nfrontend g\n  bind :2\n",
        "frontend g\n  bind :2\nfrontend f\n  bind :1\n",
        "sections in another order",
    ),
    ("listen l\n  bind :80\n", "listen l\n  bind *:80\n", "all addresses in other words"),
    (
        f"{WEB}  http-request set-header A b\n  http-request del-header C\n",
        f"{WEB}  http-request del-header C\n  http-request set-header A b\n",
        "rules without an effect on each other",
    ),
    (
        f"{TLS} ciphers ECDHE+AESGCM:!MD5\n",
        f"{TLS} ciphers ECDHE-RSA-AES128-GCM-SHA256\n",
        "single ciphers need no exclusion",
    ),
    (
        "listen l\n  bind :80\n",
        "listen l\n  bind :80\n  bind quic4@:443 ssl crt x\n  bind :443 ssl crt x\n",
        "QUIC has ports of its own",
    ),
    ("listen l\n  bind :80\n", "listen l\n  bind :80\n  bind [::]:80\n", "the same port of IPv6"),
    (
        "global\n  stats socket /s mode 660 level admin\n",
        "global\n  stats socket /s mode 600 level admin\n",
        "a narrower mode",
    ),
    (
        f"{WEB}  http-request deny if {{ src_conn_cur ge 9 }}\n",
        f"{WEB}  http-request deny if {{ src_conn_cur ge 5 }}\n",
        "a lower limit keeps out more",
    ),
    (
        f"{WEB}  tcp-request connection reject if {{ src 10.2.2.2 }}\n",
        f"{WEB}  http-request deny if {{ src 10.2.2.2 }}\n",
        "the same on another layer",
    ),
    (f"{WEB}{ACL} src 10.9.0.0/16\n{UNLESS}", f"{WEB}{ACL} src 10.9.9.0/24\n{UNLESS}", "an exception is narrower"),
    (f"{POOL}  timeout server 30s\n", f"{POOL}  timeout server 20s\n", "still long enough"),
    (f"{POOL}  server a h:1 disabled\n", POOL, "a disabled server is removed"),
    (
        f"{POOL}  server a h:1 ssl verify required ca-file x\n",
        f"{POOL}  default-server ssl verify required ca-file x\n  server a h:1\n",
        "default-server has the checks",
    ),
    (
        "userlist u\n  user a password $6$a$b\n",
        "userlist u\n  user a password $6$a$c\n",
        "a new password with a good hash",
    ),
    (
        f"{WEB}  use_backend b\n{POOL}",
        f"{WEB}  http-request deny if {{ path /x }}\n  use_backend b\n{POOL}",
        "a new denial",
    ),
    (
        f"{WEB}  default_backend pool\n  http-request deny if {{ path /x }}\n{POOL}  server a h:1\n",
        f"{WEB}  default_backend pool\n{POOL}  http-request deny if {{ path /x }}\n  server a h:1\n",
        "a denial moves to the only backend",
    ),
    (
        f"{WEB}  default_backend pool\n{POOL}  http-request deny if {{ path /x }}\n  server a h:1\n",
        f"{WEB}  default_backend pool\n  http-request deny if {{ path /x }}\n{POOL}  server a h:1\n",
        "a denial moves to the frontend",
    ),
    (f"{WEB}{HSTS}9999'\n{POOL}", f"{WEB}{POOL}{HSTS}9999'\n", "a header is set in the backend"),
]
"""Before, after, and why this is no risk of severity high."""


@pytest.mark.parametrize(("before", "after", "risk"), RISKY, ids=[f"{n} {row[2]}" for n, row in enumerate(RISKY)])
def test_a_risk_is_found(before: str, after: str, risk: str) -> None:
    assert risk in found(before, after)


@pytest.mark.parametrize(("before", "after", "reason"), NOOP, ids=[row[2] for row in NOOP])
def test_there_is_no_high_risk(before: str, after: str, reason: str) -> None:
    assert [one for one in found(before, after) if one.startswith("high")] == [], reason


def test_every_rule_has_a_case() -> None:
    named = {row[2].split()[1] for row in RISKY}
    assert {rule.id for rule in rules_by_id().values() if rule.example} - named - IN_EXAMPLES == set()
