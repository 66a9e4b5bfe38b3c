"""The attributes of opaque lines: whether the server parses them, their meaning, and their losses."""

from __future__ import annotations

import re

import pytest

from hsync.model import Configuration, Opaque, to_resources
from hsync.model.to_resources import KEEPS_LAST
from hsync.sections import parse
from tests.cases.reader import cases


def opaque(kind: str, *lines: str) -> Opaque:
    """The last opaque line."""
    name = "" if kind == "global" else "a"
    text = f"{kind} {name}\n" + "".join(f"  {line}\n" for line in lines)
    return Configuration.from_text(text).resources((kind, name)).opaque[-1]


READ = [
    ("frontend", "bind :80,:443"),
    ("frontend", "bind ipv6@:80"),
    ("frontend", "bind quic6@:443"),
    ("frontend", "bind :0"),
    ("frontend", 'bind "127.0.0.1:80"'),
    ("frontend", "bind *:${P}"),
    ("frontend", "bind :443 ssl crt /a crt /b"),
    ("frontend", "bind :80 process 1"),
    ("frontend", "bind :80 nice 0"),
    ("frontend", "bind :80,:443 ktls on expose-fd listeners"),
    ("peers", "bind :80,:443 ssl"),
    ("log-forward", "dgram-bind :80,:443 interface eth0"),
    ("backend", "server a h:0"),
    ("backend", "server a :+10"),
    ("backend", 'server a "h:80"'),
    ("backend", "server a h:80 weight 80%"),
    ("backend", "server addr ::1"),
    ("backend", "server a :+10 source 10.0.0.1 usesrc clientip interface eth0"),
    ("backend", "server a :+10 set-proxy-v2-tlv-fmt(0x20) x set-proxy-v2-tlv-fmt(0x21) y"),
    ("backend", "server-template a 1-3 h:80 id 3"),
    ("frontend", "filter opentracing id x config /c"),
    ("frontend", "http-request early-hint if FALSE"),
    ("frontend", 'http-request early-hint "a b" c if FALSE'),
    ("frontend", 'http-request auth realm "a b" if FALSE'),
    ("frontend", "http-request tarpit status 429 string x"),
    ("frontend", "tcp-request connection set-src src"),
    ("frontend", "filter-sequence request a,b"),
]
"""Lines that 3.4.2 and 3.2.5 keep in their place among the lines of their keyword."""

UNREAD = [
    ("frontend", "bind :80 foo"),
    ("frontend", "bind :80,:443 name"),
    ("frontend", "bind :80,:443 ktls maybe"),
    ("frontend", "bind :80,:443 expose-fd sockets"),
    ("frontend", "bind :80,:443 quic-cc-algo foo"),
    ("backend", "server a h:80 from b"),
    ("backend", "server a :+10 no-check-via-socks4"),
    ("backend", "server-template a 1-3 h:80 from b"),
    ("frontend", "filter foo"),
    ("frontend", "filter opentracing"),
    ("frontend", "filter bwlim-in x limit 1k"),
    ("frontend", "filter-sequence request"),
    ("frontend", "http-request early-hint a if FALSE"),
    ("frontend", "http-request odd-thing"),
    ("frontend", "http-request sc-set-gpt0(1)"),
    ("frontend", "http-request tarpit timeout 2s"),
    ("frontend", "http-response wait-for-body 20s at-least 100k"),
    ("frontend", "tcp-request connection set-src"),
    ("frontend", "tcp-request content set-src src"),
    ("backend", "http-check expect comment x"),
    ("backend", "tcp-response content set-dst"),
]
"""Lines that both move below all other lines of their keyword."""


@pytest.mark.parametrize(("kind", "line"), READ)
def test_a_line_that_the_server_reads_into_less_is_known_to_it(kind: str, line: str) -> None:
    assert opaque(kind, line).known


@pytest.mark.parametrize(("kind", "line"), UNREAD)
def test_a_line_with_a_word_that_the_server_does_not_know_is_not(kind: str, line: str) -> None:
    assert not opaque(kind, line).known


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("bind :80,:443", "cannot express ':80,:443'"),
        ("bind :443 ssl crt /a crt /b", "crt at most once"),
        ("bind :80 process 1", "cannot express 'process'"),
    ],
)
def test_why_it_stays_text_is_said_by_the_shapes_that_have_fields(line: str, reason: str) -> None:
    assert reason in opaque("frontend", line).reason


WHOLE = [
    "redirect prefix /",
    "redirect code 301 prefix /",
    "redirect prefix / drop-query append-slash code 301 if FALSE",
    'redirect location "/a b" set-cookie A=1',
    "http-request redirect location /x set-cookie A=1 code 302",
]
"""Lines that the server parses, and writes in its own order."""

CUT = [
    "redirect prefix / drop-query append-slash set-cookie A=1",
    "redirect drop-query location / append-slash",
    "redirect drop-query append-slash",
    "http-request redirect prefix / drop-query append-slash set-cookie A=1 if FALSE",
    "http-response redirect prefix / drop-query append-slash set-cookie A=1",
]
"""Lines that the server parses, and of which it drops words."""

AS_THEY_ARE = [
    "redirect prefix / drop-query",
    "redirect prefix / drop-query append-slash ignore-empty code 301",
    "redirect prefix",
]
"""Lines that the server cannot parse: it keeps all words, below the other lines."""


@pytest.mark.parametrize(
    ("line", "stays", "lost"),
    [
        *((line, True, False) for line in WHOLE),
        *((line, True, True) for line in CUT),
        *((line, False, False) for line in AS_THEY_ARE),
    ],
)
@pytest.mark.parametrize("kind", ["frontend", "backend"])
def test_what_the_server_drops_of_a_redirect(kind: str, line: str, stays: bool, lost: bool) -> None:
    text = f"{kind} a\n  {line}\n"
    found = Configuration.from_text(text).resources((kind, "a")).opaque
    if found or not line.startswith("http"):
        assert [(one.stays, one.lost is not None) for one in found] == [(stays, lost)]


def test_a_write_of_the_section_leaves_a_bare_redirect_as_it_is() -> None:
    assert not opaque("frontend", "redirect prefix /").known


def test_defaults_of_the_server_know_no_redirect() -> None:
    assert not opaque("defaults", "redirect prefix /").stays


TWICE = [
    ("frontend", "errorloc302 404 /a", "errorloc302 503 /b", "keep one of the lines, and write `errorfile` lines"),
    ("backend", "errorloc303 404 /a", "errorloc303 503 /b", "keep one of the lines, and write `errorfile` lines"),
    ("frontend", "monitor fail if A", "monitor fail if B", "merge the conditions with `||`"),
    ("defaults", "compression algo gzip", "compression algo deflate", "merge the lines"),
    ("frontend", "compression algo-res gzip", "compression algo-res deflate", "merge the lines"),
    ("frontend", "compression type a/b", "compression type c/d", "merge the lines"),
    ("frontend", "compression type-req a/b", "compression type-req c/d", "merge the lines"),
    ("frontend", "compression type-res a/b", "compression type-res c/d", "merge the lines"),
    ("global", "ssl-default-bind-options no-sslv3", "ssl-default-bind-options no-tlsv10", "merge the lines"),
    ("global", "ssl-default-server-options no-sslv3", "ssl-default-server-options no-tlsv10", "merge the lines"),
    ("global", "ssl-provider a", "ssl-provider b", "name all providers in the configuration file of OpenSSL"),
    ("global", "lua-load-per-thread /a", "lua-load-per-thread /b", "load the other files from the first one"),
    ("global", "unix-bind mode 600", "unix-bind user x", "merge the lines"),
    ("global", "resetenv A", "resetenv B", "merge the lines"),
    ("global", "unsetenv A", "unsetenv B", "merge the lines"),
    ("global", "wurfl-information-list a", "wurfl-information-list b", "merge the lines"),
    ("global", "51degrees-property-name-list a", "51degrees-property-name-list b", "merge the lines"),
]
"""Lines of which 3.4.2 and 3.2.5 keep only the second, even in a pushed text."""


@pytest.mark.parametrize(("kind", "first", "second", "remedy"), TWICE)
def test_a_second_line_that_drops_the_first_has_a_remedy(kind: str, first: str, second: str, remedy: str) -> None:
    found = opaque(kind, first, second)
    assert found.lost is not None
    assert (found.line.text.strip(), found.lost.what) == (second, KEEPS_LAST)
    assert found.lost.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("kind", "line", "remedy"),
    [
        ("global", "external-check preserve-env", "remove `preserve-env`"),
        ("global", "lua-load /a.lua one two", "load the file without arguments"),
    ],
)
def test_words_that_the_server_drops_have_a_remedy(kind: str, line: str, remedy: str) -> None:
    found = opaque(kind, line).lost
    assert found is not None
    assert (found.what, found.remedy.startswith(remedy)) == ("the server drops words of this line", True)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("frontend", ("stats admin if A", "stats admin if B")),
        ("frontend", ("errorloc 404 /a", "errorloc 503 /b")),
        ("global", ("unix-bind mode 600",)),
        ("global", ("maxconn 5", "unix-bind mode 600 user x")),
        ("global", ("resetenv A", "no-such-thing")),
        ("frontend", ("capture request header X len 5", "redirect prefix /")),
    ],
)
def test_what_the_server_keeps_is_not_lost(kind: str, lines: tuple[str, ...]) -> None:
    assert opaque(kind, *lines).lost is None


def test_a_number_without_end_is_read_by_no_row_and_crashes_none() -> None:
    for case in cases("line"):
        longer = re.sub(r"\d+", "9" * 5000, case.parts["line"])
        section = parse(f"{case.kind} x\n  {longer}\n").sections[0]
        bound = to_resources(section)
        assert longer == case.parts["line"] or bound.opaque or bound.children or bound.base
