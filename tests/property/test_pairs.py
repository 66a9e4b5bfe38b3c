"""Random pairs of configurations: a plan leads from one to the other and back, and a second plan is empty.

They refer to undefined backends, tables and so on, which HAProxy would refuse: it is not used here.

`HSYNC_PAIRS` is the number of pairs (default 25 for each target), which are the same in each run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, note, settings

from hsync.dataplane import DataplaneClient
from hsync.errors import ConfigError
from hsync.model import Configuration
from hsync.plan.compare import Delta, compare
from hsync.plan.plan import Action, Plan
from hsync.schema import Shape
from hsync.secrecy import MASK
from hsync.session import apply_plan, current_of, make_plan, read_desired
from hsync.session.shown import refuse_contradiction
from hsync.testing import Server, rewrite
from tests.oracle.engine import API, Engine, engine
from tests.property.edits import pairs
from tests.property.strategies import Style, kinds_of, unmodelled_of
from tests.property.words import Scope

__all__ = ["engine"]

PAIRS = int(os.environ.get("HSYNC_PAIRS", "25"))
SETTINGS = settings(
    max_examples=PAIRS, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


def handwritten(api: str, *, odd: bool = False, server: bool = False) -> Style:
    """Configurations as people write them, including section kinds without API objects."""
    scope = Scope(api=api, odd=odd)
    kinds = (*kinds_of(scope), *unmodelled_of(api if server else ""))
    return Style(scope, raw_only=odd, kinds=kinds, handwritten=True, server=server)


NEWEST = handwritten("3.4")
NEWEST_WITH_RAW = handwritten("3.4", odd=True)
NEWEST_ON_A_SERVER = handwritten("3.4", server=True)
OLDER = handwritten(API, server=True)

Open = Callable[[str], DataplaneClient]


@pytest.fixture(autouse=True, scope="module")
def names_are_free() -> Iterator[None]:
    """Allow undefined names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hsync.session.planning.refuse_unknown", lambda *_: None)
        yield


def plan_for(client: DataplaneClient, text: str) -> Plan:
    target = client.as_target("it")
    return make_plan(client, read_desired(text, "desired", kept=client.traits.keeps_text), target)


def lead(client: DataplaneClient, text: str) -> None:
    """Plan and apply a text, and assert that the target has its meaning and that a second plan is empty."""
    plan = plan_for(client, text)
    note(f"{plan.lane}: {plan.lane_reason}")
    for operation in plan.operations if plan.lane == "transaction" else ():
        note(f"{operation.request.method} {operation.address} {operation.request.body}")
    # A mask can change what a line means: such a plan has no sections, and `show` says so.
    assert plan.base.sections is not None or MASK in "".join(plan.result.diff)
    refuse_contradiction(plan)
    apply_plan(client, plan)
    assert compare(current_of(client.snapshot()), Configuration.from_text(text)) == ()
    if client.traits.keeps_text:
        assert client.snapshot().body.lstrip("\n") == text.lstrip("\n").removesuffix("\n") + "\n" * bool(text)
    assert plan_for(client, text).operations == ()


def there_and_back(open_target: Open, current: str, desired: str) -> None:
    note(f"{current}\n--- desired\n{desired}")
    with open_target(current) as client:
        for text in (desired, current):
            note("--- lead")
            lead(client, text)


@SETTINGS
@given(pairs(NEWEST))
def test_on_a_text_in_memory(pair: tuple[str, str]) -> None:
    there_and_back(lambda text: DataplaneClient.embedded(text=text), *pair)


@SETTINGS
@given(pairs(NEWEST_WITH_RAW))
def test_on_a_text_in_memory_with_odd_words_and_lines_that_stay_text(pair: tuple[str, str]) -> None:
    there_and_back(lambda text: DataplaneClient.embedded(text=text), *pair)


def on_a_server(style: Style, open_target: Open) -> None:
    """Lead pairs on a target that rewrites text. Plans with losses are refused, which must be rare."""
    refused: list[str] = []

    @SETTINGS
    @given(pairs(style))
    def hold(pair: tuple[str, str]) -> None:
        try:
            there_and_back(open_target, *pair)
        except ConfigError as error:
            refused.append(str(error.faults[0].what))

    hold()
    print(f"refused: {len(refused)} of {PAIRS}", *refused, sep="\n")
    assert len(refused) <= 3 + PAIRS / 10


def test_on_a_text_in_memory_that_is_rewritten_as_a_server_does() -> None:
    on_a_server(NEWEST_ON_A_SERVER, lambda text: Server(rewrite(text)).client)


def test_on_the_engine(engine: Engine) -> None:
    def opened(text: str) -> DataplaneClient:
        engine.reset(engine.rewrite(text))
        return engine.client()

    on_a_server(OLDER, opened)


@SETTINGS
@given(pairs(NEWEST))
def test_the_inverses_of_the_operations_lead_back(pair: tuple[str, str]) -> None:
    current, desired = pair
    with DataplaneClient.embedded(text=current) as client:
        plan = plan_for(client, desired)
        if plan.lane == "raw":
            return
        transaction = client.begin(client.snapshot().version)
        for operation in plan.operations:
            client.send(operation.request, transaction)
        for operation in reversed(plan.operations):
            for request in operation.inverse:
                note(f"undo {operation.action} {operation.address}: {request.method} {request.body}")
                client.send(request, transaction)
        left = compare(current_of(client.snapshot(transaction)), Configuration.from_text(current))
        deleted = {operation.address for operation in plan.operations if operation.action is Action.DELETE}
        # What is text in a section that is deleted comes back by no request of the API.
        assert not [
            delta
            for delta in left
            if delta.base or (delta.opaque and str(delta.address) not in deleted) or not only_moves(delta)
        ]


def only_moves(delta: Delta) -> bool:
    """Whether only the places of named children differ: a child that is created again comes last."""
    paths = delta.either.type.child_by_path if delta.either.type else {}
    return all(
        paths[one.child].shape is Shape.NAMED and all(edit.action is Action.MOVE for edit in one.edits)
        for one in delta.collections
    )
