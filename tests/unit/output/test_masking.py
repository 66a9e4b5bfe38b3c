"""Values of secrets are masked in outputs for people only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hsync.model import Address
from hsync.output.masking import without_secrets
from hsync.plan.plan import Action, Change, Unaddressed
from tests.unit.output.plans import TRANSACTION

HIDDEN = [
    ("correct-horse", "auth u:correct-horse", "auth u:(secret)"),
    ("correct-horse", "xcorrect-horsex", "x(secret)x"),
    ("b", "path_beg b a:b", "path_beg (secret) a:(secret)"),
    (".*", "a .* b", "a (secret) b"),
]


@pytest.mark.parametrize(("secret", "text", "expected"), HIDDEN)
def test_a_short_value_is_hidden_where_it_stands_alone(secret: str, text: str, expected: str) -> None:
    made = without_secrets(replace(TRANSACTION, notes=(text,)), [secret])
    assert made.notes == (expected,)


def test_the_longest_secret_goes_first() -> None:
    made = without_secrets(replace(TRANSACTION, notes=("secret-1-more",)), ["secret-1", "secret-1-more"])
    assert made.notes == ("(secret)",)


def test_everything_that_people_read() -> None:
    bad = "correct-horse"
    change = Change(Action.UPDATE, Address.parse_change("backends/a"), {bad: [bad, 1]}, {"x": {"y": bad}}, bad, bad)
    plan = replace(
        TRANSACTION,
        changes=(change,),
        lane_reason=bad,
        unaddressed=(Unaddressed("f:1", bad, bad, equal=True),),
        result=replace(TRANSACTION.result, diff=(bad,)),
    )
    made = without_secrets(plan, [bad])
    assert made.changes[0].before == {bad: ["(secret)", 1]}
    assert made.changes[0].after == {"x": {"y": "(secret)"}}
    assert bad not in str(replace(made, changes=(), operations=()))
    assert made.operations == plan.operations


def test_a_creation_has_one_side() -> None:
    made = without_secrets(
        replace(TRANSACTION, changes=(Change(Action.CREATE, Address.parse_change("a"), None, {"b": "c"}),)), ["secret"]
    )
    assert made.changes[0].before is None


def test_without_secrets_a_plan_is_itself() -> None:
    assert without_secrets(TRANSACTION, ()) is TRANSACTION
