"""Equality of meaning: texts differ if and only if they differ for HAProxy."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from hsync.model import Configuration, ResourceSection
from hsync.plan.compare import compare
from hsync.syntax import Section

NOOP = {
    "indentation and blank lines": ("backend a\n  mode http\n", "backend a\n\n\tmode   http\n\n"),
    "comments": ("backend a\n  mode http\n", "# x\nbackend a # y\n  # z\n  mode http # w\n"),
    "quoting": ('backend a\n  http-request set-header X "a"\n', "backend a\n  http-request set-header X 'a'\n"),
    "units": ("backend a\n  timeout server 5s\n", "backend a\n  timeout server 5000\n"),
    "order of scalars": (
        "backend a\n  mode http\n  timeout server 5s\n",
        "backend a\n  timeout server 5s\n  mode http\n",
    ),
    "order of parameters": (
        "backend a\n  server s 10.0.0.1:80 check weight 5\n",
        "backend a\n  server s 10.0.0.1:80 weight 5 check\n",
    ),
    "the last of two scalars counts": ("backend a\n  mode tcp\n  mode http\n", "backend a\n  mode http\n"),
    "order of families": (
        "frontend a\n  acl x path /\n  http-request deny if x\n",
        "frontend a\n  http-request deny if x\n  acl x path /\n",
    ),
    "order of sections": ("backend a\n  mode http\nbackend b\n", "backend b\nbackend a\n  mode http\n"),
    "the name that the server gives to a bind": ("frontend a\n  bind :80\n", "frontend a\n  bind :80 name :80\n"),
    "anonymous defaults": ("defaults\n  mode http\n", "defaults unnamed_defaults_1\n  mode http\n"),
    "from, written or by position": (
        "defaults d\n  mode http\nbackend a\n  balance first\n",
        "defaults d\n  mode http\nbackend a from d\n  balance first\n",
    ),
    "from the anonymous defaults": (
        "defaults\n  mode http\nbackend a\n  balance first\n",
        "defaults unnamed_defaults_1\n  mode http\nbackend a from unnamed_defaults_1\n  balance first\n",
    ),
    "global in two parts": ("global\n  daemon\nglobal\n  maxconn 5\n", "global\n  maxconn 5\n  daemon\n"),
    "an empty global": ("", "global\n"),
    "order of users": (
        "userlist u\n  user a password x\n  user b password y\n",
        "userlist u\n  user b password y\n  user a password x\n",
    ),
    "order of lines that stay text, of different keywords": (
        'defaults d\n  timeout client "${T}"\n  odd line\n  timeout server "${T}"\n',
        'defaults d\n  timeout server "${T}"\n  timeout client "${T}"\n  odd line\n',
    ),
    "where default-server stands, above the servers": (
        "backend a\n  default-server check\n  mode http\n  server s 10.0.0.1:80\n",
        "backend a\n  mode http\n  default-server check\n  server s 10.0.0.1:80\n",
    ),
    "quoting of lines that stay text": ('listen a\n  bind ":80"\n', "listen a\n  bind :80\n"),
}

BLOCK = "  ###_config-snippet_### BEGIN\n  http-request odd\n  ###_config-snippet_### END\n"

DIFFER = {
    "a block of lines, and a line that stays text": (
        f"backend a\n  http-request odder\n{BLOCK}",
        f"backend a\n{BLOCK}  http-request odder\n",
    ),
    "a block of lines, and a child": (
        f"backend a\n  http-request deny\n{BLOCK}",
        f"backend a\n{BLOCK}  http-request deny\n",
    ),
    "order of servers": (
        "backend a\n  server s 10.0.0.1:80\n  server t 10.0.0.1:81\n",
        "backend a\n  server t 10.0.0.1:81\n  server s 10.0.0.1:80\n",
    ),
    "order of rules": (
        "frontend a\n  http-request deny if a\n  http-request allow\n",
        "frontend a\n  http-request allow\n  http-request deny if a\n",
    ),
    "order of acl lines of one name": (
        "frontend a\n  acl x path /1\n  acl x path /2\n",
        "frontend a\n  acl x path /2\n  acl x path /1\n",
    ),
    "a repeated rule": ("frontend a\n  log global\n", "frontend a\n  log global\n  log global\n"),
    "live and literal variables": (
        'backend a\n  http-request set-header X "$a"\n',
        "backend a\n  http-request set-header X '$a'\n",
    ),
    "one word and two": (
        'backend a\n  http-request set-header X "a b"\n',
        "backend a\n  http-request set-header X a b\n",
    ),
    "another defaults": (
        "defaults d\ndefaults e\n  mode tcp\nbackend a from d\n",
        "defaults d\ndefaults e\n  mode tcp\nbackend a from e\n",
    ),
    "a line of listen": ("listen a\n  bind :80\n", "listen a\n  bind :81\n"),
    "order of lines of listen": ("listen a\n  bind :80\n  mode http\n", "listen a\n  mode http\n  bind :80\n"),
    "an unknown line": ("backend a\n", "backend a\n  odd line\n"),
    "the place of an unknown rule among the others": (
        "frontend a\n  http-request deny if a\n  http-request odd-thing\n",
        "frontend a\n  http-request odd-thing\n  http-request deny if a\n",
    ),
    "order of lines that stay text, of one keyword": (
        "backend a\n  odd line\n  odd other\n",
        "backend a\n  odd other\n  odd line\n",
    ),
    "which servers a default-server is for": (
        "backend a\n  default-server check\n  server s 10.0.0.1:80\n  server t 10.0.0.1:81\n",
        "backend a\n  server s 10.0.0.1:80\n  default-server check\n  server t 10.0.0.1:81\n",
    ),
    "which of two log formats is the last": (
        "frontend a\n  log-format x\n  option httplog\n",
        "frontend a\n  option httplog\n  log-format x\n",
    ),
    "a number and its quoted spelling": ("cache c\n  max-age 5\n", "cache c\n  max-age 50\n"),
    "true and one": ("cache c\n  process-vary on\n", "cache c\n  process-vary off\n"),
}


@pytest.mark.parametrize(("one", "other"), NOOP.values(), ids=NOOP)
def test_equal_in_meaning_is_no_difference(one: str, other: str) -> None:
    assert compare(Configuration.from_text(one), Configuration.from_text(other)) == ()
    assert compare(Configuration.from_text(other), Configuration.from_text(one)) == ()


@pytest.mark.parametrize(("one", "other"), DIFFER.values(), ids=DIFFER)
def test_another_meaning_is_a_difference(one: str, other: str) -> None:
    assert compare(Configuration.from_text(one), Configuration.from_text(other)) != ()
    assert compare(Configuration.from_text(other), Configuration.from_text(one)) != ()


def test_deltas_come_in_the_order_of_the_desired_text_and_deletions_last() -> None:
    before = Configuration.from_text("backend gone\n  mode http\nbackend a\nbackend b\n")
    after = Configuration.from_text("backend b\n  mode http\nbackend new\nbackend a\n  mode tcp\n")
    deltas = compare(before, after)
    assert [delta.key[1] for delta in deltas] == ["b", "new", "a", "gone"]
    assert [str(delta.address) for delta in deltas] == ["backends/b", "backends/new", "backends/a", "backends/gone"]


def test_only_sections_that_differ_in_words_are_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["hsync.model.configuration"]
    bound: list[str] = []
    real: Callable[[Section, str | None], ResourceSection] = module.to_resources

    def counting(section: Section, name: str | None = None) -> ResourceSection:
        bound.append(section.name)
        return real(section, name)

    monkeypatch.setattr(module, "to_resources", counting)
    text = "".join(f"backend b{n}\n  server s 10.0.0.1:80\n" for n in range(50))
    other = text.replace("backend b7\n  server s 10.0.0.1:80", "backend b7\n  server s 10.0.0.1:81 # x").replace(
        "backend b9\n", "backend b9 # spelling only\n"
    )
    assert len(compare(Configuration.from_text(text), Configuration.from_text(other))) == 1
    assert bound == ["b7", "b7"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("backend a\n", "backend a b\n"),
        ("backend a b\n", "backend a c\n"),
        ("mailers m\n  mailer a 192.0.2.1:25\n", "mailers m from d\n  mailer a 192.0.2.1:25\n"),
        ("mailers m from d\n  mailer a 192.0.2.1:25\n", "mailers m from e\n  mailer a 192.0.2.1:25\n"),
        ("crt-store\n  crt-base /a\n", "crt-store\n  crt-base /b\n"),
        ("crt-store\n  crt-base /a\n", "crt-store a\n  crt-base /a\n"),
        ("crt-store\n  crt-base /a\n", "crt-store\n  crt-base /a\ncrt-store\n  key-base /b\n"),
    ],
)
def test_headers_that_the_api_has_no_place_for_are_compared_as_text(before: str, after: str) -> None:
    one, other = Configuration.from_text(before), Configuration.from_text(after)
    assert compare(one, other)
    assert compare(other, one)
    assert not compare(other, Configuration.from_text(after))
