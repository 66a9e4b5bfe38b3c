"""Losses are found before anything is sent."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.losses import losses
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END
from tests.drafts import draft

BEGIN, END = SNIPPET_BEGIN, SNIPPET_END


def lost(text: str, api: str = "3.4") -> list[str]:
    return [str(fault) for fault in losses(Configuration.from_text(text, "t"), api)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("program p\n  command x\n", "t:1: API 3.4 and later do not know program"),
        (
            "backend a\n  server s 10.0.0.1:80\n  default-server check\n",
            "t:3: `default-server check` is below `server s` at line 2",
        ),
        (
            "frontend a\n  capture request header X len 5\n  declare capture request len 5\n",
            "t:3: `declare capture` is below `capture request` at line 2",
        ),
        (
            "frontend a\n  option httplog\n  option tcplog\n",
            "t:3: `option tcplog` is below `option httplog` at line 2",
        ),
        (
            "frontend a\n  option httplog\n  log-format x\n",
            "t:3: `log-format x` is below `option httplog` at line 2",
        ),
        (
            "backend a\n  option httpchk\n  option tcp-check\n",
            "t:3: `option tcp-check` is below `option httpchk` at line 2",
        ),
        (
            "defaults a\n  option http-keep-alive\n  option httpclose\n",
            "t:3: `option httpclose` is below `option http-keep-alive` at line 2",
        ),
        ("backend a\ndefaults\n", "t:1: backend a is above the defaults section at line 2"),
        ("frontend a\n  http-request odd-thing\n  http-request deny\n", "t:2: `http-request odd-thing`"),
        (
            f"defaults a\n  {BEGIN}\n  http-request odd-thing\n  {END}\n  http-request deny\n",
            "t:3: `http-request odd-thing`: the server would move this block",
        ),
        (
            f"backend a\n  server s h:80\n  {BEGIN}\n  server t h:80 odd\n  {END}\n",
            "t:4: `server t h:80 odd`: the server would move this block",
        ),
        (
            f"defaults a\n  http-request odd-thing\n  {BEGIN}\n  http-request odder\n  {END}\n",
            "t:4: `http-request odder`: the server would move this block",
        ),
        (
            "frontend a\n  http-request tarpit timeout 2s\n  http-request deny\n",
            "t:2: `http-request tarpit timeout 2s`",
        ),
        ("frontend a\n  bind :80 foo\n  bind :81,:82\n", "t:2: `bind :80 foo`"),
        ("backend a\n  server s h:80 from b\n  server t h:81\n", "t:2: `server s h:80 from b`"),
        ("frontend a\n  redirect prefix / drop-query\n  redirect prefix /b\n", "t:2: `redirect prefix / drop-query`"),
        (
            "frontend a\n  redirect prefix / drop-query append-slash set-cookie A=1\n",
            "t:2: `redirect prefix / drop-query append-slash set-cookie A=1`: the server drops words of this line",
        ),
        (
            "backend a\n  errorloc302 404 /a\n  errorloc302 503 /b\n",
            "t:3: `errorloc302 503 /b`: HAProxy obeys all lines of this keyword, but the server keeps only the last",
        ),
        ("backend a\n  default-server foo\n  server s h:80\n", "t:2: `default-server foo`"),
        ("peers a\n  default-bind ssl foo\n  bind :80\n", "t:2: `default-bind ssl foo`"),
        ("global\n  stats socket /x foo mode 600\n", "t:2: `stats socket /x foo mode 600`: the server drops words"),
        ("global\n  unix-bind mode 600\n  unix-bind user x\n", "t:3: `unix-bind user x`: HAProxy obeys all lines"),
    ],
)
def test_a_silent_change_of_meaning_is_named(text: str, expected: str) -> None:
    (found,) = lost(text)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    "text",
    [
        "backend a\n  default-server check\n  server s 10.0.0.1:80\n",
        "frontend a\n  declare capture request len 5\n  capture request header X len 5\n",
        "frontend a\n  http-request deny\n  http-request odd-thing\n",
        f"defaults a\n  http-request deny\n  {BEGIN}\n  http-request odd-thing\n  {END}\n  http-request odder\n",
        f"backend a\n  {BEGIN}\n  server t h:80 odd\n  {END}\n  server s h:80\n",
        "frontend a\n  bind :80,:443\n  bind :8080\n",
        "frontend a\n  bind :443 ssl crt /a crt /b process 1\n  bind :8080\n",
        "backend a\n  server s h:0 weight 80%\n  server t h:80\n",
        "frontend a\n  filter opentracing config /c\n  filter compression\n",
        "frontend a\n  redirect code 301 prefix /\n  redirect prefix /b\n",
        "frontend a\n  redirect prefix /b\n  redirect prefix / drop-query\n",
        "global\n  unix-bind mode 600 user x\n",
        "global\n  stats socket /x gid users level admin process 1\n",
        "backend a\n  default-server weight 80%\n  server s h:80\n",
        "backend a\n  default-server foo\n",
        "frontend a\n  option tcplog\n  option httplog\n",
        "defaults a\n  option httplog\n  log-format x\n",
        "frontend a\n  http-after-response sc-set-gpt0(1) 20\n  http-after-response allow\n",
        "listen a\n  server s 10.0.0.1:80\n  default-server check\n",
    ],
)
def test_what_keeps_its_meaning_is_no_loss(text: str) -> None:
    assert lost(text) == []


def test_defaults_that_come_below_proxies_are_named() -> None:
    (found,) = lost("frontend a\n  bind :80\ndefaults d\n")
    assert found.startswith("t:1: frontend a is above the defaults section at line 3: the server writes defaults first")


def test_an_older_server_still_knows_program() -> None:
    assert lost("program p\n  command x\n", "3.3") == []


def test_only_the_sections_that_are_asked_for_are_looked_at() -> None:
    odd = "  http-request odd-thing\n  http-request deny\n"
    text = Configuration.from_text(f"frontend a\n{odd}frontend b\n{odd}", "t")
    assert [fault.where for fault in losses(text, "3.4", [("frontend", "b")])] == ["t:5"]


def test_a_byte_that_is_not_utf_8_is_pushed_as_text_and_not_to_a_server() -> None:
    text = b"backend a\n  description caf\xe9\n".decode("utf-8", "surrogateescape")
    assert [one.rpartition(";")[0] for one in lost(text)] == [
        "t:2: a byte that is not UTF-8: the server would store another character"
    ]
    made = draft(Configuration.from_text(""), Configuration.from_text(text), api="3.4")
    assert (made.lane, made.lane_reason) == ("raw", "backends/a: JSON cannot have a byte that is not UTF-8")


@pytest.mark.parametrize(
    ("text", "api", "expected"),
    [
        ("frontend a\n  http-request do-log profile p\n", "3.2", "t:2: `http-request do-log profile p`"),
        ("global\n  stats socket /x ktls on\n", "3.2", "t:2: `stats socket /x ktls on`"),
        ("frontend a\n  filter comp-req\n  filter compression\n", "3.3", "t:2: `filter comp-req`"),
        ("backend a\n  default-server ktls on\n  server s h:80\n", "3.2", "t:2: `default-server ktls on`"),
    ],
)
def test_what_a_server_would_change_even_as_text_is_named(text: str, api: str, expected: str) -> None:
    (found,) = lost(text, api)
    assert found.startswith(expected)


@pytest.mark.parametrize(
    ("text", "api"),
    [
        ("frontend a\n  http-request do-log profile p\n", "3.4"),
        ("frontend a\n  http-request do-log profile p\n", "3.0"),  # the whole line is text there
        ("global\n  stats socket /x ktls on\n", "3.3"),
        ("frontend a\n  filter compression\n  filter comp-req\n", "3.3"),
        ("frontend a\n  http-after-response set-var-fmt(txn.a) b\n  http-after-response allow\n", "3.2"),
        ("frontend a\n  http-request sc-inc-gpc(0,1)\n  http-request allow\n", "3.2"),
        ("healthcheck a\n  http-check expect comment c min-recv 2 !string x\n", "3.2"),  # the section is text
        ("backend a\n  tcp-check expect min-recv 2 !string x\n", "3.4"),
        ("backend a\n  tcp-check expect comment c min-recv 2 !string x\n", "3.4"),  # in another order, it says the same
    ],
)
def test_what_a_server_keeps_as_it_was_pushed_is_no_loss(text: str, api: str) -> None:
    assert lost(text, api) == []
