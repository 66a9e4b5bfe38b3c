"""Transactions that are tried again when the version has moved, and the words for a conflict that stays."""

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
    """A transaction on its way.

    Args:
        id: as the server gave it.
        version: the configuration version that it was opened on.
        committed: what the commit answered; None until then.
    """

    id: str
    version: int
    committed: Committed | None = None


class VersionAdapter:
    """Transactions that are tried again when the version has moved.

    Args:
        client: of the target.
        max_retries: on version conflicts; -1 for no limit.
        timeout: seconds after which no further attempt is begun.
        cancel: an event that ends it in the same way.
        sleep: pauses for seconds, instead of waiting for `cancel`.
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
        """Open a transaction on the current version, let `fn` fill it, commit. Deleted on every other way out.

        Args:
            fn: gets a fresh transaction per attempt. It must read again what it builds on: the version has moved.

        Returns:
            The new version, and the reload to wait for.

        Raises:
            StalePlanError: the version moved once more than allowed; both versions are in the message.
            SyncCancelledError: cancelled or out of time before a commit.
            Exception: what `fn` raised, or what `DataplaneClient.commit` raises. Not tried again.
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
    """The error for a version that moved once more than allowed, with both versions."""
    expected = "another text" if was is None else f"version {was}"
    return StalePlanError(
        f"version conflict after {count(retries, 'retry', 'retries')}: expected {expected}, "
        f"the target has version {now} ({cause.message})",
        hint="somebody else is writing: try again, or use SyncPolicy.APPLY_FORCE",
    )
