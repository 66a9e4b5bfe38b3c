from __future__ import annotations

import pytest

from hsync import OperationError, Transaction, VersionAdapter, sync_operations
from tests.unit.dataplane.script import script
from tests.unit.sync.runs import DES, OPERATION, operations_to
from tests.unit.sync_server import BASE, Server, refusing, same


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
