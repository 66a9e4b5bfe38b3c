from __future__ import annotations

import threading
from typing import Any

import pytest

from hsync import (
    HsyncError,
    ServerRefused,
    StalePlanError,
    SyncCancelledError,
    TargetError,
    Transaction,
    VersionAdapter,
    sync_operations,
)
from tests.unit.dataplane.script import refusal, script
from tests.unit.sync.runs import hook, operations_to
from tests.unit.sync_server import BASE, Server, is_commit, more, same


def adapter_run(server: Server, count: int, max_retries: int = 3, **options: Any) -> tuple[list[Transaction], Any]:
    """Run an adapter while another client increases the version before some commits."""
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
