"""Operations in a transaction that somebody else opened and commits."""

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
    """What operations in a transaction caused. It follows the transaction: before the commit no reload was triggered.

    Args:
        transaction: the one that they were sent into.
    """

    transaction: Transaction

    @property
    def reload_triggered(self) -> bool:
        """Whether the commit scheduled a reload (202); False for one that needs none or has been waited for (200)."""
        return bool(self.reload_id)

    @property
    def reload_id(self) -> str:
        """The `Reload-ID` of the commit, for `DataplaneClient.await_reload`; "" for none."""
        committed = self.transaction.committed
        return (committed.reload_id or "") if committed else ""


def sync_operations(
    client: DataplaneClient, operations: Sequence[Operation], transaction: Transaction
) -> SyncOperationsResult:
    """Send operations into a transaction; whoever opened it commits it. After an error it must be deleted.

    Args:
        client: of the target.
        operations: in order, `Plan.operations` or some of them.
        transaction: from `VersionAdapter.execute_transaction`.

    Returns:
        Filled by the commit.

    Raises:
        OperationError: the server refused one; the ones behind it were not sent.
        TargetError: an answer is lost, or a request was not sent.
    """
    try:
        send_operations(client, operations, transaction.id, silent)
    except OperationRefused as error:
        raise OperationError(error.operation, _cause(error)) from error
    return SyncOperationsResult(transaction)


def _cause(error: OperationRefused) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, ServerRefused) else error
