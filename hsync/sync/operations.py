"""Operations in a transaction that the caller begins and commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hsync.dataplane import DataplaneClient
from hsync.errors import ServerRefused
from hsync.events import silent
from hsync.plan.plan import Operation
from hsync.session import OperationRefused, send_operations
from hsync.sync.result import OperationError
from hsync.sync.transaction import Transaction

__all__ = ["SyncOperationsResult", "sync_operations"]


@dataclass(frozen=True, slots=True)
class SyncOperationsResult:
    """The effect of operations in a transaction; there is no reload before the commit.

    Args:
        transaction: the transaction of the operations.
    """

    transaction: Transaction

    @property
    def reload_triggered(self) -> bool:
        """Whether the commit scheduled a reload (202); False if it needs none, or the server has done it (200)."""
        return bool(self.reload_id)

    @property
    def reload_id(self) -> str:
        """The `Reload-ID` of the commit, for `DataplaneClient.await_reload`, or ""."""
        committed = self.transaction.committed
        return (committed.reload_id or "") if committed else ""


def sync_operations(
    client: DataplaneClient, operations: Sequence[Operation], transaction: Transaction
) -> SyncOperationsResult:
    """Send operations in a transaction. The caller commits it, and must delete it after an error.

    Args:
        client: client of the target.
        operations: `Plan.operations`, or some of them, in order.
        transaction: from `VersionAdapter.execute_transaction`.

    Returns:
        A result whose attributes are set by the commit.

    Raises:
        OperationError: the server refused an operation; further operations were not sent.
        TargetError: an answer was lost, or a request could not be sent.
    """
    try:
        send_operations(client, operations, transaction.id, silent)
    except OperationRefused as error:
        raise OperationError(error.operation, _cause(error)) from error
    return SyncOperationsResult(transaction)


def _cause(error: OperationRefused) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, ServerRefused) else error
