"""Values: the words that random lines are made of, by the name of the JSON field that they fill.

Rule 1: a field without an entry takes WORDS. An entry is needed only where HAProxy would refuse those.
Rule 2: every name of a section is unmistakable (`BACKENDS` and its like occur in no other value), so that whoever
removes a section can see who refers to it.

A key is a field's last name, or a line's first words and the name, `global set-var expr`; the longest that fits counts.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["NAMES", "ODD", "candidates"]

NAMES: Mapping[str, tuple[str, ...]] = {
    "acme": ("acm1", "acm2"),
    "backends": ("bck1", "bck2", "bck3"),
    "caches": ("cch1", "cch2"),
    "crt_stores": ("crs1", "crs2"),
    "defaults": ("dfl1", "dfl2"),
    "fcgi_apps": ("fcg1", "fcg2"),
    "frontends": ("frn1", "frn2", "frn3"),
    "healthchecks": ("hlc1", "hlc2"),
    "http_errors_sections": ("hte1", "hte2"),
    "log_forwards": ("lgf1", "lgf2"),
    "log_profiles": ("lgp1", "lgp2"),
    "mailers_section": ("mlr1", "mlr2"),
    "peer_section": ("prs1", "prs2"),
    "resolvers": ("rsl1", "rsl2"),
    "rings": ("rng1", "rng2"),
    "userlists": ("usl1", "usl2"),
}
"""Names of sections by collection. A field that `refers` to a collection takes one of these."""

WORDS = ("alpha", "beta", "x-1", "b.c", "G_7", "10", "/d/e")
PHRASES = (*WORDS, "alpha beta", '"alpha beta" gamma')

ODD = (
    r"a\ b",
    '"two words"',
    "'it \"is\"'",
    r'"say \"no\""',
    r"back\\slash",
    r"\#1",
    '"#2"',
    "%[src]",
    "a,b;c",
    "${HOME}",
    '"$PWD"',
    "(x)",
    "é",
)
"""Words with quotes, escapes and the like, where any word may stand."""

TESTS = ("TRUE", "{ src 10.0.0.0/8 }", "!FALSE", "{ src 10.0.0.1 } || { src -f /dev/null }", "{ always_false } TRUE")
STRINGS = ("str(a)", "src", "str(b),lower", "int(7)")
FORMATS = ("lit", "%[src]", '"a %[src] b"', r"a\ b", "%[str(x),upper]")
ADDRESSES = ("127.0.0.1", "10.1.2.3", "192.168.1.77")
FILES = ("/dev/null",)
CURVES = ("P-256", "X25519:P-256", "secp384r1")
CIPHERS = ("HIGH", "ECDHE-RSA-AES128-GCM-SHA256", "HIGH:!aNULL")
SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256")
SIGALGS = ("RSA+SHA256", "ECDSA+SHA256:RSA+SHA256")
TLS_OPTIONS = ("no-sslv3", "no-tlsv10 no-tlsv11", "ssl-min-ver TLSv1.2", "no-tls-tickets")
REGEXES = ("^(.*)$", "a.c", "/x/(.*)", "[0-9]+")
HEADERS = ("x-one", "x-two", "cache-control", "Host")
ERROR_CODES = ("400-499", "500 502-504", "404", "+410", "-401")

_BY_KEY: Mapping[str, tuple[str, ...]] = {
    # conditions
    "cond_test": TESTS,
    "stats_admin_cond_test": TESTS,
    "force-persist cond_test": ("TRUE", "FALSE", "METH_GET"),
    "ignore-persist cond_test": ("TRUE", "FALSE", "METH_GET"),
    "acl_name": ("acl_a", "acl_b"),
    "criterion": ("src",),
    "acl value": ("10.0.0.0/8", "10.0.0.1 10.0.0.2", "-f /dev/null", "192.168.0.0/16"),
    "acl_file": FILES,
    "map_file": FILES,
    "acl_keyfmt": ("%[src]", "key"),
    "map_keyfmt": ("%[src]", "key"),
    "map_valuefmt": ("%[src]", "value"),
    # expressions and formats
    "expr": STRINGS,
    "global set-var expr": ("str(a)", "int(7)", "str(b),lower"),
    "global set-var name": ("proc.a", "proc.b_2"),
    "global set-var-fmt name": ("proc.c", "proc.d"),
    "global set-var-fmt format": ("lit", "%[str(x)]", '"a %[pid] b"'),
    "http-request set-timeout timeout": ("5s", "100", "int(7)"),
    "http-response set-timeout timeout": ("5s", "100", "int(7)"),
    "pause expr": ("10ms", "int(7)"),
    "set-bc-mark expr": ("1", "0x10", "4294967295", "int(3)"),
    "set-fc-mark expr": ("1", "0x10", "4294967295", "int(3)"),
    "set-bc-tos expr": ("1", "0x10", "255", "int(3)"),
    "set-fc-tos expr": ("1", "0x10", "255", "int(3)"),
    "attach-srv expr": ("str(a)",),
    "gpt_value": ("int(3)", "src_port"),
    "sc_expr": ("int(3)", "src_port"),
    "sc-add-gpc expr": ("int(3)", "src_port"),
    "sc-set-gpt expr": ("int(3)", "src_port"),
    "sc-set-gpt0 expr": ("int(3)", "src_port"),
    "do-resolve expr": ("str(a.example)",),
    "var_expr": STRINGS,
    "http-check var_expr": ("str(a)", "int(7)"),
    "tcp-check var_expr": ("str(a)", "int(7)"),
    "http-check set-var-fmt var_expr": ("lit", "%[str(a)]"),
    "var_fmt": ("lit", "%[str(a)]"),
    "var_format": FORMATS,
    "capture_sample": ("src", "str(a)"),
    "tcp-request capture expr": ("src", "str(a)"),
    "hdr_expr": ("str(a)",),
    "hash_expression": ("src", "src,ipmask(24)", "str(a)"),
    "hash_key": ("id", "addr", "addr-port"),
    "pattern": ("src", "src_port"),
    "stick pattern": ("src", "src,ipmask(24)"),
    "http-check expect pattern": ("200", "200-299"),
    "tcp-check expect pattern": ("+OK", "0a0b"),
    "track_key": ("src",),
    "track_sc_key": ("src",),
    "key": ("src", "/etc/k.pem"),
    "filter key": ("src",),
    "filter table": ("bck1",),
    "table": NAMES["backends"],
    "hdr_format": FORMATS,
    "fmt": ("lit", "%[str(a)]"),
    "format": ("lit", "%[src]"),
    "log-stderr format": ("rfc5424", "raw", "short"),
    "log_format": ("%ci:%cp", '"%ci %[src] x"', r"%ci\ %ST", "lit"),
    "log_format_sd": ("lit", '"[a %ci]"'),
    "error_log_format": ("%ci:%cp", '"%ci %[src] x"'),
    "unique_id_format": ("%ci:%cp", "%{+X}o\\ %ci"),
    "hint_format": ("lit", "%[src]"),
    "method_fmt": ("GET", "%[str(PUT)]"),
    "path_fmt": ("/p", r"/%[src]", r"\1"),
    "uri-fmt": ("/p", "/%[src]"),
    "path_match": REGEXES,
    "uri-match": REGEXES,
    "hdr_match": REGEXES,
    "uri_log_format": ("/p", "/%[str(a)]"),
    "body_log_format": ("lit", "%[str(a)]"),
    "hex_string": ("0a0b", "ff"),
    "hex_fmt": ("0a0b", "%[str(a),hex]"),
    "data": ("PING", r"a\r\n"),
    "sni": ("str(a.example)", "a.example"),
    "server sni": ("str(a.example)", "src"),
    "default-server sni": ("str(a.example)", "src"),
    "by_expr": ("src",),
    "for_expr": ("src",),
    "by_port_expr": ("src_port",),
    "for_port_expr": ("src_port",),
    "host_expr": ("str(a.example)",),
    # names of things
    "name": ("nm1", "nm2", "nm3", "nm4"),
    "prefix": ("px1-", "px2-"),
    "server_name": ("bck1/nm1",),
    "target_server": ("nm1", "nm2"),
    "track": ("bck1/nm1",),
    "username": ("usr1", "usr2", "usr3"),
    "users": ("usr1", "usr1,usr2"),
    "user groups": ("nm1", "nm1,nm2"),
    "password": ("$5$abc$def", "secret1", "$6$x/y.z"),
    "hdr_name": HEADERS,
    "header": HEADERS,
    "hint_name": ("Link", "x-early"),
    "http_send_name_header": HEADERS,
    "unique_id_header": HEADERS,
    "http-check name": HEADERS,
    "http-request name": HEADERS,
    "http-response name": HEADERS,
    "http-error name": HEADERS,
    "pass-header name": ("X-One", "Accept"),
    "set-param name": ("DOC_ROOT", "A_1"),
    "presetenv name": ("HSYNC_A", "HSYNC_B"),
    "setenv name": ("HSYNC_A", "HSYNC_B"),
    "h1-case-adjust from": ("content-type", "x-one"),
    "h1-case-adjust to": ("Content-Type", "X-One"),
    "hdr_method": ("str", "beg", "end", "sub", "reg"),
    "var_scope": ("txn", "sess", "req", "proc"),
    "var_name": ("va", "v_b"),
    "do-resolve var_name": ("txn.va", "txn.v_b"),
    "cookie name": ("SRV", "JSID"),
    "cookie value": (".example.com", "SameSite=None"),
    "rdp_cookie_name": ("mstshash",),
    "user": ("nobody", "root"),
    "group": ("nogroup", "root"),
    "id": ("7", "8", "1001"),
    "mode": ("600", "660"),
    "uid": ("0", "1"),
    "namespace": ("ns1",),
    "interface": ("lo", "eth0"),
    "default_backend": NAMES["backends"],
    "localpeer": ("nm1", "nm2"),
    "spoe_engine": ("spoe1",),
    "spoe_engine_name": ("spoe1",),
    "lua_action": ("act1",),
    "service_name": ("prometheus-exporter",),
    "tcp-request service_name": ("lua.srv1",),
    "from": ("a@b.example", "root@c.example"),
    "to": ("d@e.example",),
    "sample_range": ("1,2-5:8", "1:2", "1-3:10"),
    "sample__ranges": ("1,2-5:8", "1:2"),
    # addresses
    "address": ("10.0.0.1:514", "/dev/log", "stdout", "127.0.0.1"),
    "stats socket address": ("/tmp/hsync-a.sock", "/tmp/hsync-b.sock", "ipv4@127.0.0.1:9999"),
    "addr": ADDRESSES,
    "agent-addr": ADDRESSES,
    "health_check_address": ADDRESSES,
    "socks4": ("127.0.0.1:1080",),
    "source": ("10.0.0.9", "10.0.0.9:1024", "0.0.0.0 usesrc clientip", "10.0.0.9 interface lo"),
    "source__address": ("10.0.0.9", "10.0.0.9:1024", "0.0.0.0"),
    "source__address_second": ("10.0.0.7", "10.0.0.7:1025"),
    "source__hdr": ("hdr_ip(x-forwarded-for)", "hdr_ip(x-forwarded-for,-1)"),
    "except": ("127.0.0.0/8", "10.0.0.1"),
    "init-addr": ("last,libc,none", "none", "10.0.0.1", "libc"),
    "resolve-net": ("10.0.0.0/8", "10.0.0.0/8,192.168.0.0/16"),
    "agent-send": ("ping", r"ping\n"),
    "redir": ("http://a.example",),
    "url": ("/e", "http://a.example/e"),
    "redir_value": ("/p", "https://a.example", "https"),
    "redir_option": ("set-cookie A=b", "clear-cookie A="),
    "stats_uri_prefix": ("/stats", "/admin?stats"),
    "monitor_uri": ("/up",),
    "uri": ("/", "/health?x=1"),
    "version": ("HTTP/1.1", "HTTP/1.0"),
    "host": ("a.example",),
    "user__passwd": ("usr1:pw1", "usr2:pw2"),
    # numbers
    "bits": ("1024", "2048", "4096"),
    # numbers that are words
    "backlog": ("100", "1000"),
    "mss": ("1400", "1460"),
    "thread": ("1/1", "1/all", "all"),
    "shards": ("by-thread", "by-group", "2"),
    "num_or_range": ("1-3", "4"),
    "thread-group num_or_range": ("1", "1-2"),
    "thread-group group": ("1", "2"),
    "process": ("1", "1/1", "all"),
    "cpu_set": ("0", "0-1", "0 1"),
    "set": ("0", "0-1"),
    "size": ("1m", "100k", "1000"),
    "expire": ("30s", "5m", "1000"),
    "timeout": ("5s",),
    "sc_inc_id": ("0", "1"),
    "sc_idx": ("0", "1"),
    "sc_id": ("0", "1"),
    "bandwidth_limit_name": ("bw1",),
    "bandwidth_limit_limit": ("int(100)", "100k"),
    "bandwidth_limit_period": ("int(100)", "5s"),
    "mark_value": ("1", "0x10"),
    "tos_value": ("1", "0x10"),
    "port_string": ("80", "443"),
    "http-check port_string": ("str(80)",),
    "store": ("gpc0", "conn_cnt,http_req_rate(10s)", "server_id"),
    "write_to": NAMES["backends"],
    "retry_on": ("conn-failure", "all-retryable-errors", "503 504 empty-response"),
    "global value": ERROR_CODES,
    "types": ("text/html", "text/plain application/json"),
    # TLS
    "alpn": ("h2,http/1.1", "http/1.1"),
    "check_alpn": ("h2,http/1.1", "http/1.1"),
    "npn": ("http/1.1",),
    "proto": ("h2", "h1"),
    "check_proto": ("h2", "h1"),
    "switch_mode_proto": ("h2", "h1"),
    "curves": CURVES,
    "default_bind_curves": CURVES,
    "default_server_curves": CURVES,
    "ecdhe": ("secp384r1", "prime256v1"),
    "ciphers": CIPHERS,
    "default_bind_ciphers": CIPHERS,
    "default_server_ciphers": CIPHERS,
    "ciphersuites": SUITES,
    "default_bind_ciphersuites": SUITES,
    "default_server_ciphersuites": SUITES,
    "sigalgs": SIGALGS,
    "client_sigalgs": SIGALGS,
    "default_bind_sigalgs": SIGALGS,
    "default_bind_client_sigalgs": SIGALGS,
    "default_server_sigalgs": SIGALGS,
    "default_server_client_sigalgs": SIGALGS,
    "default_bind_options": TLS_OPTIONS,
    "default_server_options": TLS_OPTIONS,
    "ca_ignore_err": ("all", "10,20"),
    "crt_ignore_err": ("all", "10,20"),
    "load_extra_files": ("bundle", "all", "none"),
    "provider": ("default", "legacy"),
    "setcap": ("cap_net_bind_service", "cap_net_raw,cap_net_bind_service"),
    "directory": ("https://acme.example/dir",),
    "challenge_ready": ("cli", "dns", "cli,dns"),
    "return_content_type": ("text/plain", '"text/html; charset=utf-8"'),
    "return_content": ('"some text"', "plain", "/dev/null"),
    "on_error": ("lit", "%[str(a)]"),
    "on_success": ("lit", "%[str(a)]"),
    "status-code": ("int(200)",),
    "facility": ("local0", "daemon"),
    "level": ("info", "err"),
    "minlevel": ("emerg", "crit"),
    "trace": ("h2 sink stderr", "h2 level developer start now"),
    "openlibs": ("all", "string,math"),
    "dns_accept_family": ("ipv4", "ipv6", "auto", "ipv4,ipv6"),
    "quic-cc-algo": ("cubic", "newreno", "cubic(10m)", "bbr(20k,5)", "nocc"),
    "acme_vars": ('"a=b"', "a=b,c=d", '"Key=x/y,c-1=d"'),
    "set-proxy-v2-tlv-fmt.id": ("0x20", "234"),
    "description": PHRASES,
    "algorithms": ("RSA", "ALL"),
}


def candidates(head: str, path: str) -> tuple[str, ...]:
    """What may stand for a field.

    Args:
        head: the first words of the line, `http-request set-src`; with the section's kind in front for its own lines.
        path: the field, dotted.
    """
    words = head.split()
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            found = _BY_KEY.get(" ".join((*words[start:end], path.rpartition(".")[2])))
            if found:
                return found
    return _BY_KEY.get(path, _BY_KEY.get(path.rpartition(".")[2], ()))
