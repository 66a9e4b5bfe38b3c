"""A plan in a pull request."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from hsync.model import Address
from hsync.output.markdown import plan_page
from hsync.output.words import Saved
from hsync.plan.plan import Action, Change, Plan, Unaddressed
from hsync.plan.risk import Level, Risk
from tests.golden.compare import check_golden
from tests.unit.output.plans import NOTHING, RAW, SAVED, TRANSACTION

GOLDEN = [
    ("plan-transaction.md", TRANSACTION, SAVED),
    ("plan-raw.md", RAW, SAVED),
    ("plan-nothing.md", NOTHING, None),
]


@pytest.mark.parametrize(("name", "plan", "saved"), GOLDEN)
def test_golden(name: str, plan: Plan, saved: Saved | None) -> None:
    check_golden(name, plan_page(plan, saved=saved))


def test_text_from_outside_is_no_markup() -> None:
    bad = "``` </details> @all [x](javascript:1) <script>|`\n# head\x1b"
    plan = replace(
        TRANSACTION,
        changes=(Change(Action.CREATE, Address("backends", bad), after={bad: bad}, source=bad),),
        risks=(Risk(bad, Level.HIGH, Address("backends", bad), bad, (bad,), bad, bad, bad),),
        notes=(bad,),
        unaddressed=(Unaddressed(bad, bad, bad, equal=False),),
        lane_reason=bad,
    )
    text = plan_page(plan, saved=SAVED)
    assert "\x1b" not in text
    assert "\n# head" not in text
    outside = re.sub(r"(?s)^(`{3,})diff\n.*?\n\1$", "", text, flags=re.MULTILINE)
    outside = re.sub(r"(`+) .*? \1|(?<!`)`[^`\n]+`(?!`)", "", outside)
    assert "<script>" not in outside
    assert " @all" not in outside
    assert outside.count("</details>") == outside.count("<details>")


def test_a_plan_that_touches_nothing_opaque_has_no_table_of_lines() -> None:
    assert "cannot address" not in plan_page(replace(TRANSACTION, unaddressed=()))


def test_a_large_plan_fits_into_a_comment() -> None:
    changes = tuple(
        Change(Action.CREATE, Address.parse_change(f"backends/b/servers/s{n}"), line_after=f"server s{n} " + "x" * 500)
        for n in range(2000)
    )
    plan = replace(
        TRANSACTION,
        changes=changes,
        operations=TRANSACTION.operations * 100,
        risks=tuple(Risk("r", Level.HIGH, Address("backends", f"b{n}"), "is deleted") for n in range(2000)),
        unaddressed=tuple(Unaddressed(f"f:{n}", "l" * 50, "why", equal=True) for n in range(200)),
        result=replace(TRANSACTION.result, diff=("+ " + "y" * 900,) * 5000),
    )
    text = plan_page(plan, saved=SAVED)
    assert len(text) < 65_536
    assert "more lines: see the plan file" in text
    assert "and 150 more." in text
    assert all(f"backends/b{n}" in text for n in range(2000))
