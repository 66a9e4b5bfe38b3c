"""Transactions with retries on version conflicts, and the error for a conflict after the last retry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from hsync.dataplane import Committed, DataplaneClient
from hsync.errors import HsyncError, StalePlanError, TargetError
from hsync.session import deleting
from hsync.sync.patience import Patience, Sleep
from hsync.sync.words import count

__all__ = ["Transaction", "VersionAdapter", "conflict_of"]


@dataclass(slots=True)
class Transaction:
    """An open transaction.

    Args:
        id: the server's id.
        version: the configuration version at which it began.
        committed: the outcome of the commit; None before it.
    """

    id: str
    version: int
    committed: Committed | None = None


class VersionAdapter:
    """Executes transactions, with retries on version conflicts.

    Args:
        client: client of the target.
        max_retries: maximum number of retries on version conflicts; -1 for no limit.
        timeout: time limit in seconds; there is no further attempt after it.
        cancel: an event after which there is no further attempt.
        sleep: pauses for some seconds between retries; default: wait for `cancel`.
    """

    def __init__(
        self,
        client: DataplaneClient,
        max_retries: int = 3,
        *,
        timeout: float | None = None,
        cancel: threading.Event | None = None,
        sleep: Sleep | None = None,
    ) -> None:
        self._client = client
        self._patience = Patience(max_retries, cancel, timeout, sleep)

    def execute_transaction(self, fn: Callable[[Transaction], object]) -> Committed:
        """Begin a transaction at the current version, call `fn`, commit. After an error the transaction is deleted.

        Args:
            fn: called with a new transaction in each attempt. It must read the configuration again, which has changed
                since the last attempt.

        Returns:
            The new version, and the reload to wait for.

        Raises:
            StalePlanError: a version conflict after the last retry; the message has both versions.
            SyncCancelledError: cancelled, or time limit reached, before a commit.
            Exception: an error of `fn` or `DataplaneClient.commit`, without a retry.
        """
        patience = replace(self._patience, retries=0)
        while True:
            patience.check()
            opened = self._version()
            try:
                return self._attempt(opened, fn)
            except StalePlanError as conflict:
                if patience.exhausted:
                    raise conflict_of(patience.retries, opened, self._version(), conflict) from conflict
            patience.retry()

    def _version(self) -> int:
        version = self._client.get_json(_VERSION)
        if not isinstance(version, int):
            raise TargetError(f"{self._client.url}: the version is {version!r}, not a number")
        return version

    def _attempt(self, version: int, fn: Callable[[Transaction], object]) -> Committed:
        transaction = Transaction(self._client.begin(version), version)
        with deleting(self._client, transaction.id) as committed:
            fn(transaction)
            transaction.committed = self._client.commit(transaction.id)
            committed.append(transaction.id)
        return transaction.committed


_VERSION = "/services/haproxy/configuration/version"


def conflict_of(retries: int, was: int | None, now: int, cause: HsyncError) -> StalePlanError:
    """The error for a version conflict after the last retry, with both versions."""
    expected = "another text" if was is None else f"version {was}"
    return StalePlanError(
        f"version conflict after {count(retries, 'retry', 'retries')}: expected {expected}, "
        f"the target has version {now} ({cause.message})",
        hint="another client is writing: try again, or use SyncPolicy.APPLY_FORCE",
    )
