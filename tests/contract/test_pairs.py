"""The 88 pairs of real configurations, in both directions, on all targets: the promise of hsync as a whole.

For each pair: two plans of the same input are equal; apply sends exactly the plan's operations, in order; the
target then has the meaning of the desired text, without losses and additions; a second plan is empty.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import UnsafePlanError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.session import apply_plan, current_of, make_plan, read_desired
from hsync.store.planfile import Meta, dump, load
from hsync.testing import Tap
from tests.contract.facts import facts, lines
from tests.contract.targets import Target, identity
from tests.corpus import needs_corpus, read_text, transitions

pytestmark = needs_corpus

PAIRS = transitions()
THERE_AND_BACK = [
    *(pytest.param(current, desired, id=name) for name, current, desired in PAIRS),
    *(pytest.param(desired, current, id=f"{name}-back") for name, current, desired in PAIRS),
]

NOOP = {
    "update-map-only-no-config-change": "the pair changes a map file: the configuration is the same on both sides",
    "update-map-only-no-config-change-back": "the same",
}
"""Pairs without changes. All other pairs have operations."""

RAW = {
    "backend-add-cookie-prefix": "`cookie ... insert ... prefix`: the API has one type of a cookie, the line two",
    "backend-add-cookie-prefix-back": "the same line, on the side that is left",
}
"""Pairs that need the raw lane. All other pairs have the transaction lane."""

LOST = {
    "backend-add-cookie-prefix": "the server's own parser reads `insert ... prefix` as `prefix` and writes that",
}
"""Pairs whose desired text the server's own parser cannot store: tested below, not skipped."""

STARTS_LOST = frozenset({("dataplane", "backend-add-cookie-prefix-back")})
"""Pairs that start with what the server stores of such a line, which operations can change."""

REAL_PARSER = frozenset({"engine", "dataplane"})
"""Targets with the server's own parser; the embedded server keeps such a line."""


def name_of(request: pytest.FixtureRequest) -> str:
    """The name of the pair, without that of the target."""
    identifier: str = request.node.callspec.id
    return identifier.removeprefix(f"{request.node.callspec.params['target']}-").removesuffix(
        f"-{request.node.callspec.params['target']}"
    )


def start_from(target: Target, current: Path, desired: Path) -> None:
    """Give the target the current text. If HAProxy checks texts, it must accept the desired text, too."""
    target.reset(read_text(current))
    if target.validates:
        try:
            target.client.validate_raw(read_text(desired))
        except Exception as error:  # noqa: BLE001 - whatever it says is the reason
            pytest.skip(f"its HAProxy refuses the desired text: {error}")
    target.tap.clear()


def planned(target: Target, desired: Path) -> Plan:
    return make_plan(target.client, read_desired(read_text(desired), desired.name), identity(target))


def assert_sent(tap: Tap, plan: Plan) -> None:
    """Assert that the server has received the requests of the plan."""
    if plan.lane == "transaction":
        assert [one.request for one in tap.seen if one.kind == "write"] == [one.request for one in plan.operations]
        writes = ["write"] * len(plan.operations)
        laid = ["layout", "staged"] if plan.result.layout else []
        kinds = ["read", "begin", *writes, "staged", *laid, "commit", "read"]
    else:
        pushed = [one for one in tap.seen if one.kind == "push"]
        assert pushed[0].request == plan.operations[0].request
        kinds = ["read", "push", *(["push"] if plan.operations[0].reload else []), "read"]
    assert [kind for kind in tap.kinds if kind != "poll"] == kinds


def assert_means(text: str, desired: str) -> None:
    """Assert that two texts have the same meaning: by `compare`, and by counting."""
    assert compare(Configuration.from_text(text), Configuration.from_text(desired)) == ()
    assert facts(text) - facts(desired) == {}, "added"
    assert facts(desired) - facts(text) == {}, "lost"
    assert lines(text) == lines(desired)


@pytest.mark.parametrize(("current", "desired"), THERE_AND_BACK)
def test_a_plan_leads_from_one_to_the_other(
    target: Target, current: Path, desired: Path, request: pytest.FixtureRequest
) -> None:
    name = name_of(request)
    start_from(target, current, desired)
    plan = planned(target, desired)
    assert target.tap.kinds == ["read"]
    again = planned(target, desired)
    assert again == plan
    assert dump(again, Meta(created="later")) == dump(plan, Meta()).replace('"created": ""', '"created": "later"')
    assert load(dump(plan, Meta()), "plan")[0] == plan

    lane = plan.lane if plan.operations else "nothing to do"
    request.node.user_properties.append(("lane", (target.name, lane)))
    raw = name in RAW and (target.name, name) not in STARTS_LOST
    assert lane == ("nothing to do" if name in NOOP else "raw" if raw else "transaction"), plan.lane_reason

    target.tap.clear()
    if name in LOST and target.name in REAL_PARSER:
        assert_put_back(target, plan, read_text(current))
        return
    outcome = apply_plan(target.client, plan)
    assert outcome.changed == bool(plan.operations)
    if plan.operations:
        assert_sent(target.tap, plan)
    assert_means(target.client.snapshot().text, read_text(desired))
    if target.client.traits.keeps_text:
        assert target.client.snapshot().body == f"{read_text(desired).rstrip()}\n".lstrip("\n")
    assert planned(target, desired).operations == ()


def assert_put_back(target: Target, plan: Plan, current: str) -> None:
    """The server stores another text than the plan promised: hsync notices it, and restores the old text."""
    with pytest.raises(
        UnsafePlanError, match="the stored text differs from the result that the plan promised, in backends/"
    ):
        apply_plan(target.client, plan)
    assert target.tap.kinds == ["read", "push", "push"]
    assert all(("skip_reload", "true") in one.query for one in target.tap.writes)
    assert compare(current_of(target.client.snapshot()), Configuration.from_text(current)) == ()


def test_every_exception_is_a_pair() -> None:
    names = {str(pair.id) for pair in THERE_AND_BACK}
    assert names >= {*NOOP, *RAW, *LOST}
    assert len(names) == 2 * len(PAIRS) == 176
