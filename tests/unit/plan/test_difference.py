"""The shown difference of texts with different meanings: the lines that differ, without secrets."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.compare import Delta, compare
from hsync.plan.difference import AT_MOST, lines_that_differ, remedy_for


def left(promised: str, found: str) -> tuple[Delta, ...]:
    return compare(Configuration.from_text(promised), Configuration.from_text(found))


SHOWN = [
    pytest.param(
        "resolvers r\n  nameserver a 192.0.2.1:53\n  nameserver b 192.0.2.2:53 source 192.0.2.9\n  hold valid 5s\n",
        "resolvers r\n  hold valid 5000\n  nameserver b 192.0.2.2:53\n  nameserver a 192.0.2.1:53\n",
        (
            "@@ resolvers r",
            " resolvers r",
            "   nameserver a 192.0.2.1:53",
            "-  nameserver b 192.0.2.2:53 source 192.0.2.9",
            "+  nameserver b 192.0.2.2:53",
            "   hold valid 5s",
        ),
        id="another order and other words are no difference",
    ),
    pytest.param(
        "backend b\n  server a 192.0.2.1:80\n  server b 192.0.2.2:80\n",
        "backend b\n  server b 192.0.2.2:80\n  server a 192.0.2.1:80\n",
        ("@@ backend b", " backend b", "+  server b 192.0.2.2:80", "   server a 192.0.2.1:80", "-  server b 192.0.2.2:80"),
        id="the order alone",
    ),
    pytest.param(
        "backend b\n  balance roundrobin\n", "", ("@@ backend b", "-backend b", "-  balance roundrobin"), id="a section is gone"
    ),
    pytest.param("", "backend b\n", ("@@ backend b", "+backend b"), id="a section has come"),
    pytest.param(
        "backend b\n  id 5\n", "backend b\n  id 5\n  fullconn 9\n", ("@@ backend b", " backend b", "   id 5", "+  fullconn 9"),
        id="a line has come",
    ),
    pytest.param(
        "listen l\n  mode http\n", "listen l\n  mode tcp\n", ("@@ listen l", " listen l", "-  mode http", "+  mode tcp"),
        id="a kind without objects",
    ),
    pytest.param(
        "defaults d\ndefaults e\nbackend b from d\n  id 5\n", "defaults d\ndefaults e\nbackend b from e\n  id 5\n",
        ("@@ backend b", "-backend b from d", "+backend b from e", "   id 5"), id="the header",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("promised", "found", "shown"), SHOWN)
def test_only_the_lines_that_differ_are_marked(promised: str, found: str, shown: tuple[str, ...]) -> None:
    assert lines_that_differ(left(promised, found)) == shown


def test_secrets_are_masked() -> None:
    promised = (
        "userlist u\n  user joe insecure-password canary-one\nbackend b\n  http-request set-header X canary-two\n"
    )
    found = promised.replace("joe", "jim").replace("set-header X", "set-header Y")
    lines = "\n".join(lines_that_differ(left(promised, found), ["canary-two"]))
    assert "canary" not in lines
    assert lines.count("(secret)") == 4


def test_a_long_difference_is_cut() -> None:
    servers = "".join(f"  server s{number} 192.0.2.1:{number}\n" for number in range(1, 60))
    lines = lines_that_differ(left("backend b\n", "backend b\n" + servers))
    assert len(lines) == AT_MOST + 1
    assert lines[-1] == "... and 21 more lines"
    one = "".join(servers.splitlines(keepends=True)[: AT_MOST - 1])
    assert lines_that_differ(left("backend b\n", "backend b\n" + one))[-1] == "... and 1 more line"


@pytest.mark.parametrize(
    ("promised", "found", "remedy"),
    [
        (
            "resolvers r\n  nameserver a 192.0.2.1:53 source x\n",
            "resolvers r\n  nameserver a 192.0.2.1:53\n",
            "drops words",
        ),
        ("backend b\n  id 5\n", "backend b\n  id 6\n", "in another form"),
        ("backend b\n  id 5\n", "backend b\n", "in another form"),
        ("backend b\n", "backend b\n  id 5\n", "in another form"),
    ],
)
def test_the_remedy_is_what_the_difference_tells(promised: str, found: str, remedy: str) -> None:
    assert remedy in remedy_for(left(promised, found))
