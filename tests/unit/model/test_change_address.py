"""Addresses of changes: written as text, and read back."""

from __future__ import annotations

import pytest

from hsync.model import Address

PLACES = [
    ("backends/web", Address("backends", "web"), "", "web"),
    ("global", Address("global"), "", ""),
    ("traces", Address("traces"), "", ""),
    ("backends/web/servers/s1", Address("backends", "web", "servers", "s1"), "s1", "servers/s1"),
    ("frontends/www/acls[2]", Address("frontends", "www", "acls", index=2), "[2]", "acls[2]"),
    ("global/log_targets[0]", Address("global", "", "log_targets", index=0), "[0]", "log_targets[0]"),
    ("global/lines[3]", Address("global", "", "lines", index=3), "[3]", "lines[3]"),
    ("listen/stats", Address("listen", "stats"), "", "stats"),
    ("listen/stats/lines[1]", Address("listen", "stats", "lines", index=1), "[1]", "lines[1]"),
    ("frontends/www/binds/[::1]", Address("frontends", "www", "binds", "[::1]"), "[::1]", "binds/[::1]"),
    ("frontends/www/binds/a%2Fb[1]", Address("frontends", "www", "binds", "a/b[1]"), "a%2Fb[1]", "binds/a%2Fb[1]"),
    ("backends/web[0]", Address("backends", "web[0]"), "", "web[0]"),
    ("backends/web[0]/servers/s[1]", Address("backends", "web[0]", "servers", "s[1]"), "s[1]", "servers/s[1]"),
]


@pytest.mark.parametrize(("text", "address", "member", "inner"), PLACES, ids=[row[0] for row in PLACES])
def test_an_address_of_a_change(text: str, address: Address, member: str, inner: str) -> None:
    assert str(address) == text
    assert Address.parse_change(text) == address
    assert address.member == member
    assert not address.child or address.inner == inner


@pytest.mark.parametrize(
    "text",
    [
        "",
        "backends",
        "backends/",
        "backends/web/servers",
        "backends/web/servers/",
        "backends/web/sites/a",
        "backends/web/servers/a/b",
        "frontends/www/acls[02]",
        "frontends/www/acls[-1]",
        "backends/w%65b",
        "listen/stats/binds/a",
        "global/nowhere[1]",
    ],
)
def test_what_is_no_address_of_a_change(text: str) -> None:
    with pytest.raises(ValueError, match=r"hsync writes|have no collection"):
        Address.parse_change(text)


def test_the_parts_of_an_address() -> None:
    server = Address("backends", "web", "servers", "s1")
    assert (str(server.section), str(server.holder)) == ("backends/web", "backends/web/servers")
    assert server.section_key == ("backend", "web")
    assert Address("listen", "stats", "lines", index=0).section_key == ("listen", "stats")
