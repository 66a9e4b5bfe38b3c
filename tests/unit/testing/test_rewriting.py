"""Texts as the real server rewrites them. Each pair was recorded, or follows from recorded pairs."""

from __future__ import annotations

import pytest

from hsync.testing.order import order_of
from hsync.testing.rewriting import rewrite


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("\n", ""),
        ("# only a comment\n", "# only a comment\n"),
        ("#   head\n\n# of global\nglobal\n", "# head\n"),
        ("#   head\n\n# of global\nglobal\n daemon\n", "# head\n\n# of global\nglobal\n  daemon\n"),
        ("this is no configuration\n", "this is no configuration\n"),
        ("global\r\n\tdaemon\r\n", "\nglobal\n  daemon\n"),
        (
            "backend b\nfrontend f\nbackend a\nglobal\n  log stdout local0\n  maxconn 1\n",
            "\nglobal\n  maxconn 1\n  log stdout local0\n\nfrontend f\n\nbackend a\n\nbackend b\n",
        ),
        (
            "defaults z\ndefaults a from z\n",
            "\ndefaults z\n\ndefaults a from z\n",
        ),
        ("defaults a from b\ndefaults b from a\n", "\ndefaults a from b\n\ndefaults b from a\n"),
        ("defaults\n  mode tcp\ndefaults\n", "\ndefaults unnamed_defaults_1\n  mode tcp\n\ndefaults unnamed_defaults_2\n"),
        ("backend a\n  mode tcp\nbackend a\n  mode http\n", "\nbackend a\n  mode http\n"),
        ("global\n  maxconn 1\nglobal\n  maxconn 2\n  daemon\n", "\nglobal\n  daemon\n  maxconn 2\n"),
        (
            "backend a # why\n  server s 1.1.1.1:1  check   # x\n  no-such   word\n  balance\troundrobin\n",
            "\nbackend a # why\n  balance roundrobin\n  server s 1.1.1.1:1 check # x\n  no-such   word\n",
        ),
        (
            "backend a\n  server s 1.1.1.1:1 check no-such\n  server t 1.1.1.1:2\n",
            "\nbackend a\n  server t 1.1.1.1:2\n  server s 1.1.1.1:1 check no-such\n",
        ),
        (
            "frontend a\n  use_backend b\n  redirect prefix /x\n",
            "\nfrontend a\n  redirect prefix /x\n  use_backend b\n",
        ),
        (
            "backend a\n  # of server\n  server s 1.1.1.1:1\n  # of mode\n  mode http\n  # last\n# of b\nbackend b\n# end\n",
            "\nbackend a\n  # of mode\n  mode http\n  # of server\n  server s 1.1.1.1:1\n  # last\n\n# of b\nbackend b\n  # end\n",
        ),
        (
            "listen l\n  mode tcp\n ###_config-snippet_### BEGIN\n  a b\n ###_config-snippet_### END\n  server s h:1\n",
            "\nlisten l\n  mode tcp\n  ###_config-snippet_### BEGIN\n  a b\n  ###_config-snippet_### END\n  server s h:1\n",
        ),
        (
            "backend a\n  server s 1.1.1.1:1\n ###_config-snippet_### BEGIN\n  .if x\n  # kept\n\n ###_config-snippet_### END\n",
            "\nbackend a\n  ###_config-snippet_### BEGIN\n  .if x\n  # kept\n  ###_config-snippet_### END\n  server s 1.1.1.1:1\n",
        ),
        ("backend a\n  .if x\n  mode http\n  .endif\n", "\nbackend a\n  mode http\n  .if x\n  .endif\n"),
        ("listen l\n  server s 1.1.1.1:1\n  mode   http\n", "\nlisten l\n  server s 1.1.1.1:1\n  mode   http\n"),
        ("global\n  daemon\nprogram p\n  command x\n", "\nglobal\n  daemon\n  program p\n  command x\n"),
        ("backend a\n  no option forwardfor\n  mode http\n", "\nbackend a\n  mode http\n  no option forwardfor\n"),
    ],
)  # fmt: skip
def test_stored_text(text: str, stored: str) -> None:
    assert rewrite(text) == stored


@pytest.mark.parametrize("size", [70_000, 65_537])
def test_reading_stops_at_a_line_that_is_too_long(size: int) -> None:
    text = "backend a\n  mode http\n  # " + "a" * size + "\nbackend b\n"
    assert rewrite(text) == "\nbackend a\n  mode http\n"


def test_a_text_may_be_long_if_its_lines_are_not() -> None:
    text = "\nbackend a\n" + "  server s 1.1.1.1:1\n" * 5000
    assert rewrite(text) == text


@pytest.mark.parametrize("text", ["", "# c\n", "global\n  daemon\n\n# x\nbackend a # y\n  # z\n  server s 1.1.1.1:1\n"])
def test_a_stored_text_is_stored_as_it_is(text: str) -> None:
    assert rewrite(rewrite(text).lstrip("\n")) == rewrite(text)


def test_the_order_of_a_kind_that_has_none() -> None:
    assert order_of("listen") == {}
    assert order_of("userlist") == {"group": 0, "user": 1}
