"""A plan on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hsync.model import Address
from hsync.output.human import plan_text
from hsync.output.look import Look
from hsync.output.markdown import plan_page
from hsync.output.safe import width_of
from hsync.output.words import Saved
from hsync.plan.plan import Action, Change, Plan, Unaddressed
from hsync.plan.risk import Level, Risk
from tests.golden.compare import check_golden
from tests.unit.output.plans import NOTHING, RAW, SAVED, TRANSACTION

GOLDEN = [
    ("plan-transaction.txt", TRANSACTION, {"saved": SAVED, "diff": True}),
    ("plan-raw.txt", RAW, {"saved": replace(SAVED, read=True)}),
    ("plan-nothing.txt", NOTHING, {}),
]


@pytest.mark.parametrize(("name", "plan", "options"), GOLDEN)
def test_golden(name: str, plan: Plan, options: dict[str, bool | Saved]) -> None:
    check_golden(name, plan_text(plan, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize("width", [56, 60, 80, 132])
def test_nothing_but_what_is_typed_is_wider_than_the_terminal(width: int) -> None:
    text = plan_text(TRANSACTION, Look(width), saved=SAVED, diff=True)
    wide = [line for line in text.splitlines() if width_of(line) > width]
    assert wide in ([], [text.splitlines()[-1]])


def test_a_source_gives_way_to_what_is_reviewed() -> None:
    text = plan_text(TRANSACTION, Look(56), saved=SAVED)
    assert "    + servers/api1  server api1 10.0.0.11:8080 check\n        templates/haproxy.cfg.j2:28\n" in text


def test_colours_change_nothing_but_colours() -> None:
    coloured = plan_text(TRANSACTION, Look(100, colour=True), saved=SAVED, diff=True)
    assert "\x1b[32m+\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plan_text(TRANSACTION, Look(100), saved=SAVED, diff=True)


def test_a_plan_of_an_enemy_does_nothing_to_the_terminal() -> None:
    bad = "\x1b]0;pwned\x07\x9b2J\u202e\udcff\n"
    plan = replace(
        TRANSACTION,
        target=replace(TRANSACTION.target, name=bad, url=bad, api=bad),
        lane_reason=bad,
        changes=(
            Change(Action.CREATE, Address("backends", bad), after={bad: bad}, source=bad),
            Change(
                Action.UPDATE,
                Address("backends", bad, "lines", index=0),
                line_before=bad,
                line_after=bad * 2,
                source=bad,
            ),
            Change(Action.DELETE, Address("backends", "a", "servers", bad), line_before=bad),
        ),
        operations=tuple(replace(one, address=bad) for one in TRANSACTION.operations),
        unaddressed=(Unaddressed(bad, bad, bad, equal=False),),
        risks=(Risk(bad, Level.HIGH, Address("backends", bad), bad, (bad,), bad, bad, bad),),
        drift=(bad,),
        notes=(bad,),
        result=replace(TRANSACTION.result, diff=(bad,)),
    )
    text = plan_text(plan, saved=Saved(bad, "sha256:00"), diff=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
    assert "\\x1b]0;pwned\\x07\\x9b2J\\u202e\\xff\\x0a" in text


def test_a_line_the_api_cannot_address_shows_before_and_after() -> None:
    change = Change(
        Action.UPDATE,
        Address.parse_change("listen/stats/lines[1]"),
        line_before="stats uri /a",
        line_after="stats uri /b",
    )
    text = plan_text(
        replace(RAW, changes=(change, replace(change, address=Address.parse_change("listen/stats/lines[2]"))))
    )
    assert "    ~ [1]\n      - stats uri /a\n      + stats uri /b\n    ~ [2]\n" in text


def test_a_changed_member_of_a_list_shows_line_and_attributes() -> None:
    line = "http-request deny deny_status 403"
    changes = (
        Change(
            Action.UPDATE,
            Address.parse_change("frontends/f/http_request_rules[0]"),
            {"deny_status": 401},
            {"deny_status": 403},
            "x",
            line,
        ),
        Change(
            Action.MOVE,
            Address.parse_change("frontends/f/http_request_rules[1]"),
            None,
            None,
            "y",
            "y",
            was=3,
            source="cfg:9",
        ),
    )
    text = plan_text(replace(TRANSACTION, changes=changes))
    assert f"    ~ [0]  {line}\n        deny_status  401 → 403\n" in text
    assert re.search(r"    > \[1\]  y +was \[3\]  cfg:9\n", text)


def test_many_equal_lines_are_counted_after_the_first() -> None:
    many = tuple(Unaddressed(f"haproxy.cfg:{n}", f"line {n}", "no listen", equal=True) for n in range(50))
    other = tuple(Unaddressed(f"haproxy.cfg:{n}", f"line {n}", "no listen", equal=False) for n in range(50, 80))
    text = plan_text(replace(NOTHING, unaddressed=many + other))
    assert "and 30 more (--json lists all)" in text
    assert "haproxy.cfg:79  line 79" in text
    assert "50 lines, equal on both sides: no listen" in text
    assert "30 lines, not equal on both sides: no listen" in text


def test_no_list_where_there_is_nothing_to_list() -> None:
    plan = replace(TRANSACTION, unaddressed=(), risks=(), drift=(), notes=())
    text = plan_text(plan)
    assert not [word for word in ("Not addressed", "Risks", "Drift", "Notes") if word in text]


def test_no_text_diff_where_there_is_none() -> None:
    assert plan_text(RAW, diff=True) == plan_text(RAW)


def test_sentences_wrap_and_values_are_cut() -> None:
    plan = replace(TRANSACTION, notes=("a note of many words " * 8,))
    text = plan_text(plan, Look(60))
    assert " ".join(plan.notes[0].split()) in " ".join(text.split())


def test_an_operation_without_a_reload_says_so() -> None:
    plan = replace(TRANSACTION, operations=(replace(TRANSACTION.operations[1], reload=False),))
    assert "(no reload)" in plan_text(plan)


def test_a_file_that_nothing_reloads_is_told_once() -> None:
    operations = tuple(replace(one, reload=False) for one in TRANSACTION.operations)
    plan = replace(
        TRANSACTION, operations=operations, target=replace(TRANSACTION.target, url="file:/a.cfg", keeps_text=True)
    )
    text = plan_text(plan)
    assert "\nReloads  none: this target has no master_socket or reload_command\n" in text
    assert "no reload)" not in text
    assert "- Reloads: none: this target has no `master_socket` or `reload_command`\n" in plan_page(plan, saved=SAVED)
