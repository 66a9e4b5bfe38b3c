"""The JSON output for programs."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hsync.output.machine import plan_document
from hsync.output.words import Saved
from hsync.plan.plan import Plan
from tests.golden.compare import check_golden
from tests.unit.output.plans import NOTHING, RAW, SAVED, TRANSACTION

GOLDEN = [
    ("plan-transaction.show.json", TRANSACTION, SAVED),
    ("plan-raw.show.json", RAW, SAVED),
    ("plan-nothing.show.json", NOTHING, None),
]


@pytest.mark.parametrize(("name", "plan", "saved"), GOLDEN)
def test_golden(name: str, plan: Plan, saved: Saved | None) -> None:
    check_golden(name, plan_document(plan, saved))


def test_no_request_body_leaves_the_plan_file() -> None:
    secret = "correct-horse"
    operation = TRANSACTION.operations[0]
    request = replace(operation.request, body={"password": secret})
    plan = replace(TRANSACTION, operations=(replace(operation, request=request, inverse=(request,)),))
    assert secret not in plan_document(plan)


def test_odd_characters_are_escapes_and_come_back() -> None:
    odd = "\x1b[0m\x9b\u202e\udcff é"
    text = plan_document(replace(NOTHING, notes=(odd,)))
    assert text.isascii()
    assert json.loads(text)["notes"] == [odd]
