"""Addresses of peers, mailers and name servers are split as in the API."""

from __future__ import annotations

import pytest

from hsync.schema import Fields, Mismatch, Reader
from hsync.sections.host_port import HostPort


@pytest.mark.parametrize(
    ("needed", "word", "fields"),
    [
        (True, "10.0.0.1:1024", {"address": "10.0.0.1", "port": 1024}),
        (True, "[::1]:1024", {"address": "[::1]", "port": 1024}),
        (True, "::1:1024", {"address": "::1", "port": 1024}),
        (True, "tcp@lb1:65535", {"address": "tcp@lb1", "port": 65535}),
        (False, "10.0.0.1:53", {"address": "10.0.0.1", "port": 53}),
        (False, "10.0.0.1", {"address": "10.0.0.1"}),
        (False, "/run/dns.sock", {"address": "/run/dns.sock"}),
    ],
)
def test_address_and_port_are_split_at_the_last_colon_and_joined_again(needed: bool, word: str, fields: Fields) -> None:
    arg = HostPort(port_needed=needed)
    read: Fields = {}
    arg.read(Reader([word]), read)
    assert read == fields
    assert arg.write(fields) == [word]


@pytest.mark.parametrize(
    ("needed", "word", "because"),
    [
        (True, "10.0.0.1", "the port is missing"),
        (True, ":1024", "the address is missing"),
        (True, "10.0.0.1:", "a colon needs a port"),
        (True, "10.0.0.1:0", "ports begin at 1"),
        (True, "10.0.0.1:65536", "ports end at 65535"),
        (True, "10.0.0.1:${PORT}", "the API's port is a number"),
        (True, "10.0.0.1:+1", "the API's port is a number"),
        (False, "[::1]:53", "the API splits at the first colon"),
        (False, "10.0.0.1:53:54", "the API splits at the first colon"),
    ],
)
def test_a_word_that_the_api_would_split_elsewhere_does_not_fit(needed: bool, word: str, because: str) -> None:
    with pytest.raises(Mismatch):
        HostPort(port_needed=needed).read(Reader([word]), {})
    assert because


def test_nothing_is_written_without_an_address() -> None:
    assert HostPort().write({"port": 53}) is None


def test_the_fields_are_address_and_port() -> None:
    assert [field.path for field in HostPort("a.address", "a.port").fields()] == ["a.address", "a.port"]
