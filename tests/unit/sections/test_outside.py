"""What a configuration takes from outside of its text is found, however it is spelled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hsync.sections.outside import ANYWHERE, CALLS, FIRST, RULES, reaches
from tests.corpus import CORPUS, needs_corpus

READS: list[tuple[str, tuple[str, ...]]] = [
    # A line, and the files that it reads.
    ("lua-load x.lua", ("x.lua",)),
    ("lua-load /x.lua a b", ("/x.lua",)),
    ("lua-load-per-thread x.lua", ("x.lua",)),
    ("lua-prepend-path /lua/?.lua cpath", ("/lua/?.lua",)),
    ("ssl-dh-param-file dh.pem", ("dh.pem",)),
    ("ssl-engine rdrand", ("rdrand",)),
    ("ssl-provider legacy", ("legacy",)),
    ("ssl-provider-path /p", ("/p",)),
    ("issuers-chain-path /i", ("/i",)),
    ("ca-base /c", ("/c",)),
    ("crt-base /c", ("/c",)),
    ("key-base /c", ("/c",)),
    ("default-path config", ("config",)),
    ("default-path origin /etc", ("origin",)),
    ("httpclient.ssl.ca-file /ca", ("/ca",)),
    ("server-state-base /s", ("/s",)),
    ("server-state-file /s", ("/s",)),
    ("server-state-file-name s", ("s",)),
    ("load-server-state-from-file global", ("global",)),
    ("load-server-state-from-file local", ("local",)),
    ("load-server-state-from-file none", ()),
    ("stats-file /s", ("/s",)),
    ("shm-stats-file /s", ("/s",)),
    ("h1-case-adjust-file /h", ("/h",)),
    ("51degrees-data-file /d", ("/d",)),
    ("deviceatlas-json-file /d", ("/d",)),
    ("wurfl-data-file /d", ("/d",)),
    ("wurfl-patch-file /d", ("/d",)),
    ("backing-file /ring", ("/ring",)),
    ("account-key /k", ("/k",)),
    ("eab-mac-key /k", ("/k",)),
    ("map virt@acme", ()),
    ("map /acme.map", ("/acme.map",)),
    ("chroot /var/empty", ("/var/empty",)),
    ("errorfile 503 /etc/503.http", ("/etc/503.http",)),
    ("errorfile 503", ()),
    ("parse-resolv-conf", ("/etc/resolv.conf",)),
    ("acl a src -f /etc/shadow", ("/etc/shadow",)),
    ("acl a src -i -M -f a.lst -f b.lst 10.0.0.1", ("a.lst", "b.lst")),
    ("acl a src -f virt@a", ()),
    ("acl a src -f opt@a.lst", ("opt@a.lst",)),
    ("http-request deny if { src -f /etc/shadow }", ("/etc/shadow",)),
    ("use_backend b if { path -f x }", ("x",)),
    ("bind :443 ssl crt a.pem alpn h2", ("a.pem",)),
    ("bind :443 ssl crt a.pem crt b.pem ca-file c.pem crl-file d.pem", ("a.pem", "b.pem", "c.pem", "d.pem")),
    ("bind :443 ssl default-crt a.pem", ("a.pem",)),
    ("bind :443 ssl crt @web/site", ()),
    ("bind :443 ssl crt-list l ca-sign-file s ca-verify-file v tls-ticket-keys t ech e", ("l", "s", "v", "t", "e")),
    ("server s 1.2.3.4:5 ssl ca-file @system-ca crt c.pem", ("c.pem",)),
    ("default-server ssl crt c.pem", ("c.pem",)),
    ("server-template s 1-3 h:1 ssl crt c.pem", ("c.pem",)),
    ("peer p 1.2.3.4:5 ssl crt c.pem", ("c.pem",)),
    ("stats socket /run/s ssl crt c.pem", ("c.pem",)),
    ("load crt a.pem key b.key ocsp c issuer d sctl e alias f", ("a.pem", "b.key", "c", "d", "e")),
    ("ssl-f-use crt a.pem key b.key", ("a.pem", "b.key")),
    ("http-request return status 200 content-type text/plain file /etc/shadow", ("/etc/shadow",)),
    ("http-request return status 200 content-type text/plain lf-file /etc/shadow", ("/etc/shadow",)),
    ("http-request deny deny_status 403 errorfile /x", ("/x",)),
    ("http-response return errorfile /x", ("/x",)),
    ("http-error status 403 content-type a file /x", ("/x",)),
    ("filter spoe engine e config /spoe.conf", ("/spoe.conf",)),
    ("filter opentracing id i config /o", ("/o",)),
    ("http-request set-var(txn.a) src,map(/etc/shadow)", ("/etc/shadow",)),
    ("http-request set-var(txn.a) src,map_ip_int(/m,0)", ("/m",)),
    ('use_backend "%[req.hdr(host),lower,map_dom(m.map,b)]"', ("m.map",)),
    ('log-format "%[src,map(a.map)] %[src,map_str( b.map )]"', ("a.map", "b.map")),
    ("http-request set-map(/m) %[src] x", ("/m",)),
    ("http-request del-map(/m) %[src]", ("/m",)),
    ("http-response add-acl(/a) %[src]", ("/a",)),
    ("http-after-response del-acl(/a) %[src]", ("/a",)),
    ('http-request deny unless { txn,jwt_verify(txn.alg,"/k.pem") }', ("/k.pem",)),
    ("http-request set-var(txn.b) txn,jwt_verify_cert(a,k.pem)", ("k.pem",)),
    ("http-request set-var(txn.b) txn,jwt_decrypt_cert(k.pem)", ("k.pem",)),
]


@pytest.mark.parametrize(("line", "names"), READS)
def test_a_file_that_a_line_reads_is_found(line: str, names: tuple[str, ...]) -> None:
    found = list(reaches(f"global\n  {line}\n"))
    assert sorted(one.name for one in found) == sorted(names)
    assert {one.line for one in found} <= {2}


@pytest.mark.parametrize(
    "line",
    [
        '"lua-load" x.lua',
        "'lua-load' x.lua",
        'lua"-"load x.lua',
        r"lua\x2dload x.lua",
        "\tlua-load\tx.lua # a comment",
        "lua-load 'x.lua'",
        "lua-load x.lua\r",
    ],
)
def test_quotes_and_escapes_hide_nothing(line: str) -> None:
    assert [one.name.rstrip() for one in reaches(line)] == ["x.lua"]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('bind "${HSYNC_PASSWORD}"', "$HSYNC_PASSWORD is a variable"),
        ('bind "$HOME:80"', "$HOME is a variable"),
        ('"${A-lua-load}" x.lua', "$A is a variable"),
        ('"lua${EMPTY}-load" x.lua', "$EMPTY is a variable"),
        (".if defined(HOME)", ".if depends on what is around"),
        (".elif 1", ".elif depends"),
        (".alert x", ".alert depends"),
        ("setenv HOSTALIASES /etc/shadow", "setenv changes variables"),
        ("presetenv A b", "presetenv changes"),
        ("resetenv A", "resetenv changes"),
        ("unsetenv A", "unsetenv changes"),
    ],
)
def test_what_depends_on_the_environment_is_found_and_is_no_file(line: str, what: str) -> None:
    (found,) = reaches(line)
    assert what in found.what
    assert found.name == ""


HARMLESS = [
    "",
    "# lua-load x.lua",
    "backend crt",
    "backend -f",
    "acl crt path_beg /crt",
    "use_backend crt if { path / }",
    "default_backend crt",
    "description lua-load",
    "http-request set-header X-Lua lua-load",
    "http-request set-path '%[path,regsub(^/$HOME,/)]'",
    r'http-request set-path "%[path,regsub(^/\$HOME,/)]"',
    "http-request replace-path (.*)$ \\1",
    "http-request set-var(txn.map) str(x)",
    "http-request set-var(txn.a) src,bitmap(x)",
    "http-request return status 200 content-type text/plain string file",
    "log-format %[var(txn.map)]",
    "server file 1.2.3.4:5 check",
    "server s 1.2.3.4:5 ssl verify none",
    "option httpchk",
    "stick-table type ip size 1m",
    "errorloc 503 /x",
    "bind /run/haproxy.sock mode 600",
    "pidfile /run/haproxy.pid",
    "http-request set-var(txn.b) txn,jwt_payload_query('$.iss')",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_stays_in_the_text_is_not_found(line: str) -> None:
    assert list(reaches(line)) == []


def test_a_secret_in_a_call_is_not_told() -> None:
    (found,) = reaches("http-request deny unless { txn,jwt_verify(txn.alg,hunter2) }")
    assert found.what == "jwt_verify() reads a key"


def test_the_table_is_tested_word_by_word() -> None:
    lines = [line for line, _ in READS]
    named = {word for line in lines for word in line.split()}
    assert set(FIRST) | ANYWHERE | set().union(*RULES.values()) <= named
    calls = {match["name"] for line in lines for match in CALLS.finditer(line)}
    assert {"map", "map_ip_int", "jwt_verify", "jwt_verify_cert", "jwt_decrypt_cert", "set-map", "del-acl"} <= calls


NO_FILES = {
    "cpu-map": "numbers",
    "errorfiles": "the name of a section http-errors",
    "hash-key": "id, addr or port",
    "eab-key-id": "read like eab-mac-key only in a later release; a name here",
    "directory": "a URL",
    "keytype": "a type",
    "profile": "a name",
    "provider-name": "a name",
    "reuse-key": "on or off",
    "init-state": "a state",
    "dynamic-cookie-key": "the key itself",
    "pidfile": "written by a HAProxy that starts, not by a check",
    "external-check": "run by a HAProxy that runs",
    "crt-ignore-err": "numbers of errors",
    "crt-store": "a section",
    "generate-certificates": "on or off",
    "redir": "a URL",
    "ssl-load-extra-files": "kinds of files beside those that are named",
    "ssl-load-extra-del-ext": "on or off",
    "shm-stats-file-max-objects": "a number",
}
"""Keywords that sound like files, and what they take."""

SUSPICIOUS = re.compile(r"file|path|base|load|crt|cert|pem|lua|map|key|dir|engine|provider|env|(^|-)ech$|state")
_ON_OR_OFF = re.compile(r"tune\.|expose-|mworker|http-(request|response|after-response) |h1-accept")


@needs_corpus
@pytest.mark.parametrize("release", ["2.8", "3.5-dev5"])
def test_no_keyword_of_haproxy_that_sounds_like_a_file_is_forgotten(release: str) -> None:
    """HAProxy prints all keywords that are registered (`haproxy -dKall`)."""
    text = (Path(CORPUS) / "keywords" / f"{release}.txt").read_text(encoding="utf-8")
    part = text.partition("registered configuration keywords:\n")[2].partition("\n# List")[0]
    lines = [line.removesuffix("*").strip() for line in part.splitlines()]
    words = {re.sub(r" \+\d+$", "", line).split()[-1] for line in lines if line and not _ON_OR_OFF.match(line)}
    known = set(FIRST) | ANYWHERE | set().union(*RULES.values()) | set(NO_FILES)
    known |= {"presetenv", "setenv", "resetenv", "unsetenv", "load"}
    assert {word for word in words if SUSPICIOUS.search(word)} - known == set()
