"""After a failed reload the disk has the old text, and the server's memory has the refused text at a higher version.

HAProxy runs the text on disk. The plan is based on it, and its push of the whole text makes disk and memory equal. Each
target is brought into this state by a text that its HAProxy refuses at the reload, and out of it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hsync.errors import ReloadFailedError, StalePlanError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.session import apply_plan, make_plan, read_desired, verify_plan
from hsync.store.planfile import Meta, dump, load
from hsync.testing import READ
from tests.contract.targets import TAKEN, Target, identity

BASE = """\
global
  maxconn 1000

defaults d
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from d
  bind 127.0.0.1:18096 name http
  default_backend web

backend web from d
  server w1 127.0.0.1:18081 weight 10
"""

DESIRED = BASE.replace("weight 10", "weight 20")
REFUSED = BASE + f"\nfrontend refused from d\n  bind {TAKEN} name taken\n"
REFUSED_RAW = BASE + f"\nlisten refused\n  mode http\n  timeout client 5s\n  bind {TAKEN}\n"
"""A change in a section that the API does not have: it is pushed as text."""


def plan_of(target: Target, desired: str) -> Plan:
    return make_plan(target.client, read_desired(desired, "haproxy.cfg"), identity(target))


def settle(target: Target, text: str) -> None:
    """Let the server write the text itself, and HAProxy load it."""
    target.reset(text)
    pushed = target.client.push_raw(text, target.client.snapshot().version)
    if pushed.reload_id:
        target.client.await_reload(pushed.reload_id)


def fail(target: Target, refused: str = REFUSED) -> None:
    """Let the reload of a server fail."""
    plan = plan_of(target, refused)
    with target.failing_reloads(), pytest.raises(ReloadFailedError) as caught:
        apply_plan(target.client, plan)
    assert caught.value.exit_code == 6
    assert "hsync plan" in caught.value.hint
    snapshot = target.client.snapshot()
    assert snapshot.memory_ahead
    assert means(target, BASE)
    target.tap.clear()


def means(target: Target, text: str) -> bool:
    return compare(Configuration.from_text(target.client.snapshot().text), Configuration.from_text(text)) == ()


def is_whole(target: Target) -> bool:
    """Assert that disk and memory agree: text, version and the text of a new transaction."""
    snapshot = target.client.snapshot()
    transaction = target.client.begin(snapshot.version)
    try:
        return not snapshot.split_brain and target.client.snapshot(transaction).sha256 == snapshot.sha256
    finally:
        target.client.abandon(transaction)


@pytest.mark.parametrize("refused", [REFUSED, REFUSED_RAW], ids=["transaction", "raw"])
def test_a_plan_works_on_what_the_disk_has_and_its_push_makes_both_equal(target: Target, refused: str) -> None:
    settle(target, BASE)
    fail(target, refused)
    before = target.client.snapshot()
    plan = plan_of(target, DESIRED)
    assert plan.lane == "raw"
    (unloaded,) = [one.reason for one in plan.risks if one.rule == "not-loaded"]
    assert plan.lane_reason == unloaded
    told = f"restored version {before.disk_version} on disk, its memory still has version {before.version}"
    assert told in unloaded
    assert [str(change.address) for change in plan.changes] == ["backends/web/servers/w1"]
    assert (plan.base.version, plan.base.disk_version) == (before.version, before.disk_version)
    assert apply_plan(target.client, plan).changed
    assert is_whole(target)
    assert means(target, DESIRED)
    assert plan_of(target, DESIRED).operations == ()


def test_a_plan_without_changes_makes_both_equal_too(target: Target) -> None:
    settle(target, BASE)
    fail(target)
    plan = plan_of(target, BASE)
    assert (plan.changes, len(plan.operations)) == ((), 1)
    assert apply_plan(target.client, plan).changed
    assert is_whole(target)
    assert means(target, BASE)
    again = apply_plan(target.client, plan)
    assert not again.changed
    assert "applied already" in again.message


def test_the_plan_file_carries_the_state(target: Target) -> None:
    settle(target, BASE)
    fail(target)
    plan = plan_of(target, DESIRED)
    read, _, _ = load(dump(plan, Meta("", "", "", "")), "plan.json")
    assert read == plan
    assert "the server's own validation accepts the result" in verify_plan(target.client, read).shown
    assert apply_plan(target.client, read).changed
    assert is_whole(target)


def push_disk(target: Target) -> None:
    """Make disk and memory equal, as another client."""
    snapshot = target.client.snapshot()
    target.client.push_raw(snapshot.body, snapshot.version, skip_reload=True)


def fail_again(target: Target) -> None:
    with target.failing_reloads(), pytest.raises(ReloadFailedError):
        apply_plan(target.client, plan_of(target, REFUSED))
    assert target.client.snapshot().memory_ahead


MOVES: list[tuple[str, Callable[[Target], None], str]] = [
    ("settled", push_disk, "now disk and memory agree, when the plan was made a failed reload has left version"),
    ("failed again", fail_again, "its version is"),
]


@pytest.mark.parametrize(("move", "told"), [case[1:] for case in MOVES], ids=[case[0] for case in MOVES])
def test_a_world_that_moved_since_is_refused_before_any_write(
    target: Target, move: Callable[[Target], None], told: str
) -> None:
    settle(target, BASE)
    fail(target)
    plan = plan_of(target, DESIRED)
    move(target)
    target.tap.clear()
    with pytest.raises(StalePlanError, match=told) as caught:
        apply_plan(target.client, plan)
    assert caught.value.exit_code == 3
    assert target.tap.writes == []
    assert means(target, BASE)


def test_a_plan_of_before_the_failure_is_refused(target: Target) -> None:
    settle(target, BASE)
    plan = plan_of(target, DESIRED)
    fail(target)
    with pytest.raises(StalePlanError, match="now a failed reload has left version"):
        apply_plan(target.client, plan)
    with pytest.raises(StalePlanError, match="when the plan was made disk and memory agree"):
        verify_plan(target.client, replace(plan, base=replace(plan.base, version=plan.base.version + 1)))
    assert target.tap.writes == []


def test_a_way_out_that_fails_itself_leaves_another_plan_to_make(target: Target) -> None:
    settle(target, BASE)
    fail(target)
    fail_again(target)
    assert apply_plan(target.client, plan_of(target, BASE)).changed
    assert is_whole(target)


def test_a_memory_that_is_ahead_for_the_time_of_a_commit_is_no_failed_reload(target: Target) -> None:
    """The server increases its version before HAProxy has checked the text."""
    settle(target, BASE)
    whole = target.client.snapshot()
    older = "\n".join([f"# _version={whole.version - 1}", *whole.body.splitlines(), ""])
    target.tap.clear()
    target.tap.change_answer(READ, lambda _: older)
    assert target.client.at_rest() == whole
    assert target.tap.kinds == ["read", "read"]
