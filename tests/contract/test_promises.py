"""The promises of hsync on all targets: a changed target, a damaged text, a refusal, a lost answer, a failed reload.

Each test injects one fault, and then checks the requests and the configuration of the server.
"""

from __future__ import annotations

import re
from contextlib import nullcontext
from dataclasses import replace
from itertools import groupby

import pytest

from hsync.dataplane.embedded import EmbeddedSettings
from hsync.errors import (
    HsyncError,
    OutcomeUnknown,
    ReloadFailedError,
    StalePlanError,
    TargetError,
    UnsafePlanError,
)
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan
from hsync.session import OperationRefused, Outcome, apply_plan, make_plan, read_desired, verify_plan
from hsync.testing import BEGIN, COMMIT, OPERATION, PUSH, READ, RELOAD, STAGED
from tests.contract.targets import Embedded, Target, identity

BASE = """\
global
  maxconn 1000

defaults unnamed_defaults_1
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

frontend www from unnamed_defaults_1
  bind 127.0.0.1:18080 name http
  default_backend web

backend api from unnamed_defaults_1
  server a1 127.0.0.1:18091

backend web from unnamed_defaults_1
  server w1 127.0.0.1:18081 weight 10
  server w2 127.0.0.1:18082
"""

DESIRED = BASE.replace("weight 10", "weight 20") + "  server w3 127.0.0.1:18083\n"

RAW_BASE = BASE + "\nlisten old\n  mode http\n  bind 127.0.0.1:18099\n  server o1 127.0.0.1:18094\n"
RAW_DESIRED = RAW_BASE.replace("server o1", "server o2")
"""The API has no `listen` sections: the plan is a push of the whole text."""


def plan_of(target: Target, desired: str) -> Plan:
    return make_plan(target.client, read_desired(desired, "haproxy.cfg"), identity(target))


def planned(target: Target, current: str = BASE, desired: str = DESIRED) -> Plan:
    """A plan from one text to another, with an empty record of requests."""
    target.reset(current)
    plan = plan_of(target, desired)
    target.tap.clear()
    return plan


def means(target: Target, text: str) -> bool:
    snapshot = target.client.snapshot()
    assert not snapshot.split_brain
    return compare(Configuration.from_text(snapshot.text), Configuration.from_text(text)) == ()


def open_transactions(target: Target) -> object:
    return target.client.get_json("/services/haproxy/transactions")


def refused(target: Target, plan: Plan, kind: type[HsyncError], current: str = BASE) -> HsyncError:
    """Assert that apply fails with this error, without a change and without a transaction."""
    with pytest.raises(kind) as caught:
        apply_plan(target.client, plan)
    assert open_transactions(target) == []
    assert means(target, current)
    return caught.value


# The world moved


def test_a_version_that_moved_is_refused_before_any_write(target: Target) -> None:
    plan = planned(target)
    snapshot = target.client.snapshot()
    moved = target.client.push_raw(snapshot.body, snapshot.version, skip_reload=True).snapshot
    assert moved.version == plan.base.version + 1
    assert moved.sha256 == plan.base.sha256
    target.tap.clear()
    error = refused(target, plan, StalePlanError)
    assert error.exit_code == 3
    assert f"its version is {moved.version}, the plan was made on version {plan.base.version}" in error.message
    assert "its text" not in error.message
    assert target.tap.writes == []


def test_one_changed_byte_is_refused_before_any_write(target: Target) -> None:
    plan = planned(target)
    snapshot = target.client.snapshot()
    changed = snapshot.body.replace("server a1 127.0.0.1:18091", "server a1 127.0.0.1:18092")
    target.client.push_raw(changed, snapshot.version, skip_reload=True)
    target.tap.clear()
    error = refused(target, plan, StalePlanError, BASE.replace("18091", "18092"))
    assert error.exit_code == 3
    assert "its text is sha256:" in error.message
    assert plan.base.sha256[:12] in error.message
    assert target.tap.writes == []


def test_a_comment_that_was_added_is_refused_too(target: Target) -> None:
    """The text counts, not only its meaning: the reviewer of the plan has not seen the comment."""
    plan = planned(target)
    snapshot = target.client.snapshot()
    target.client.push_raw("# by hand\n" + snapshot.body, snapshot.version, skip_reload=True)
    target.tap.clear()
    assert refused(target, plan, StalePlanError).exit_code == 3
    assert target.tap.writes == []


def test_a_write_between_reading_and_beginning_is_refused_by_the_server(target: Target) -> None:
    plan = planned(target)

    def write() -> None:
        snapshot = target.client.snapshot()
        target.client.push_raw(snapshot.body, snapshot.version, skip_reload=True)

    target.tap.before(BEGIN, write)
    error = refused(target, plan, StalePlanError)
    assert error.exit_code == 3
    assert "write" not in target.tap.kinds


@pytest.mark.parametrize("moment", [OPERATION, COMMIT], ids=["operation", "commit"])
def test_a_commit_of_somebody_else_between_beginning_and_commit_is_a_moved_world(
    target: Target, moment: re.Pattern[str]
) -> None:
    """The server refuses what comes next, and only the status of the transaction says why."""
    plan = planned(target)
    target.tap.before(moment, lambda: target.client.commit(target.client.begin(plan.base.version)))
    error = refused(target, plan, StalePlanError)
    assert error.exit_code == 3
    assert "has changed since it was read" in error.message


def test_a_write_between_beginning_and_commit_is_refused_by_the_server(target: Target) -> None:
    plan = planned(target)

    def write() -> None:
        snapshot = target.client.snapshot()
        target.client.push_raw(snapshot.body, snapshot.version, skip_reload=True)

    target.tap.before(COMMIT, write)
    assert refused(target, plan, StalePlanError).exit_code == 3


def test_another_target_is_refused_without_a_request(target: Target) -> None:
    plan = planned(target)
    other = replace(plan, target=replace(plan.target, url="https://other.example:5555"))
    with pytest.raises(StalePlanError, match=r"made for https://other\.example:5555, this target is") as caught:
        apply_plan(target.client, other)
    assert caught.value.exit_code == 3
    assert target.tap.seen == []


@pytest.mark.parametrize(("current", "desired"), [(BASE, DESIRED), (RAW_BASE, RAW_DESIRED)], ids=["transaction", "raw"])
def test_a_second_apply_of_one_plan_does_nothing(target: Target, current: str, desired: str) -> None:
    plan = planned(target, current, desired)
    first = apply_plan(target.client, plan)
    assert first.changed
    target.tap.clear()
    second = apply_plan(target.client, plan)
    assert not second.changed
    assert "applied already" in second.message
    assert target.tap.kinds == ["read"]
    assert second.snapshot.sha256 == first.snapshot.sha256


def test_the_digest_of_an_earlier_run_tells_a_second_apply(target: Target) -> None:
    plan = planned(target)
    first = apply_plan(target.client, plan)
    target.tap.clear()
    second = apply_plan(target.client, plan, applied=first.snapshot.sha256)
    assert not second.changed
    assert target.tap.writes == []


# The proof


def test_a_damaged_staged_text_is_never_committed(target: Target) -> None:
    plan = planned(target)
    target.tap.change_answer(STAGED, lambda text: text.replace("maxconn 1000", "maxconn 9"))
    error = refused(target, plan, UnsafePlanError)
    assert error.exit_code == 4
    assert error.message.splitlines() == [
        "the staged text differs from the result that the plan promised, in global:",
        "  @@ global",
        "   global",
        "  -  maxconn 1000",
        "  +  maxconn 9",
    ]
    assert error.hint.startswith("the transaction was deleted, nothing was changed; ")
    assert "commit" not in target.tap.kinds
    assert target.tap.kinds.count("delete") == 1


def test_an_operation_that_arrives_changed_is_never_committed(target: Target) -> None:
    plan = planned(target)
    target.tap.change_request(OPERATION, lambda body: body.replace("127.0.0.1", "127.0.0.2"))
    error = refused(target, plan, UnsafePlanError)
    assert "in backends/web" in error.message
    assert "commit" not in target.tap.kinds


def test_a_raw_push_that_is_stored_changed_is_put_back(target: Target) -> None:
    plan = planned(target, RAW_BASE, RAW_DESIRED)
    assert plan.lane == "raw"
    target.tap.change_request(PUSH, lambda text: text.replace("maxconn 1000", "maxconn 9"))
    error = refused(target, plan, UnsafePlanError, RAW_BASE)
    assert error.exit_code == 4
    assert error.message.endswith("in global:\n  @@ global\n   global\n  -  maxconn 1000\n  +  maxconn 9")
    assert "the old text was restored before any reload" in error.hint
    assert [("skip_reload", "true") in one.query for one in target.tap.writes] == [True, True]


def test_a_plan_whose_replay_gives_another_text_is_refused(target: Target) -> None:
    plan = planned(target)
    other = replace(plan, result=replace(plan.result, sha256="0" * 64))
    assert refused(target, other, UnsafePlanError).exit_code == 4
    assert target.tap.writes == []


# Refusals


def test_a_refused_operation_ends_the_transaction(target: Target) -> None:
    plan = planned(target)
    target.tap.change_request(OPERATION, lambda body: body.replace('"name"', '"not_a_name"'))
    error = refused(target, plan, OperationRefused)
    assert isinstance(error, OperationRefused)
    assert error.operation == plan.operations[0]
    assert error.server_message
    assert f"operation 1 of {len(plan.operations)}, " in error.message
    assert target.tap.kinds[:4] == ["read", "begin", "write", "delete"]


def test_a_lost_answer_to_an_operation_ends_the_transaction(target: Target) -> None:
    plan = planned(target)
    target.tap.lose_answer(OPERATION)
    error = refused(target, plan, TargetError)
    assert not isinstance(error, OutcomeUnknown)
    assert "nothing was changed: the transaction was not committed" in error.message
    assert target.tap.kinds[:4] == ["read", "begin", "write", "delete"]


# The commit


def test_a_lost_answer_to_a_commit_is_found_out(target: Target) -> None:
    plan = planned(target)
    target.tap.lose_answer(COMMIT)
    outcome = apply_plan(target.client, plan)
    assert outcome.changed
    assert target.tap.kinds.count("commit") == 1
    assert outcome.reload_id or target.client.traits.keeps_text
    assert open_transactions(target) == []
    assert means(target, DESIRED)


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(("command", "error"), [("true", None), ("false", ReloadFailedError)])
def test_the_reload_of_a_commit_whose_answer_was_lost_is_awaited(
    command: str, error: type[HsyncError] | None, batched: bool
) -> None:
    """The list of reloads has the id that was in the lost answer; a reload at once has none: another one is requested.

    If the lost reload at once has failed, the server has the old text again, and nobody can tell this from a commit
    that never was.
    """
    target = Embedded(rewrites=True, settings=EmbeddedSettings(reload_command=command, reload_delay_s=5))
    try:
        settle(target, BASE)
        plan = plan_of(target, DESIRED)
        target.tap.clear()
        target.tap.lose_answer(COMMIT)
        ends = error if batched or not error else OutcomeUnknown
        with pytest.raises(ends) if ends else nullcontext():
            assert apply_plan(target.client, plan, batched=batched).reload_id
        assert ("poll" in target.tap.kinds) == (ends is not OutcomeUnknown)
        assert ("push" in target.tap.kinds) == (not batched and not error)
    finally:
        target.stop()


def test_a_commit_that_never_arrived_is_an_error_and_no_change(target: Target) -> None:
    if target.validates:
        pytest.skip("the wait for the fate of a commit is real there: 30 s")
    plan = planned(target)
    target.tap.lose_request(COMMIT)
    error = refused(target, plan, TargetError)
    assert not isinstance(error, OutcomeUnknown)
    assert "not committed" in error.message


def test_a_lost_answer_to_a_raw_push_is_an_unknown_outcome(target: Target) -> None:
    plan = planned(target, RAW_BASE, RAW_DESIRED)
    target.tap.lose_answer(PUSH)
    with pytest.raises(OutcomeUnknown):
        apply_plan(target.client, plan)
    assert target.tap.kinds == ["read", "push"]


def test_a_raw_plan_that_was_stored_but_never_reloaded_is_finished_by_the_next_apply(target: Target) -> None:
    """The run died between its two pushes: the server has the text, HAProxy does not.

    It could also be alive, so the next run gives it some time: it reads again, and pushes if nobody else did.
    """
    plan = planned(target, RAW_BASE, RAW_DESIRED)
    target.client.push_raw(str(plan.operations[0].request.body), plan.base.version, skip_reload=True)
    target.tap.clear()
    outcome = apply_plan(target.client, plan)
    assert outcome.changed
    assert outcome.reload_id
    kinds = [kind for kind in target.tap.kinds if kind != "poll"]
    assert [kind for kind, _ in groupby(kinds)] == ["read", "push", "read"]
    assert means(target, RAW_DESIRED)
    assert not apply_plan(target.client, plan).changed


def test_a_raw_plan_that_another_run_is_reloading_is_left_to_it(target: Target) -> None:
    """The other run is alive: its second push comes while this run waits, and is not repeated."""
    plan = planned(target, RAW_BASE, RAW_DESIRED)
    text = str(plan.operations[0].request.body)
    stored = target.client.push_raw(text, plan.base.version, skip_reload=True).snapshot
    target.tap.clear()
    target.tap.before(READ, lambda: target.client.push_raw(stored.body, stored.version), number=2)
    outcome = apply_plan(target.client, plan)
    assert (outcome.changed, outcome.sent) == (False, 0)
    assert target.tap.kinds.count("push") == 1
    assert means(target, RAW_DESIRED)


# The reload


def test_a_reload_that_failed_is_not_called_applied(target: Target) -> None:
    plan = planned(target)
    target.tap.change_answer(RELOAD, lambda _: '{"id": "2026-01-01-1", "status": "failed", "response": "no such file"}')
    with pytest.raises(ReloadFailedError, match="committed, but the reload failed") as caught:
        apply_plan(target.client, plan, batched=True)
    assert caught.value.exit_code == 6
    assert caught.value.server_message == "no such file"
    assert target.tap.kinds[-2:] == ["commit", "poll"]


def settle(target: Embedded, text: str) -> None:
    """Let the server write the text itself, as in any commit."""
    target.reset(text)
    target.client.push_raw(text, target.client.snapshot().version, skip_reload=True)
    target.reset(target.text)


def test_the_damage_of_a_server_is_found() -> None:
    """The same as above, with a server that damages the text itself, instead of a proxy."""
    target = Embedded(damage=lambda text: text.replace("server w3", "server w4"))
    try:
        plan = planned(target)
        error = refused(target, plan, UnsafePlanError)
        assert "in backends/web" in error.message
    finally:
        target.stop()


# Requests


def many(count: int) -> str:
    """A frontend with `number` rules."""
    rules = "".join(f"  http-request set-header X-{number} value-{number}\n" for number in range(count))
    return BASE.replace("  default_backend web\n", f"{rules}  default_backend web\n")


def with_rule(text: str) -> str:
    rule = "  http-request set-header X-100 value-100\n"
    return text.replace(rule, f"  http-request deny if TRUE\n{rule}")


COUNTED = [
    pytest.param(BASE, BASE.replace("weight 10", "weight 20"), id="one server changed"),
    pytest.param(BASE, BASE + "  server w3 127.0.0.1:18083\n", id="one server added"),
    pytest.param(many(200), with_rule(many(200)), id="one rule inserted into 200"),
]


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(("current", "desired"), COUNTED)
def test_one_change_is_one_request_to_plan_and_six_to_apply(
    target: Target, current: str, desired: str, batched: bool
) -> None:
    """The reload is a part of the commit, so that nobody waits for it; if it is left to the server, it is polled."""
    target.reset(current)
    target.tap.clear()
    plan = plan_of(target, desired)
    assert target.tap.kinds == ["read"]
    assert len(plan.changes) == 1
    target.tap.clear()
    outcome = apply_plan(target.client, plan, batched=batched)
    polled = batched or target.client.traits.keeps_text
    assert (outcome.changed, bool(outcome.reload_id)) == (True, polled)
    kinds = target.tap.kinds
    polls = kinds.count("poll")
    assert [kind for kind in kinds if kind != "poll"] == ["read", "begin", "write", "staged", "commit", "read"]
    assert (polls >= 1) == polled
    assert means(target, desired)


def test_nothing_to_do_is_one_request_to_plan_and_one_to_apply(target: Target) -> None:
    target.reset(BASE)
    target.tap.clear()
    plan = plan_of(target, BASE)
    assert (plan.operations, plan.changes) == ((), ())
    assert target.tap.kinds == ["read"]
    assert apply_plan(target.client, plan) == Outcome(
        changed=False, message="nothing to do", snapshot=target.client.snapshot()
    )
    assert target.tap.kinds == ["read", "read", "read"]


def test_the_api_release_is_remembered(target: Target) -> None:
    assert target.client.api_release() == identity(target).api
    assert target.tap.seen == []


def test_verify_names_the_lines_that_the_server_stages_in_another_way(target: Target) -> None:
    plan = planned(target)
    target.tap.change_answer(STAGED, lambda text: text.replace("maxconn 1000", "maxconn 9"))
    with pytest.raises(UnsafePlanError) as caught:
        verify_plan(target.client, plan)
    assert caught.value.message.endswith("  -  maxconn 1000\n  +  maxconn 9")
    assert "verify" not in caught.value.hint
    assert open_transactions(target) == []


def test_verify_shows_the_plan_on_the_server_and_changes_nothing(target: Target) -> None:
    plan = planned(target)
    shown = verify_plan(target.client, plan).shown
    assert "staged on the server in a transaction (now deleted): the text has the promised meaning" in shown
    assert open_transactions(target) == []
    assert means(target, BASE)
    assert "commit" not in target.tap.kinds
