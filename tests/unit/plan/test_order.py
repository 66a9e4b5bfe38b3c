"""The order of lines with different keywords: where it has a meaning, and its effect on a plan."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.obstacles import obstacles
from hsync.plan.order import tangles
from hsync.sections import parse

SERVERS = "backend a\n  default-server check\n  server s 10.0.0.1:80\n"
LATE = "backend a\n  server s 10.0.0.1:80\n  default-server check\n"

USUAL = {
    "one keyword of a group": "backend a\n  server s 10.0.0.1:80\n",
    "the server's order": SERVERS,
    "only the last counts": "frontend a\n  option httplog\n  log-format x\n  option httplog\n",
    "the last mode of connections": (
        "frontend a\n  option http-keep-alive\n  option httpclose\n  option http-keep-alive\n"
    ),
    "a check that the server writes last": "backend a\n  option tcp-check\n  option httpchk\n",
    "checks of the server's order": "backend a\n  option external-check\n  option tcp-check\n",
    "a check that defaults do not know": "defaults a\n  option httpchk\n  option spop-check\n",
    "checks of a frontend": "frontend a\n  option httpchk\n  option tcp-check\n",
    "other variables": "global\n  unsetenv A\n  setenv B 1\n",
    "answers below a single one": "frontend a\n  errorfile 503 /x\n  errorfiles answers 404\n",
    "other codes": "frontend a\n  errorloc302 503 /x\n  errorfile 404 /y\n",
    "a group of another kind of section": "listen a\n  server s 10.0.0.1:80\n  default-server check\n",
    "a comment": "backend a\n  server s 10.0.0.1:80\n  # default-server check\n",
    "words of other lines": "backend a\n  server default-server 10.0.0.1:80\n",
}

TANGLED = {
    "servers above their defaults": (LATE, ("server", "default-server")),
    "templates between servers": (
        "backend a\n  server-template t 2 x:80\n  server s 10.0.0.1:80\n",
        ("server-template", "server"),
    ),
    "binds above their defaults": ("peers p\n  bind :80\n  default-bind ssl\n", ("bind", "default-bind")),
    "the last log format": ("frontend a\n  option httplog\n  log-format x\n", ("log-format",)),
    "the last log format of a defaults section": (
        "defaults a\n  option tcplog\n  log-format x\n",
        ("log-format",),
    ),
    "the last mode of connections": (
        "defaults a\n  option http-server-close\n  option httpclose\n",
        ("option httpclose",),
    ),
    "the last check of an object": ("backend a\n  option tcp-check\n  option mysql-check\n", ("option mysql-check",)),
    "the last check of two fields": (
        "backend a\n  option tcp-check\n  option external-check\n",
        ("option external-check",),
    ),
    "a check of a backend that defaults do not know": (
        "backend a\n  option httpchk\n  option spop-check\n",
        ("option spop-check",),
    ),
    "the last answer of one code": (
        "frontend a\n  http-error status 503 content-type a/b string x\n  errorfile 503 /x\n",
        ("errorfile",),
    ),
    "an answer above those of a group of them": (
        "frontend a\n  errorfiles answers\n  errorfile 503 /x\n",
        ("errorfiles", "errorfile"),
    ),
    "steps on one variable": ("global\n  unsetenv A\n  setenv A 1\n", ("unsetenv", "setenv")),
    "slots of captures": (
        "frontend a\n  capture request header X len 5\n  declare capture request len 5\n",
        ("capture", "declare capture"),
    ),
}


@pytest.mark.parametrize("text", USUAL.values(), ids=USUAL)
def test_the_usual_order_is_no_tangle(text: str) -> None:
    assert tangles(parse(text).sections[0]) == ()


@pytest.mark.parametrize(("text", "order"), TANGLED.values(), ids=TANGLED)
def test_another_order_is_a_tangle(text: str, order: tuple[str, ...]) -> None:
    (found,) = tangles(parse(text).sections[0])
    assert found.order == order
    assert found.below.number > 1
    assert found.above.number > 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LATE, "the server would move it up, and it would apply to that line"),
        (
            TANGLED["templates between servers"][0],
            "the server would move it up, and HAProxy uses servers in their order",
        ),
    ],
    ids=["default-server", "server"],
)
def test_it_says_what_another_order_does(text: str, why: str) -> None:
    (found,) = tangles(parse(text).sections[0])
    assert found.why == why


def test_the_order_of_checks_is_a_difference() -> None:
    first, other = (
        "backend a\n  option tcp-check\n  option external-check\n",
        "backend a\n  option external-check\n  option tcp-check\n",
    )
    assert compare(Configuration.from_text(first), Configuration.from_text(other))


def test_each_pair_of_keywords_is_looked_at_by_itself() -> None:
    text = "backend a\n  server-template t 2 x:80\n  server s 10.0.0.1:80\n  default-server check\n"
    assert [(one.below.number, one.above.number) for one in tangles(parse(text).sections[0])] == [
        (4, 3),
        (4, 2),
        (3, 2),
    ]


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        (SERVERS, LATE, {}, {"(order of lines)": "server, default-server"}),
        (LATE, SERVERS, {"(order of lines)": "server, default-server"}, {}),
    ],
    ids=["tangled", "untangled"],
)
def test_a_reviewer_reads_the_order_as_an_attribute(
    before: str, after: str, was: dict[str, str], now: dict[str, str]
) -> None:
    (change,) = changes_for(compare(Configuration.from_text(before), Configuration.from_text(after)), str)
    assert (str(change.address), change.before, change.after) == ("backends/a", was, now)


@pytest.mark.parametrize(
    ("before", "after"),
    [(SERVERS, LATE), (LATE, SERVERS), ("", LATE), (LATE, LATE + "  balance first\n")],
    ids=["tangled", "untangled", "created", "changed elsewhere"],
)
def test_no_operation_can_say_it(before: str, after: str) -> None:
    deltas = compare(Configuration.from_text(before), Configuration.from_text(after))
    assert [one.reason for one in obstacles(deltas, "3.4")] == [
        "`default-server check` is below `server s 10.0.0.1:80`: the API cannot express this order"
    ]


def test_a_tangled_section_can_be_deleted() -> None:
    deltas = compare(Configuration.from_text(LATE), Configuration.from_text(""))
    assert list(obstacles(deltas, "3.4")) == []
