"""Undefined names: found exactly where HAProxy looks them up. HAProxy 2.8 checks the same texts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hsync.dataplane.embedded import find_haproxy
from hsync.model import Configuration
from hsync.plan.references import misspellings, undefined
from tests.property.haproxy import needs_haproxy

TIMEOUTS = "  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n"
HEAD = f"defaults\n  mode http\n{TIMEOUTS}"
F = "frontend f\n  bind 127.0.0.1:18080\n"
G = "frontend g\n  bind 127.0.0.1:18081\n"
B = f"{F}  default_backend b\nbackend b\n"
X = f"defaults x\n  mode http\n{TIMEOUTS}"
L = "listen l\n  bind 127.0.0.1:18082\n"
PEERS = "peers p\n  table t type ip size 1k store conn_cnt\n"

MISSING = [
    (f"{F}  default_backend no\n", "backend 'no' does not exist"),
    (f"{L}  default_backend no\n", "backend 'no' does not exist"),
    (f"{B}  default_backend no\n", "backend 'no' does not exist"),
    (f"{X}  default_backend no\n{F}", "backend 'no' does not exist"),
    (f"{F}  use_backend no\n", "backend 'no' does not exist"),
    (f"{F}  use_backend no if {{ path /a }}\n", "backend 'no' does not exist"),
    (f"{F}  use_backend g\n{G}", "'g' is a frontend, not a backend"),
    (f"{F}  use_backend $NO\n", "backend '$NO' does not exist"),
    (f"{B}  use-server no if TRUE\n  server s 127.0.0.1:1\n", "backend b has no server 'no'"),
    (f"{L}  use-server no if TRUE\n  server s 127.0.0.1:1\n", "listen l has no server 'no'"),
    (f"{F}  use-server no if TRUE\n", "frontend f has no server 'no'"),
    (f"{B}  use-server s4 if TRUE\n  server-template s 3 127.0.0.1:1\n", "backend b has no server 's4'"),
    ("frontend f from no\n  bind :18080\n", "defaults section 'no' does not exist"),
    (f"{B}  server s a.example:80 init-addr none resolvers no\n", "resolvers section 'no' does not exist"),
    (f"{B}  server s 127.0.0.1:80 cookie resolvers resolvers no\n", "resolvers section 'no' does not exist"),
    (f"{B}  server-template s 2 a.example:80 init-addr none resolvers no\n", "resolvers section 'no' does not exist"),
    (f"{B}  default-server resolvers no\n  server s 127.0.0.1:80\n", "resolvers section 'no' does not exist"),
    (f"{X}  default-server resolvers no\n{B}  server s 127.0.0.1:80\n", "resolvers section 'no' does not exist"),
    (f"{F}  http-request do-resolve(txn.a,no,ipv4) hdr(host)\n", "resolvers section 'no' does not exist"),
    (f"{F}  tcp-request content do-resolve(txn.a,no) src\n", "resolvers section 'no' does not exist"),
    (f"global\n  httpclient.resolvers.id no\n{F}", "resolvers section 'no' does not exist"),
    (f"{F}  stick-table type ip size 1k peers no\n", "peers section 'no' does not exist"),
    (f"{F}  http-request track-sc0 src table no\n", "stick-table 'no' does not exist"),
    (f"{B}  http-response track-sc0 src table no\n", "stick-table 'no' does not exist"),
    (f"{F}  tcp-request connection track-sc1 src table no if TRUE\n", "stick-table 'no' does not exist"),
    (f"{B}  http-request track-sc0 src table f\n", "frontend f has no stick-table"),
    (f"{PEERS}{F}  http-request track-sc0 src table p/no\n", "stick-table 'p/no' does not exist"),
    (f"{B}  stick on src table no\n", "stick-table 'no' does not exist"),
    (f"{B}  stick match src table no\n", "stick-table 'no' does not exist"),
    (f"{B}  stick store-request src table no if TRUE\n", "stick-table 'no' does not exist"),
    (f"{F}  filter bwlim-in w limit 16k key src table no\n", "stick-table 'no' does not exist"),
    (f"{F}  http-request cache-use no\n", "cache 'no' does not exist"),
    (f"{F}  http-response cache-store no\n", "cache 'no' does not exist"),
    (f"{F}  filter cache no\n", "cache 'no' does not exist"),
    (f"{B}  use-fcgi-app no\n  server s 127.0.0.1:1 proto fcgi\n", "fcgi-app 'no' does not exist"),
    (f"{B}  filter fcgi-app no\n", "fcgi-app 'no' does not exist"),
    (f"{F}  errorfiles no\n", "http-errors section 'no' does not exist"),
    (f"{X}  errorfiles no\n{F}", "http-errors section 'no' does not exist"),
    (f"{F}  http-request return status 503 errorfiles no\n", "http-errors section 'no' does not exist"),
    (f"{F}  http-request deny deny_status 503 errorfiles no if TRUE\n", "http-errors section 'no' does not exist"),
    (f"{F}  http-error status 503 errorfiles no\n", "http-errors section 'no' does not exist"),
    (f"{B}  server s 127.0.0.1:1 track no/s\n", "backend 'no' does not exist"),
    (f"{B}  server s 127.0.0.1:1 track l/no\n{L}  server t 127.0.0.1:2\n", "listen l has no server 'no'"),
    (f"{B}  server s 127.0.0.1:1 track no\n", "backend b has no server 'no'"),
    (f"{X}  default-server track no/s\n{B}  server s 127.0.0.1:1\n", "backend 'no' does not exist"),
    (
        f"{B}  email-alert mailers no\n  email-alert from a@b\n  email-alert to a@b\n",
        "mailers section 'no' does not exist",
    ),
    (
        f"{X}  email-alert mailers no\n  email-alert from a@b\n{F}  email-alert to a@b\n",
        "mailers section 'no' does not exist",
    ),
    (f"{F}  http-request auth unless {{ http_auth(no) }}\n", "userlist 'no' does not exist"),
    (f"{F}  acl a http_auth_group(no) g\n", "userlist 'no' does not exist"),
    (f"{F}  http-request set-header X %{{+Q}}[http_auth(no)]\n", "userlist 'no' does not exist"),
    (f"{F}  acl a nbsrv(no) lt 1\n", "backend 'no' does not exist"),
    (f"{F}  acl a fe_conn(no) gt 1\n", "frontend 'no' does not exist"),
    (f"{F}  acl a srv_is_up(b/no)\nbackend b\n  server s 127.0.0.1:1\n", "backend b has no server 'no'"),
    (f"{F}  acl a sc0_conn_rate(no) gt 1\n", "stick-table 'no' does not exist"),
    (f"{F}  acl a sc_get_gpc(0,0,no) gt 1\n", "stick-table 'no' does not exist"),
    (f"{F}  acl a src,table_conn_rate(no) gt 1\n", "stick-table 'no' does not exist"),
    (f"{F}  http-request deny if !{{ nbsrv(no) lt 1 }}\n", "backend 'no' does not exist"),
    (f"{F}  http-request set-var(txn.a) nbsrv(no)\n", "backend 'no' does not exist"),
    (f"{F}  use_backend 'no'\n", "backend 'no' does not exist"),
]

AT_START = [
    (f"{F}  log ring@no local0\n", "ring 'no' does not exist"),
    (f"global\n  log ring@no local0\n{F}", "ring 'no' does not exist"),
    (f"{F}  log ring@stdout local0\n", "ring 'stdout' does not exist"),
]
"""`haproxy -c` accepts these; HAProxy looks up rings when it starts, and does not start."""

NEWER = [
    (f"{F}  log backend@no local0\n", "backend 'no' does not exist"),
    (f"{F}  log 127.0.0.1:514 profile no local0\n", "log-profile 'no' does not exist"),
    (f"{F}  http-request do-log profile no\n", "log-profile 'no' does not exist"),
    ("frontend f\n  bind :18080 ssl crt @no/site.pem\n", "crt-store 'no' does not exist"),
    (f"{F}  ssl-f-use crt @no/site.pem\n", "crt-store 'no' does not exist"),
    (f"crt-store c\n  load crt a.pem acme no\n{F}", "acme section 'no' does not exist"),
    (f"{B}  mode log\n  server s ring@no\n", "ring 'no' does not exist"),
]
"""HAProxy 2.8 does not know these lines."""

FREE = [
    (f"{F}  use_backend l\n{L}", "a listen section takes traffic"),
    (f"{F}  default_backend l\n{L}  server s 127.0.0.1:1\n", "a listen section takes traffic"),
    (f"{F}  use_backend %[path,lower]\n", "HAProxy makes the name when it runs"),
    (f"{F}  use_backend \\#5\nbackend b\n  id 5\n", "a number"),
    (f"{F}  use_backend a%b\n", "a format"),
    (f'{F}  use_backend "${{BACKEND}}"\nbackend b\n', "a variable"),
    (f"{F}  disabled\n  use_backend no\n{B[len(F) :]}{G}".replace("  default_backend b\n", ""), "a disabled proxy"),
    (f"{B}backend c\n  disabled\n  server s 127.0.0.1:1 resolvers no\n  acl a nbsrv(no) lt 1\n", "a disabled proxy"),
    (f"{B}defaults x\n  disabled\nbackend c from x\n  errorfiles no\n", "disabled by its defaults"),
    (f"{F}  .if 0\n  use_backend no\n  .endif\n", "a condition"),
    (f"{F}.if 0\nbackend b\n  errorfiles no\n.endif\n", "a condition around a section"),
    (f"{F}.if 1\nbackend c\n.endif\n{G}  default_backend c\n", "a condition around the definition"),
    (f".if 1\n{PEERS}.endif\n{B}  stick on src table p/t\n", "a condition around a table"),
    (f".if 1\nbackend c\n  server s 127.0.0.1:1\n.endif\n{B}  acl up srv_is_up(c/s)\n", "a condition around a server"),
    (f".if 1\n{X}.endif\nfrontend f from x\n  bind 127.0.0.1:18080\n", "a condition around defaults"),
    (
        f"{B}.if 1\n  server s 127.0.0.1:1\nbackend c\n.endif\nbackend d\n  acl up srv_is_up(b/s)\n",
        "a block that begins inside",
    ),
    (f"{B}{X}  default_backend no\n  errorfiles no\n  http-error status 503 errorfiles no\n", "unused defaults"),
    (f"{X}  default_backend no\n{F}  default_backend b\nbackend b\n", "the proxy's own line counts"),
    (f"{F}  default_backend no\n  default_backend b\nbackend b\n", "the last line counts"),
    (f"{B}  server s 127.0.0.1:1 resolvers no resolvers default\n", "the last word counts"),
    (f"{B}  server s 127.0.0.1:1 resolvers default\n", "HAProxy makes these resolvers"),
    (f"{F}  log ring@buf0 local0\n", "HAProxy makes this ring"),
    (f"{B}  default-server resolvers no\n", "there is no server"),
    (f"{B}  default-server resolvers no\n  server s 127.0.0.1:1 resolvers default\n", "each server has its own"),
    (f"{X}  default-server resolvers no\n{F}", "a frontend has no servers"),
    (f"{B}  server s 127.0.0.1:1 cookie track check\n", "a value that looks like a keyword"),
    (f"{B}  server t 127.0.0.1:2 check\n  server s 127.0.0.1:1 track t\n", "a server of the same backend"),
    (f"{B}  server-template t 2 127.0.0.1:2 check\n  server s 127.0.0.1:1 track t1\n", "one of a template"),
    (f"{B}  server-template t 2-3 127.0.0.1:2 check\n  use-server t3 if TRUE\n", "one of a range"),
    (f"{B}  use-server %[path] if TRUE\n  server s 127.0.0.1:1\n", "HAProxy makes the name when it runs"),
    (f"{PEERS}{F}  http-request track-sc0 src table p/t\n", "a table of a peers section"),
    (f"{F}  http-request track-sc0 src table g\n{G}  stick-table type ip size 1k\n", "a table of a frontend"),
    (f"{F}  http-request set-header X 'http_auth(no)'\n", "a text"),
    (f"{F}  http-request set-header X \"%[str('a,nbsrv(no)')]\"\n", "a call in quotes"),
    (f"{F}  http-request deny default-errorfiles\n", "HAProxy's own files"),
    (f"{F}  stick match src table no\n", "HAProxy ignores the line in a frontend"),
    (f"{B}  email-alert mailers no\n", "HAProxy ignores the line without from and to"),
    (f"{X}  email-alert mailers no\n{F}  email-alert to a@b\n", "nor in defaults"),
    (f"{F}  http-request add-header table no\n", "not this rule"),
    (f"{F}  no log\n", "a word in front"),
]


def faults(text: str) -> list[str]:
    return [one.what for one in undefined(Configuration.from_text(f"{HEAD}{text}", "a.cfg"))]


@pytest.mark.parametrize(("text", "what"), [*MISSING, *AT_START, *NEWER])
def test_a_name_that_nothing_defines_is_a_fault(text: str, what: str) -> None:
    assert faults(text) == [what]


@pytest.mark.parametrize(("text", "why"), FREE, ids=[f"{n} {why}" for n, (_, why) in enumerate(FREE)])
def test_a_name_that_haproxy_does_not_look_up_is_none(text: str, why: str) -> None:
    assert faults(text) == []


def accepts(text: str, folder: Path) -> bool:
    file = folder / "haproxy.cfg"
    file.write_text(f"{HEAD}{text}")
    done = subprocess.run(
        [str(find_haproxy()), "-c", "-f", file], capture_output=True, check=False, env={**os.environ, "BACKEND": "b"}
    )
    return done.returncode == 0


@needs_haproxy
@pytest.mark.parametrize(("text", "what"), MISSING)
def test_haproxy_refuses_what_is_a_fault(text: str, what: str, tmp_path: Path) -> None:
    assert not accepts(text, tmp_path)


@needs_haproxy
@pytest.mark.parametrize(("text", "why"), [*AT_START, *FREE])
def test_haproxy_accepts_what_is_free(text: str, why: str, tmp_path: Path) -> None:
    assert accepts(text, tmp_path)


PLACED = """\
frontend www
  use_backend wbe if { path /a } # wbe
\tdefault_backend "wbe"
  acl a nbsrv(web) lt 1
  acl b srv_is_up(web/srv2)
  http-request deny if { src,table_conn_rate(web) gt 1 }
backend web
  server srv1 192.0.2.1:80 resolvers dsn
resolvers dns
"""


def test_each_fault_stands_at_its_name() -> None:
    told = undefined(Configuration.from_text(PLACED, "a.cfg"))
    assert [(one.where, one.remedy, one.line[one.column - 1 :][:5]) for one in told] == [
        ("a.cfg:2:15", "did you mean `web`?", "wbe i"),
        ("a.cfg:3:18", "did you mean `web`?", '"wbe"'),
        ("a.cfg:5:19", "did you mean `srv1`?", "web/s"),
        ("a.cfg:6:46", "add a `stick-table` line to it", "web) "),
        ("a.cfg:8:38", "did you mean `dns`?", "dsn\n"),
    ]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("frontend f\n  use_backend x\n", "add `backend x`"),
        ("frontend f\n  use_backend x\nbackend one\nbackend two\n", "add `backend x`, or write one of one, two"),
        (
            "frontend f\n  use_backend x\n" + "".join(f"backend {'n' * 5}{n}\n" for n in range(11)),
            f"add `backend x`, or write one of {', '.join(f'nnnnn{n}' for n in (0, 1, 10, *range(2, 9)))}, …",
        ),
        ("backend b\n  stick on src table x\n", ""),
    ],
)
def test_a_remedy_names_what_there_is(text: str, remedy: str) -> None:
    assert [one.remedy for one in undefined(Configuration.from_text(text))] == [remedy]


LEFT = "frontend f\n  default_backend a\n  use_backend never\nbackend a\nbackend b\n"


def test_what_is_left_alone_may_use_what_is_missing_already_and_not_what_is_taken_away() -> None:
    current = Configuration.from_text(LEFT, "server")
    desired = Configuration.from_text("backend b\n  http-request track-sc0 src table t\n", "a.cfg")
    result = Configuration.from_text("backend b\nfrontend f\n  default_backend a\n  use_backend never\n")
    told = undefined(desired, result, current, [("frontend", "f")])
    assert [str(one) for one in told] == [
        "a.cfg:2:36: stick-table 't' does not exist",
        "server:2:19: backend 'a' does not exist; add `backend a`, or write one of b",
    ]


def test_what_is_left_alone_defines_names() -> None:
    current = Configuration.from_text("backend theirs\n")
    desired = Configuration.from_text("frontend f\n  default_backend theirs\n")
    result = Configuration.from_text("frontend f\n  default_backend theirs\nbackend theirs\n")
    assert undefined(desired, result, current, [("backend", "theirs")]) == []


def test_a_section_name_with_a_variable_may_be_any_name() -> None:
    assert faults('frontend f\n  default_backend x\nbackend "${NAME}"\n') == []
    assert faults('backend b\n  use-server x if TRUE\n  server "${NAME}" 192.0.2.1:1\n') == []
    assert faults('backend b\n  use-server x if TRUE\n  server-template s "${N}" 192.0.2.1:1\n') == []


SPELT = """\
frontend f
  bnid :80
  # bnid :81
  .if 0
  bnid :82
  .endif
\thttp-request  'set-heder' X y
  http-request set-header X y
acme a
  challnge HTTP-01
listen l
  blance source
"""


def test_misspelt_keywords_are_faults_at_their_words() -> None:
    told = misspellings(Configuration.from_text(f"unnamed before all\n{SPELT}", "a.cfg"))
    assert [(one.where, one.what, one.remedy) for one in told] == [
        ("a.cfg:3:3", "unknown keyword 'bnid' in a frontend section", "did you mean `bind`?"),
        ("a.cfg:8:16", "unknown keyword 'set-heder' in a frontend section", "did you mean `set-header`?"),
        ("a.cfg:11:3", "unknown keyword 'challnge' in an acme section", "did you mean `challenge`?"),
        ("a.cfg:13:3", "unknown keyword 'blance' in a listen section", "did you mean `balance`?"),
    ]


def test_no_line_of_an_if_block_is_judged_by_its_keyword() -> None:
    text = ".if version_atleast(3.1)\ntraces\n  trace h1 sink stderr\n.endif\nbackend b\n  blance x\n"
    told = misspellings(Configuration.from_text(f"{text}{text}", "a.cfg"))
    assert [one.where for one in told] == ["a.cfg:6:3", "a.cfg:12:3"]
