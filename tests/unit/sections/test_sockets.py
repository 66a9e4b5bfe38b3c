"""Addresses and QUIC words: a pattern accepts exactly the words that the API keeps."""

from __future__ import annotations

import pytest

from hsync.schema import Arg, Fields, Mismatch, Reader
from hsync.sections.sockets import DATAGRAM, NAME, PEER, STREAM, Congestion, SocketAddress

SHAPES = {
    "server": SocketAddress(PEER),
    "template": SocketAddress(NAME, "fqdn"),
    "bind": SocketAddress(STREAM, ranged=True),
    "dgram-bind": SocketAddress(DATAGRAM, ranged=True),
}

BIND_CC = Congestion(window_since="3.1", burst=True)
SERVER_CC = Congestion(since="3.4", window_since="3.4", burst=False)


def read(arg: Arg, word: str) -> Fields:
    fields: Fields = {}
    reader = Reader([word])
    arg.read(reader, fields)
    reader.done()
    return fields


@pytest.mark.parametrize(
    ("kind", "word", "fields", "written"),
    [
        ("server", "10.0.0.1", {"address": "10.0.0.1"}, "10.0.0.1"),
        ("server", "a.example:65535", {"address": "a.example", "port": 65535}, "a.example:65535"),
        ("server", "[2001:db8::1]:80", {"address": "2001:db8::1", "port": 80}, "[2001:db8::1]:80"),
        ("server", "2001:db8::1:80", {"address": "2001:db8::1", "port": 80}, "[2001:db8::1]:80"),
        ("server", "ipv6@[::1]:80", {"address": "ipv6@[::1]", "port": 80}, "ipv6@[::1]:80"),
        ("server", "fd@3", {"address": "fd@3"}, "fd@3"),
        ("template", "_http._tcp.example.com", {"fqdn": "_http._tcp.example.com"}, "_http._tcp.example.com"),
        ("bind", ":80", {"port": 80}, ":80"),
        ("bind", "*:80", {"address": "*", "port": 80}, "*:80"),
        ("bind", "$ADDR", {"address": "$ADDR"}, "$ADDR"),
        ("bind", "$ADDR:80", {"address": "$ADDR", "port": 80}, "$ADDR:80"),
        ("bind", ":::80", {"address": "::", "port": 80}, "[::]:80"),
        ("bind", "ipv6@[::1]:80-90", {"address": "ipv6@::1", "port": 80, "port-range-end": 90}, "ipv6@[::1]:80-90"),
        ("bind", "unix@/run/a:80", {"address": "unix@/run/a:80"}, "unix@/run/a:80"),
        ("dgram-bind", "10.0.0.1:514", {"address": "10.0.0.1", "port": 514}, "10.0.0.1:514"),
        ("dgram-bind", "/run/log", {"address": "/run/log"}, "/run/log"),
    ],
)
def test_an_address_is_read_as_the_api_reads_it(kind: str, word: str, fields: Fields, written: str) -> None:
    assert read(SHAPES[kind], word) == fields
    assert SHAPES[kind].write(fields) == [written]
    assert read(SHAPES[kind], written) == fields


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("server", ":80"),
        ("server", "10.0.0.1:0"),
        ("server", "10.0.0.1:65536"),
        ("server", "10.0.0.1:²"),
        ("server", "10.0.0.1:+1"),
        ("server", "a,b"),
        ("server", "2001:db8::a"),
        ("server", "ipv6@::1:80"),
        ("template", "[::1]:80"),
        ("bind", "10.0.0.1"),
        ("bind", "*"),
        ("bind", "::80"),
        ("bind", ":80-80"),
        ("bind", ":80,:81"),
        ("bind", "/run/a,/run/b"),
        ("bind", '"$ADDR:80"'),
        ("dgram-bind", "[::]:514"),
        ("dgram-bind", ":::514"),
    ],
)
def test_an_address_that_the_api_would_change_does_not_fit(kind: str, word: str) -> None:
    with pytest.raises(Mismatch):
        read(SHAPES[kind], word)


def test_an_absent_address_is_not_written() -> None:
    assert [shape.write({}) for shape in SHAPES.values()] == [None] * len(SHAPES)


@pytest.mark.parametrize(
    ("arg", "word", "fields"),
    [
        (BIND_CC, "cubic", {"quic-cc-algo": "cubic"}),
        (BIND_CC, "bbr(1m)", {"quic-cc-algo": "bbr", "quic_cc_algo_max_window": 1024}),
        (BIND_CC, "nocc(,12)", {"quic-cc-algo": "nocc", "quic_cc_algo_burst_size": 12}),
        (SERVER_CC, "newreno(20k)", {"quic-cc-algo": "newreno", "quic_cc_algo_max_window": 20}),
    ],
)
def test_a_congestion_algorithm_and_its_numbers(arg: Arg, word: str, fields: Fields) -> None:
    assert read(arg, word) == fields
    assert arg.write(fields) == [word]


@pytest.mark.parametrize(
    ("arg", "word"),
    [
        (BIND_CC, "vegas"),
        (BIND_CC, "nocc()"),
        (BIND_CC, "bbr(1500)"),
        (BIND_CC, "bbr(9k)"),
        (BIND_CC, "bbr(,1025)"),
        (SERVER_CC, "cubic(,12)"),
    ],
)
def test_a_congestion_algorithm_out_of_bounds_does_not_fit(arg: Arg, word: str) -> None:
    with pytest.raises(Mismatch):
        read(arg, word)


def test_only_parents_with_a_burst_size_name_its_field() -> None:
    assert [[field.path for field in arg.fields()] for arg in (BIND_CC, SERVER_CC)] == [
        ["quic-cc-algo", "quic_cc_algo_max_window", "quic_cc_algo_burst_size"],
        ["quic-cc-algo", "quic_cc_algo_max_window"],
    ]
    assert BIND_CC.write({}) is None


def test_only_listeners_have_a_range_of_ports() -> None:
    assert {kind: [field.path for field in shape.fields()] for kind, shape in SHAPES.items()} == {
        "server": ["address", "port"],
        "template": ["fqdn", "port"],
        "bind": ["address", "port", "port-range-end"],
        "dgram-bind": ["address", "port", "port-range-end"],
    }
