from __future__ import annotations

import ast
import asyncio
import dataclasses
import inspect
import logging
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

import hsync
from hsync import (
    ConfigError,
    Configuration,
    DataplaneClient,
    HsyncError,
    Operation,
    OperationError,
    OutcomeUnknown,
    Plan,
    PlanFileError,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    SyncCancelledError,
    Synchronizer,
    SyncOptions,
    SyncPolicy,
    SyncResult,
    TargetError,
    Transaction,
    UnsafePlanError,
    UsageError,
    VersionAdapter,
    apply_plan,
    default_sync_options,
    dry_run_options,
    make_plan,
    new_failure_result,
    new_no_changes_result,
    new_success_result,
    sync_operations,
)
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.dataplane.embedded import server as embedded_server
from hsync.dataplane.embedded.reloads import Outcome
from tests.unit.dataplane.script import refusal, script
from tests.unit.sync_server import BASE, RAW, Server, is_begin, is_commit, more, refusing, same, times

DES = more(2)
FORCE = SyncOptions(policy=SyncPolicy.APPLY_FORCE)
GO_ON = SyncOptions(continue_on_error=True)
SECOND = timedelta(seconds=1)


def synchronizer(server: Server) -> Synchronizer:
    return Synchronizer(server.client(), sleep=lambda _: None)


def run(
    server: Server, desired: str = DES, options: SyncOptions | None = None, current: str | None = None
) -> SyncResult:
    """A sync, and what must be true after each: no transaction is left, and the result agrees with the target."""
    result = synchronizer(server).sync_from_strings(current, desired, options)
    assert server.open_transactions == []
    if result.policy.should_apply:
        assert result.success == same(server.now, desired)
    return result


def addresses(operations: tuple[Any, ...]) -> list[str]:
    return [one.operation.address if isinstance(one, OperationError) else one.address for one in operations]


def operations_to(desired: str, current: str = BASE) -> tuple[Operation, ...]:
    return make_plan(Server(current).client(), desired).operations


# --- The face: New, Sync, SyncFromStrings, WithLogger


def test_new_takes_a_client_of_a_server_or_of_a_file(tmp_path: Path) -> None:
    assert isinstance(Synchronizer(DataplaneClient("http://127.0.0.1:5555", auth=("admin", "secret"))), Synchronizer)
    path = tmp_path / "haproxy.cfg"
    path.write_text(BASE)
    with DataplaneClient.embedded(path) as client:
        assert Synchronizer(client).sync(None, Configuration.from_text(DES)).success
    assert same(path.read_text(), DES)


@pytest.mark.parametrize("current", [None, BASE, "# a comment changes nothing\n" + BASE])
def test_sync_brings_the_target_to_the_desired_configuration(current: str | None) -> None:
    server = Server()
    given = None if current is None else Configuration.from_text(current)
    result = synchronizer(server).sync(given, Configuration.from_text(DES))
    assert (result.success, result.retries, result.has_failures, result.error) == (True, 0, False, None)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2"]
    assert result.message == "2 operations applied"
    assert same(server.now, DES)
    assert len([one for one in server.sent if "/transactions" in one]) == 2  # begun once, committed once
    result.raise_for_failure()


def test_sync_of_the_same_meaning_writes_nothing() -> None:
    server = Server()
    result = run(server, BASE.replace("    ", "\t") + "# a comment\n")
    assert (result.success, result.diff, result.has_changes, result.message) == (True, None, False, "no changes")
    assert server.writes == []


def test_a_current_that_the_target_does_not_run_is_a_version_conflict() -> None:
    server = Server()
    result = run(server, current=more(5))
    assert (result.success, result.retries) == (True, 1)
    server = Server(BASE)
    result = run(server, current="# _version=41\n" + more(1), options=dry_run_options())
    assert not result.success
    assert isinstance(result.error, StalePlanError)
    assert "expected version 41, the target has version 1" in result.message
    assert "does not run the current configuration that was given: backends/b1" in result.message


def test_sync_wants_a_configuration() -> None:
    with pytest.raises(UsageError, match="is a str, not a Configuration"):
        Synchronizer(Server().client()).sync(None, DES)  # type: ignore[arg-type]


def test_sync_from_strings_parses_both_texts() -> None:
    assert run(Server(), DES, current=BASE).success


@pytest.mark.parametrize(
    ("current", "desired", "place"),
    [
        (BASE, BASE + "backend web\n    balance leastconn\n", "desired:16:1: backend web stands already at line 14"),
        (BASE, BASE + '    http-request set-header X "open\n', "desired:16:31: unmatched"),
        (BASE + "frontend\n", BASE, "current:16:1: frontend without a name"),
    ],
)
@pytest.mark.parametrize("options", [None, dry_run_options(), FORCE])
def test_a_parse_error_is_raised(current: str, desired: str, place: str, options: SyncOptions | None) -> None:
    server = Server()
    with pytest.raises(ConfigError, match=place):
        Synchronizer(server.client()).sync_from_strings(current, desired, options)
    assert server.sent == []


def test_with_logger_returns_a_synchronizer_that_logs(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    logger = logging.getLogger("my.controller")
    first = synchronizer(server)
    other = first.with_logger(logger)
    assert isinstance(other, Synchronizer)
    with caplog.at_level(logging.DEBUG):
        other.sync_from_strings(None, DES)
    told = [(one.name, one.levelname, one.message) for one in caplog.records if one.name != "httpx"]
    assert ("my.controller", "INFO", "sync of http://127.0.0.1:5555, policy apply") in told
    assert ("my.controller", "DEBUG", "create backends/b2 (1 of 2)") in told
    assert told[-1] == ("my.controller", "INFO", "sync: 2 operations applied")
    assert {name for name, _, _ in told} == {"my.controller"}


@pytest.mark.parametrize("options", [None, GO_ON])
def test_no_secret_is_logged_or_told(caplog: pytest.LogCaptureFixture, options: SyncOptions | None) -> None:
    secret = "$5$salt$hunter2hunter2"
    desired = more(1) + f"\nuserlist people\n    user joe password {secret}\n"
    server = Server(before=refusing({"/users": f"bad password {secret} of joe", "userlists": f"no {secret}"}))
    with caplog.at_level(logging.DEBUG):
        result = run(server, desired, options)
    assert result.has_failures
    told = f"{caplog.text}{result}{result.message}{[str(one) for one in result.failed_operations]}"
    assert "(secret)" in told
    assert secret not in told
    assert "hunter2" not in told


def test_sync_in_asyncio_runs_in_a_thread() -> None:
    server = Server()

    async def main() -> SyncResult:
        return await asyncio.to_thread(synchronizer(server).sync_from_strings, None, DES)

    assert asyncio.run(main()).success


# --- SyncPolicy, SyncOptions


@pytest.mark.parametrize(
    ("policy", "text", "dry", "retries", "apply"),
    [
        (SyncPolicy.DRY_RUN, "dry-run", True, 0, False),
        (SyncPolicy.APPLY, "apply", False, 3, True),
        (SyncPolicy.APPLY_FORCE, "apply-force", False, -1, True),
    ],
)
def test_sync_policy(policy: SyncPolicy, text: str, dry: bool, retries: int, apply: bool) -> None:
    assert (str(policy), policy.is_dry_run, policy.max_retries, policy.should_apply) == (text, dry, retries, apply)
    assert SyncPolicy(text) is policy


def test_sync_options() -> None:
    assert default_sync_options() == SyncOptions(SyncPolicy.APPLY, continue_on_error=False, validate_before_apply=True)
    assert dry_run_options() == SyncOptions(SyncPolicy.DRY_RUN, continue_on_error=False, validate_before_apply=False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        default_sync_options().timeout = 1.0  # type: ignore[misc]


def test_a_timeout_ends_a_sync_before_the_commit() -> None:
    server, now = Server(), [0.0]

    def slow(request: httpx.Request) -> None:
        now[0] += 10 if request.method == "POST" else 0

    server.after = slow
    options = SyncOptions(timeout=15)
    result = Synchronizer(server.client(), clock=lambda: now[0]).sync_from_strings(None, DES, options)
    assert (result.success, result.message) == (False, "the time of 15 s was over after 0 retries")
    assert (server.open_transactions, server.now) == ([], BASE)
    assert isinstance(result.error, SyncCancelledError)
    with pytest.raises(SyncCancelledError):
        result.raise_for_failure()


def test_a_timeout_does_not_take_a_commit_back() -> None:
    server, now = Server(), [0.0]

    def slow(request: httpx.Request) -> None:
        now[0] += 100 * is_commit(request)

    server.after = slow
    client = server.client()
    assert Synchronizer(client, clock=lambda: now[0]).sync_from_strings(None, DES, SyncOptions(timeout=15)).success


def test_a_timeout_shortens_the_pause_before_a_retry() -> None:
    server, slept = Server(), list[float]()
    server.before = hook(is_begin, server.bump, 9)
    syncer = Synchronizer(server.client(), sleep=slept.append, clock=lambda: 0.0)
    assert syncer.sync_from_strings(None, DES, SyncOptions(timeout=0.001)).retries == 3
    assert slept == [0.001] * 3


def hook(match: Any, act: Any, count: int = 1) -> Any:
    """A `before` hook: act at the first so many requests that match, and let them pass."""
    return times(count, match, act)


def test_a_cancel_event_ends_a_sync_and_a_waiting_one() -> None:
    cancel = threading.Event()
    server = Server()
    server.before = hook(lambda request: request.url.path.endswith("backends"), cancel.set)
    result = run(server, options=SyncOptions(cancel=cancel))
    assert (result.success, result.message) == (False, "cancelled after 0 retries")
    assert server.now == BASE
    assert len(server.operations) == 1
    result = run(server, options=SyncOptions(cancel=cancel))
    assert result.message == "cancelled after 0 retries"


def test_a_sync_that_waits_for_its_turn_can_be_cancelled() -> None:
    server, cancel = Server(), threading.Event()
    syncer = synchronizer(server)
    inside: list[SyncResult] = []

    def second() -> None:
        threading.Timer(0.01, cancel.set).start()
        worker = threading.Thread(
            target=lambda: inside.append(syncer.sync_from_strings(None, BASE, SyncOptions(cancel=cancel)))
        )
        worker.start()
        worker.join()

    server.before = hook(is_commit, second)
    assert syncer.sync_from_strings(None, DES).success
    assert [one.message for one in inside] == ["cancelled after 0 retries"]


# --- SyncResult, OperationError


OPERATION = operations_to(more(1))[0]
FAILURE = OperationError(OPERATION, ServerRefused("answered 400: no", status=400, server_message="no"))
DIFF = make_plan(Server().client(), more(1))


def test_result_constructors_have_the_argument_order_of_go() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 2)
    assert success == SyncResult(
        success=True,
        policy=SyncPolicy.APPLY,
        diff=DIFF,
        applied_operations=(OPERATION,),
        failed_operations=(),
        duration=SECOND,
        retries=2,
        message="1 operation applied",
    )
    failure = new_failure_result(SyncPolicy.APPLY_FORCE, DIFF, [OPERATION], [FAILURE], SECOND, 3, "words")
    assert failure == SyncResult(
        success=False,
        policy=SyncPolicy.APPLY_FORCE,
        diff=DIFF,
        applied_operations=(OPERATION,),
        failed_operations=(FAILURE,),
        duration=SECOND,
        retries=3,
        message="words",
    )
    nothing = new_no_changes_result(SyncPolicy.APPLY, SECOND)
    assert nothing == SyncResult(
        success=True,
        policy=SyncPolicy.APPLY,
        diff=None,
        applied_operations=(),
        failed_operations=(),
        duration=SECOND,
        retries=0,
        message="no changes",
    )


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (new_success_result, ["policy", "diff", "applied", "duration", "retries"]),
        (new_failure_result, ["policy", "diff", "applied", "failed", "duration", "retries", "message"]),
        (new_no_changes_result, ["policy", "duration"]),
        (Synchronizer.sync, ["self", "current", "desired", "options"]),
        (Synchronizer.sync_from_strings, ["self", "current_text", "desired_text", "options"]),
        (sync_operations, ["client", "operations", "transaction"]),
        (OperationError.__init__, ["self", "operation", "cause"]),
    ],
)
def test_argument_orders(function: Any, names: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == names


def test_result_says_whether_there_are_changes_and_failures() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 0)
    failure = new_failure_result(SyncPolicy.APPLY, DIFF, [], [FAILURE], SECOND, 0, "words")
    nothing = new_no_changes_result(SyncPolicy.APPLY, SECOND)
    assert [one.has_changes for one in (success, failure, nothing)] == [True, True, False]
    assert [one.has_failures for one in (success, failure, nothing)] == [False, True, False]
    with pytest.raises(HsyncError, match="words"):
        failure.raise_for_failure()


def test_result_as_text() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 1)
    assert str(success) == (
        "success: 1 operation applied\npolicy apply, 1.000 s, 1 retry\nchanges: 1 to create\napplied: 1 operation"
    )
    failure = new_failure_result(SyncPolicy.APPLY, DIFF, [], [FAILURE], SECOND, 0, "words")
    assert str(failure) == (
        "failed: words\npolicy apply, 1.000 s, 0 retries\nchanges: 1 to create\nnot applied: 1 operation\n"
        "  create backends/b1: answered 400: no"
    )
    dry = new_success_result(SyncPolicy.DRY_RUN, DIFF, [], SECOND, 0)
    assert str(dry).startswith("success: dry run: 1 operation would be sent, nothing was written\npolicy dry-run")
    assert (
        str(new_no_changes_result(SyncPolicy.APPLY, SECOND)) == "success: no changes\npolicy apply, 1.000 s, 0 retries"
    )


def test_operation_error_chains_its_cause_and_has_the_servers_message() -> None:
    result = run(Server(before=refusing({"b1": "the disk is full"})))
    error = result.failed_operations[0]
    assert isinstance(error, HsyncError)
    assert error.operation == OPERATION
    assert error.__cause__ is error.cause
    assert isinstance(error.cause, ServerRefused)
    assert error.cause.status == 400
    assert "create backends/b1: " in str(error)
    assert "the disk is full" in str(error)


# --- SyncOperations, VersionAdapter


def test_sync_operations_runs_within_the_given_transaction() -> None:
    server = Server()
    client = server.client()
    transaction = Transaction(client.begin(1), 1)
    result = sync_operations(client, operations_to(DES), transaction)
    assert (result.reload_triggered, result.reload_id) == (False, "")
    assert [one for one in server.writes if transaction.id in one] == server.writes[1:]
    assert server.now == BASE
    transaction.committed = client.commit(transaction.id)
    assert same(server.now, DES)
    assert (result.reload_triggered, result.reload_id) == (True, transaction.committed.reload_id)


@pytest.mark.parametrize(
    ("status", "headers", "triggered", "reload_id"),
    [(202, {"Reload-ID": "2026-11-24-1"}, True, "2026-11-24-1"), (200, {}, False, "")],
)
def test_sync_operations_result_is_filled_from_the_commit(
    status: int, headers: dict[str, str], triggered: bool, reload_id: str
) -> None:
    server = script((200, 7), (201, {"id": "t1"}), (202, {}), (status, {}, headers))
    client = server.client()
    results = []
    VersionAdapter(client, max_retries=3).execute_transaction(
        lambda transaction: results.append(sync_operations(client, [OPERATION], transaction))
    )
    assert [(one.reload_triggered, one.reload_id) for one in results] == [(triggered, reload_id)]


def test_sync_operations_stops_at_the_first_refusal() -> None:
    server = Server(before=refusing({"b1": "no"}))
    client = server.client()
    adapter = VersionAdapter(client)
    with pytest.raises(OperationError, match=r"create backends/b1: .*answered 400: no"):
        adapter.execute_transaction(lambda transaction: sync_operations(client, operations_to(DES), transaction))
    assert len(server.operations) == 1
    assert (server.open_transactions, server.now) == ([], BASE)


def adapter_run(server: Server, count: int, max_retries: int = 3, **options: Any) -> tuple[list[Transaction], Any]:
    """Run an adapter while somebody bumps the version before so many commits."""
    client, seen = server.client(), list[Transaction]()
    server.before = hook(is_commit, server.bump, count)

    def fill(transaction: Transaction) -> None:
        seen.append(transaction)
        sync_operations(client, operations_to(more(1)), transaction)

    try:
        return seen, VersionAdapter(client, max_retries, sleep=lambda _: None, **options).execute_transaction(fill)
    except HsyncError as error:
        return seen, error


def test_version_adapter_takes_a_fresh_transaction_per_attempt() -> None:
    server = Server()
    seen, committed = adapter_run(server, 3)
    assert len({one.id for one in seen}) == 4
    assert [one.version for one in seen] == [1, 2, 3, 4]
    assert committed.version == 5
    assert (server.open_transactions, same(server.now, more(1))) == ([], True)


def test_version_adapter_stops_after_its_retries_with_both_versions() -> None:
    server = Server()
    seen, error = adapter_run(server, 9, max_retries=2)
    assert len(seen) == 3
    assert isinstance(error, StalePlanError)
    assert "after 2 retries: expected version 3, the target has version 4" in error.message
    assert (server.open_transactions, server.now) == ([], BASE)


def test_version_adapter_without_a_limit_goes_on() -> None:
    seen, committed = adapter_run(Server(), 9, max_retries=-1)
    assert (len(seen), committed.version) == (10, 11)


def test_version_adapter_without_retries_tries_once() -> None:
    seen, error = adapter_run(Server(), 1, max_retries=0)
    assert (len(seen), type(error)) == (1, StalePlanError)


def test_version_adapter_can_be_used_again_after_its_retries() -> None:
    server = Server()
    adapter = VersionAdapter(server.client(), 1, sleep=lambda _: None)
    server.before = hook(is_commit, server.bump, 2)
    with pytest.raises(StalePlanError, match="after 1 retry"):
        adapter.execute_transaction(lambda _: None)
    server.before = hook(is_commit, server.bump, 1)
    assert adapter.execute_transaction(lambda _: None).version == 5


def test_version_adapter_is_ended_by_a_cancel_event() -> None:
    server, cancel = Server(), threading.Event()

    def bump_and_cancel() -> None:
        server.bump()
        cancel.set()

    server.before = hook(is_commit, bump_and_cancel, 9)
    adapter = VersionAdapter(server.client(), -1, cancel=cancel)
    with pytest.raises(SyncCancelledError, match="cancelled after 0 retries"):
        adapter.execute_transaction(lambda _: None)
    assert server.open_transactions == []


@pytest.mark.parametrize("error", [ValueError("mine"), ServerRefused("no", status=500), KeyboardInterrupt()])
def test_version_adapter_deletes_the_transaction_and_tries_nothing_else_again(error: BaseException) -> None:
    server = Server()
    calls = []

    def fail(transaction: Transaction) -> None:
        calls.append(transaction)
        raise error

    with pytest.raises(type(error)):
        VersionAdapter(server.client()).execute_transaction(fail)
    assert (len(calls), server.open_transactions) == (1, [])


def test_version_adapter_deletes_the_transaction_after_a_refused_commit() -> None:
    server = script((200, 7), (201, {"id": "t1"}), refusal(400, "invalid"), (204,))
    with pytest.raises(ServerRefused):
        VersionAdapter(server.client()).execute_transaction(lambda _: None)
    assert server.sent[-1] == "DELETE /services/haproxy/transactions/t1"


def test_version_adapter_wants_a_version() -> None:
    with pytest.raises(TargetError, match="the version is None, not a number"):
        VersionAdapter(script((200, None)).client()).execute_transaction(lambda _: None)


def test_pauses_grow_and_are_spread_by_chance() -> None:
    pauses: list[float] = []
    for _ in range(2):
        server = Server()
        server.before = hook(is_begin, server.bump, 8)
        Synchronizer(server.client(), sleep=pauses.append).sync_from_strings(None, DES, FORCE)
    first, second = pauses[:8], pauses[8:]
    assert first != second
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        middle = min(2.0, 0.05 * 2**number)
        assert all(0.5 * middle <= pause <= 1.5 * middle for pause in (one, other))


# --- Must hold 1: a version conflict


def test_a_conflict_is_read_and_compared_again_and_stale_operations_are_never_sent() -> None:
    server = Server()
    server.before = hook(is_begin, lambda: server.become(more(1)))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b2"]
    assert [one for one in server.operations if "POST" in one] == [
        "POST /v3/services/haproxy/configuration/backends"
    ], "b1 was there when the operations were sent"


def test_a_conflict_at_the_commit_is_read_and_compared_again() -> None:
    server = Server()
    server.before = hook(is_commit, lambda: server.become(BASE.replace("maxconn 100", "maxconn 1")))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2", "global"]


@pytest.mark.parametrize("when", [is_begin, is_commit])
def test_a_target_that_became_the_desired_configuration_has_no_changes(when: Any) -> None:
    server = Server()
    server.before = hook(when, lambda: server.become(DES))
    result = run(server)
    assert (result.success, result.retries, result.message) == (True, 1, "no changes")
    assert (result.diff, result.applied_operations) == (None, ())


def test_apply_stops_after_three_retries_with_both_versions() -> None:
    server = Server()
    server.before = hook(is_commit, server.bump, 99)
    result = run(server)
    assert (result.success, result.retries, result.applied_operations) == (False, 3, ())
    assert "version conflict after 3 retries: expected version 4, the target has version 5" in result.message
    assert isinstance(result.error, StalePlanError)
    assert result.has_changes
    assert server.now == BASE


def test_apply_force_goes_on_without_limit() -> None:
    server = Server()
    server.before = hook(is_commit, server.bump, 20)
    result = run(server, options=FORCE)
    assert (result.success, result.retries) == (True, 20)


def test_apply_force_is_ended_by_a_cancel_event() -> None:
    server, cancel, count = Server(), threading.Event(), [0]

    def bump() -> None:
        server.bump()
        count[0] += 1
        if count[0] == 7:
            cancel.set()

    server.before = hook(is_commit, bump, 99)
    result = run(server, options=dataclasses.replace(FORCE, cancel=cancel))
    assert (result.success, result.message, result.retries) == (False, "cancelled after 6 retries", 6)
    assert server.now == BASE


def test_a_commit_that_was_overtaken_is_followed_by_another() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(more(1)))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2", "backends/b2"]


def test_a_commit_that_others_have_built_on_is_told_as_applied() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(DES + "# their comment\n"))
    result = run(server)
    assert (result.success, result.retries, result.message) == (True, 1, "2 operations applied")
    assert result.has_changes


def test_a_commit_that_is_always_overtaken_is_no_success() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(more(1)), 99)
    result = run(server)
    assert (result.success, result.retries) == (False, 3)
    assert addresses(result.applied_operations) == ["backends/b1", *["backends/b2"] * 4]
    assert "committed before: create backends/b1, create backends/b2" in result.message


def test_what_another_has_written_meanwhile_is_not_mistaken_for_the_desired_configuration() -> None:
    # The target holds all that the plan writes, and something else besides.
    server = Server()
    reads = [0]

    def second_read(request: httpx.Request) -> None:
        if request.method == "GET" and request.url.path == RAW:
            reads[0] += 1
            if reads[0] == 2:
                server.become(DES + "\nbackend stranger\n")

    server.before = second_read
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/stranger"]


def test_a_conflict_in_the_raw_lane_is_read_and_compared_again() -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server()
    server.before = hook(lambda request: request.method == "POST" and "version=" in str(request.url), server.bump, 2)
    result = run(server, desired)
    assert (result.success, result.retries) == (True, 2)
    assert addresses(result.applied_operations) == ["raw"]


def test_a_raw_push_that_was_overtaken_before_its_reload_is_told_as_applied() -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server()
    server.after = hook(lambda request: "skip_reload" in str(request.url), server.bump)
    result = run(server, desired)
    assert (result.success, result.retries, addresses(result.applied_operations)) == (True, 1, ["raw"])


# --- Must hold 2: continue_on_error


def test_the_first_error_ends_a_sync_and_leaves_the_target_untouched() -> None:
    server = Server(before=refusing({"b2": "no such luck"}))
    result = run(server, more(4))
    assert (result.success, addresses(result.failed_operations), result.applied_operations) == (
        False,
        ["backends/b2"],
        (),
    )
    assert "operation 2 of 4, create backends/b2, was refused" in result.message
    assert "nothing was changed" in result.message
    assert (server.version, server.now, len(server.operations)) == (1, BASE, 2)


def test_failed_operations_are_set_aside_and_the_others_replayed_in_a_fresh_transaction() -> None:
    server = Server(before=refusing({"b2": "no b2", "b4": "no b4"}))
    result = run(server, more(5), GO_ON)
    assert (result.success, result.retries) == (False, 0)
    assert addresses(result.failed_operations) == ["backends/b2", "backends/b4"]
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b3", "backends/b5"]
    assert [str(one.cause).rpartition(" ")[2] for one in result.failed_operations] == ["b2", "b4"]
    assert len({one for one in server.writes if one.startswith("POST /v3/services/haproxy/transactions")}) == 1
    assert len(server.poisoned) == 2
    assert set(Configuration.from_text(server.now).sections) >= {("backend", f"b{n}") for n in (1, 3, 5)}
    assert server.version == 2


def test_what_was_and_was_not_applied_is_in_the_message() -> None:
    result = run(Server(before=refusing({"b2": "no b2"})), more(2), GO_ON)
    assert result.message.startswith("applied: create backends/b1; not applied: create backends/b2: ")
    assert "no b2" in result.message
    assert result.error is result.failed_operations[0]
    assert result.has_changes
    many = run(Server(before=refusing({"b13": "no"})), more(13), GO_ON)
    assert "create backends/b7 and 2 more; not applied: create backends/b13" in many.message


def test_what_is_left_is_committed_only_if_the_server_finds_it_valid(tmp_path: Path) -> None:
    desired = more(2).replace("default_backend web", "default_backend b1")
    server = Server(
        options={"haproxy_bin": checker(tmp_path, refuse_without="backend b1")}, before=refusing({"b1": "no"})
    )
    result = run(server, desired, dataclasses.replace(GO_ON, validate_before_apply=False))
    assert (result.success, result.applied_operations, server.now) == (False, (), BASE)
    assert "backends/b1" in addresses(result.failed_operations)
    assert "nothing was applied, 2 operations set aside" in result.message
    assert "line is missing" in result.message
    assert server.version == 1


def test_nothing_is_committed_when_nothing_is_left() -> None:
    server = Server(before=refusing({"backends": "no"}))
    result = run(server, options=GO_ON)
    assert (len(result.failed_operations), result.applied_operations, server.version) == (2, (), 1)
    assert result.message.startswith("applied: nothing; not applied: create backends/b1")


def test_children_fall_with_the_section_that_was_not_created() -> None:
    desired = more(1) + "\nbackend pool\n    balance roundrobin\n    server z 192.0.2.2:80\n    server a 192.0.2.3:80\n"
    assert [str(one) for one in addresses(operations_to(desired))] == [
        "backends/b1",
        "backends/pool",
        "backends/pool/servers/z",
        "backends/pool/servers/a",
    ]
    server = Server(before=refusing({'"pool"': "no pool"}))
    result = run(server, desired, GO_ON)
    assert addresses(result.applied_operations) == ["backends/b1"]
    assert addresses(result.failed_operations) == [
        "backends/pool",
        "backends/pool/servers/z",
        "backends/pool/servers/a",
    ]
    assert result.failed_operations[2].cause is result.failed_operations[0]
    assert not [one for one in server.operations if "/servers" in one], "they were not even sent"


def test_a_server_that_is_deleted_and_created_again_is_not_lost() -> None:
    current = BASE + "    server s2 192.0.2.2:80\n    server s3 192.0.2.3:80\n"
    desired = BASE + "    server new 192.0.2.9:80\n    server s2 192.0.2.2:80\n    server s3 192.0.2.3:80\n"
    assert [(one.action, one.address.rpartition("/")[2]) for one in operations_to(desired, current)] == [
        ("delete", "s2"),
        ("delete", "s3"),
        ("create", "new"),
        ("create", "s2"),
        ("create", "s3"),
    ]
    server = Server(current, before=refusing({'"s2"': "no s2"}))
    result = run(server, desired, GO_ON)
    assert addresses(result.failed_operations) == ["backends/web/servers/s2"] * 2
    assert [line.split()[1] for line in server.now.splitlines() if "server s" in line or "server n" in line] == [
        "s1",
        "s2",
        "new",
        "s3",
    ]


def test_a_section_that_is_deleted_and_created_again_goes_as_a_whole() -> None:
    current = BASE + "\nuserlist people\n    group staff\n    user joe password x1 groups staff\n"
    desired = more(1) + "\nuserlist people\n    group staff\n    group admin\n    user joe password x2 groups admin\n"
    plan = operations_to(desired, current)
    told = [(str(one.action), one.address) for one in plan]
    server = Server(current, before=refusing({"/users": "no user"}))
    result = run(server, desired, GO_ON)
    assert ("backends/b1" in addresses(result.applied_operations)) == (("create", "backends/b1") in told)
    assert "user joe password x1" in server.now
    assert len(result.applied_operations) + len(result.failed_operations) == len(plan)


def test_what_is_left_and_changes_nothing_is_not_committed() -> None:
    current = BASE + "    server s2 192.0.2.2:80\n"
    desired = BASE + "    server new 192.0.2.9:80\n    server s2 192.0.2.2:80\n"
    server = Server(current, before=refusing({'"new"': "no"}))
    result = run(server, desired, GO_ON)
    assert (server.version, result.applied_operations) == (1, ())
    assert addresses(result.failed_operations) == ["backends/web/servers/new"]
    assert result.message.startswith("applied: nothing; ")


def test_what_is_left_and_cannot_be_proved_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ServerRefused("the copy says no", status=400)

    monkeypatch.setattr("hsync.sync.reduced", refuse)
    server = Server(before=refusing({"b1": "no"}))
    result = run(server, options=GO_ON)
    assert isinstance(result.error, UnsafePlanError)
    assert "what is left cannot be proved on a copy: the copy says no" in result.message
    assert server.version == 1


def test_a_conflict_after_a_failure_starts_from_the_beginning() -> None:
    server = Server()
    refuse, bump = refusing({"b1": "no b1"}), hook(is_commit, server.bump)

    def both(request: httpx.Request) -> httpx.Response | None:
        bump(request)
        return refuse(request)

    server.before = both
    result = run(server, options=GO_ON)
    assert (result.retries, len(server.poisoned)) == (1, 2)
    assert addresses(result.failed_operations) == ["backends/b1"]
    assert addresses(result.applied_operations) == ["backends/b2"]


def test_a_lost_answer_is_no_failed_operation() -> None:
    def lose(request: httpx.Request) -> None:
        if request.url.path.endswith("/backends"):
            raise httpx.ReadError("reset", request=request)

    server = Server(after=lose)
    result = run(server, options=GO_ON)
    assert (type(result.error), result.failed_operations, server.now) == (OutcomeUnknown, (), BASE)
    assert "the answer is lost" in result.message


def test_a_refused_raw_push_is_a_failed_operation(tmp_path: Path) -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="listen")})
    result = run(server, desired, SyncOptions(continue_on_error=True, validate_before_apply=False))
    assert addresses(result.failed_operations) == ["raw"]
    assert "line is bad" in str(result.failed_operations[0])
    assert (result.applied_operations, server.now) == ((), BASE)


# --- Must hold 3: validate_before_apply


def checker(folder: Path, *, refuse_with: str = "", refuse_without: str = "") -> str:
    """A HAProxy binary that has an opinion on one word."""
    path = folder / "haproxy"
    test = f'grep -q "{refuse_with}" "$3"' if refuse_with else f'! grep -q "{refuse_without}" "$3"'
    words = "line is bad" if refuse_with else "line is missing"
    path.write_text(f'#!/bin/sh\nif {test}; then echo "[ALERT] (1) : config : {words}" >&2; exit 1; fi\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    "desired", [more(2), more(2) + "\nlisten both\n    bind 127.0.0.1:9090\n"], ids=["transaction", "raw"]
)
def test_the_staged_text_is_checked_before_the_commit(tmp_path: Path, desired: str) -> None:
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="backend b2")})
    result = run(server, desired)
    assert not result.success
    assert isinstance(result.error, ServerRefused)
    assert "line is bad" in result.error.server_message
    assert "line is bad" in result.message
    assert (server.version, server.now) == (1, BASE)
    assert not [one for one in server.sent if one.startswith("PUT /v3/services/haproxy/transactions")]
    assert not [one for one in server.sent if "skip_reload" in one]


def test_without_validation_the_commit_is_the_check(tmp_path: Path) -> None:
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="backend b2")})
    result = run(server, options=SyncOptions(validate_before_apply=False))
    assert "line is bad" in result.message
    assert [one for one in server.sent if one.startswith("PUT /v3/services/haproxy/transactions")]
    assert not [one for one in server.sent if "only_validate" in one]


# --- Must hold 4: a dry run


@pytest.mark.parametrize("current", [None, BASE])
@pytest.mark.parametrize("desired", [BASE, DES, BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"])
def test_a_dry_run_sends_no_write_request(current: str | None, desired: str) -> None:
    server = Server()
    options = dataclasses.replace(dry_run_options(), validate_before_apply=True, continue_on_error=True)
    result = run(server, desired, options, current)
    assert result.success
    assert result.has_changes == (desired != BASE)
    assert (result.applied_operations, result.retries) == ((), 0)
    assert [one.split()[0] for one in server.sent] == ["GET"] * len(server.sent)
    assert (len(server.writes), server.version, server.now) == (0, 1, BASE)


def test_a_dry_run_says_what_would_be_sent() -> None:
    result = run(Server(), options=dry_run_options())
    assert result.diff is not None
    assert addresses(result.diff.operations) == ["backends/b1", "backends/b2"]
    assert result.message == "dry run: 2 operations would be sent, nothing was written"


# --- Must hold 5: the same engine; plans


def test_a_sync_sends_what_a_plan_would() -> None:
    server = Server()
    plan = make_plan(server.client(), DES)
    result = run(server)
    assert result.diff is not None
    assert dataclasses.replace(result.diff, changes=(), result=plan.result) == dataclasses.replace(
        plan, changes=(), result=plan.result
    )
    assert result.applied_operations == plan.operations


def test_the_library_has_no_comparator_and_no_executor_of_its_own() -> None:
    tree = ast.parse(inspect.getsource(sys.modules["hsync.sync"]))
    calls = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not calls & {"send", "push_raw", "validate_raw", "await_reload", "abandon", "draft"}


@pytest.mark.parametrize("desired", [DES, Configuration.from_text(DES), "# no final newline\n" + DES.rstrip("\n")])
def test_a_plan_is_made_saved_loaded_and_applied(tmp_path: Path, desired: str | Configuration) -> None:
    server = Server()
    client = server.client()
    plan = make_plan(client, desired)
    assert server.writes == []
    digest = plan.save(tmp_path / "web.plan", user="joe")
    loaded = Plan.load(str(tmp_path / "web.plan"))
    assert isinstance(loaded, Plan)
    assert (loaded, loaded.save(tmp_path / "again.plan")) == (plan, digest)
    told: list[tuple[str, int, int]] = []
    outcome = apply_plan(client, loaded, progress=lambda *facts: told.append(facts))
    assert outcome.changed
    assert told[:2] == [("create backends/b1", 0, 2), ("create backends/b2", 1, 2)]
    assert told[-1] == ("waiting for the reload", 2, 2)
    assert same(server.now, DES)


def test_a_saved_plan_says_who_made_it(tmp_path: Path) -> None:
    make_plan(Server().client(), DES).save(tmp_path / "web.plan", user="joe")
    text = (tmp_path / "web.plan").read_text()
    assert '"user": "joe"' in text
    assert f'"hsync": "{hsync.__version__}"' in text
    (tmp_path / "web.plan").write_text(text.replace("roundrobin", "leastconn"))
    with pytest.raises(PlanFileError, match="the plan was changed after it was made"):
        Plan.load(tmp_path / "web.plan")


def test_a_saved_plan_keeps_no_secret_of_the_server(tmp_path: Path) -> None:
    current = "userlist u\n  user joe insecure-password old-horse-1\n"
    with DataplaneClient.embedded(text=current, haproxy_bin=None) as client:
        plan = make_plan(client, current.replace("old-horse-1", "new-horse-1"))
        plan.save(tmp_path / "u.plan")
        assert "old-horse-1" not in (tmp_path / "u.plan").read_text()
        assert apply_plan(client, Plan.load(tmp_path / "u.plan")).changed
        looking_like_one = make_plan(client, current + "  user ann insecure-password {{hsync:secret}}\n")
        with pytest.raises(PlanFileError, match="that hsync does not write"):
            looking_like_one.save(tmp_path / "other.plan")
    assert not (tmp_path / "other.plan").exists()


def test_make_plan_raises_for_faults_in_the_desired_text() -> None:
    with pytest.raises(ConfigError, match=r"web\.cfg:1:1: backend without a name"):
        make_plan(Server().client(), "backend\n", source="web.cfg")


# --- Must hold 6: connections and threads


def test_threads_share_a_synchronizer() -> None:
    server = Server()
    opened: list[int] = []
    server.after = lambda request: opened.append(len(as_list(server.open_transactions))) if is_begin(request) else None
    syncer = synchronizer(server)
    desired = [more(number) for number in range(8)]
    results: dict[int, SyncResult] = {}

    def work(number: int) -> None:
        for turn in range(3):
            used = syncer if turn % 2 else syncer.with_logger(logging.getLogger(f"worker{number}"))
            results[number] = used.sync_from_strings(None, desired[number])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [(one.success, one.retries) for one in results.values()] == [(True, 0)] * 8
    assert set(opened) <= {1}, "one sync at a time"
    assert any(same(server.now, one) for one in desired)


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_a_sync_keeps_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[object] = []
    setup = embedded_server._Handler.setup

    def counting(handler: Any) -> None:
        connections.append(handler.client_address)
        setup(handler)

    monkeypatch.setattr(embedded_server._Handler, "setup", counting)
    with serve(EmbeddedTransport(text=BASE)) as url, DataplaneClient(url, auth=("admin", "secret")) as client:
        syncer = Synchronizer(client)
        assert [syncer.sync_from_strings(None, text).success for text in (DES, BASE, DES)] == [True] * 3
    assert len(connections) == 1


# --- What else the target can do


def test_a_failed_reload_is_no_success() -> None:
    server = Server(options={"reload_command": "false"})
    result = run(server)
    assert isinstance(result.error, ReloadFailedError)
    assert result.message.startswith("committed, but the reload failed")
    assert (result.applied_operations, server.now) == ((), BASE), "the server put the old file back"


def test_a_target_whose_disk_and_memory_disagree_is_left_alone() -> None:
    outcomes = [Outcome(ok=True), Outcome(ok=False, response="[ALERT] no memory")]
    server = Server(options={"runner": lambda: outcomes.pop(0)})
    run(server)
    assert isinstance(run(server, BASE).error, ReloadFailedError)
    server.sent.clear()
    result = synchronizer(server).sync_from_strings(None, BASE, FORCE)
    assert isinstance(result.error, StalePlanError)
    assert "the file on disk has version 2, the server's memory has 3" in result.message
    assert [one.split()[0] for one in server.sent] == ["GET"] * 4


def test_disk_and_memory_that_differ_for_a_moment_are_read_again() -> None:
    server = Server()

    def lag(request: httpx.Request) -> httpx.Response | None:
        if len(server.sent) > 2:
            return None
        headers = {"Configuration-Version": "8"}
        return httpx.Response(200, text=f"# _version=7\n{BASE}", headers=headers, request=request)

    server.before = lag
    result = run(server)
    assert (result.success, result.retries) == (True, 0)


def test_a_reload_that_cannot_be_told_is_no_success() -> None:
    def lose(request: httpx.Request) -> httpx.Response | None:
        if "/reloads/" in str(request.url):
            return httpx.Response(404, json={"code": 404, "message": "gone"}, request=request)
        return None

    server = Server(before=lose)
    result = synchronizer(server).sync_from_strings(None, DES)
    assert (result.success, addresses(result.applied_operations)) == (False, ["backends/b1", "backends/b2"])
    assert isinstance(result.error, OutcomeUnknown)
    assert "committed before: create backends/b1, create backends/b2" in result.message


def test_a_lost_answer_to_the_commit_is_resolved_by_reading() -> None:
    def lose(request: httpx.Request) -> None:
        if is_commit(request):
            raise httpx.ReadError("reset", request=request)

    result = run(Server(after=lose))
    assert (result.success, result.message) == (True, "2 operations applied")


def test_a_staged_text_of_another_meaning_is_not_committed() -> None:
    server = Server(options={"damage": lambda text: text.replace("balance roundrobin", "balance leastconn")})
    result = run(server)
    assert isinstance(result.error, UnsafePlanError)
    assert "staged something else" in result.message
    assert server.version == 1


def test_a_transaction_that_cannot_be_opened_is_told() -> None:
    def full(request: httpx.Request) -> httpx.Response | None:
        if is_begin(request):
            raise httpx.ConnectError("Connection refused", request=request)
        return None

    result = run(Server(before=full))
    assert (result.success, type(result.error), result.applied_operations) == (False, TargetError, ())
    assert "not sent: Connection refused" in result.message


def test_a_target_that_is_not_there_is_told() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    client = DataplaneClient("http://127.0.0.1:5555", transport=httpx.MockTransport(refuse), sleep=lambda _: None)
    result = Synchronizer(client).sync_from_strings(None, DES)
    assert (result.success, result.diff, result.has_changes) == (False, None, False)
    assert isinstance(result.error, TargetError)
    assert "http://127.0.0.1:5555" in result.message
    assert "success" not in str(result)


# --- The package


def test_every_name_of_the_package_is_there_and_documented() -> None:
    for name in hsync.__all__:
        value = getattr(hsync, name)
        assert name == "__version__" or value.__doc__
    assert set(hsync.__all__) <= set(dir(hsync))
    with pytest.raises(AttributeError, match="module 'hsync' has no attribute 'nothing'"):
        hsync.nothing  # noqa: B018 - the access is the test


def test_import_hsync_loads_nothing_else() -> None:
    code = "import sys, hsync; hsync.__version__; print(*sorted(m for m in sys.modules if m.startswith(('hsync', 'httpx', 'rich'))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["hsync"]
