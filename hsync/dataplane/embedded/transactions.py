"""Transactions: staged contents with a version and a status.

Rule 1: a transaction begins at the current version, and can be committed only if that is still the current version.
There is no merge.
Rule 2: only transactions `in_progress` can be read and written. A failed or outdated one can only be read as raw text,
until it is deleted.
Rule 3: they are in memory only, so that nothing remains if the process dies.

Source: docs/reference/dataplane-api.md 2.2.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.staged import Staged
from hsync.schema import Fields, Json

__all__ = ["Status", "Transaction", "Transactions"]


class Status(StrEnum):
    """Status of a transaction that is neither committed nor deleted."""

    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    OUTDATED = "outdated"


@dataclass(slots=True)
class Transaction:
    """A transaction. `staged` is the text at its begin with all its writes."""

    staged: Staged
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.IN_PROGRESS

    @property
    def version(self) -> int:
        """The version at which it began."""
        return self.staged.version

    def json(self) -> Fields:
        """The transaction as the API shows it; without a version unless it is in progress."""
        body: Fields = {"id": self.id, "status": self.status.value}
        return {"_version": self.version, **body} if self.status is Status.IN_PROGRESS else body


class Transactions:
    """The transactions of one server.

    Args:
        limit: maximum number of transactions in progress.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_id: dict[str, Transaction] = {}

    def check_limit(self) -> None:
        """Refuse a new transaction if too many are open. The real server checks this before the version."""
        if len(self.with_status("in_progress")) >= self._limit:
            what = f"reached the maximum amount of {self._limit} active transactions available"
            raise Refusal(429, f"cannot start a new transaction, {what}")

    def add(self, transaction: Transaction) -> Transaction:
        """Add a transaction to the list."""
        self._by_id[transaction.id] = transaction
        return transaction

    def with_status(self, status: str = "") -> list[Transaction]:
        """All transactions, or those with a status."""
        return [entry for entry in self._by_id.values() if not status or entry.status == status]

    def find(self, name: str) -> Transaction | None:
        """The transaction with this id and any status; None if there is none."""
        return self._by_id.get(name)

    def get(self, name: str) -> Transaction:
        """The transaction with this id and any status; 404 if there is none."""
        found = self._by_id.get(name)
        if found is None:
            raise Refusal(404, f"transaction does not exist: transaction {name} does not exist")
        return found

    def open_one(self, name: str) -> Transaction:
        """The transaction in progress with this id; 400 if there is none."""
        found = self._by_id.get(name)
        if found is None or found.status is not Status.IN_PROGRESS:
            raise Refusal(400, f"transaction does not exist: {name}")
        return found

    def committable(self, name: str) -> Transaction:
        """The transaction with this id, for its commit; 406 unless it is in progress."""
        found = self.get(name)
        if found.status is not Status.IN_PROGRESS:
            raise Refusal(406, f"transaction {name} is {found.status.value} and cannot be committed")
        return found

    def delete(self, name: str) -> None:
        """Delete a transaction."""
        if self._by_id.pop(name, None) is None:
            raise Refusal(404, f"transaction does not exist: transaction file {name} does not exist")

    def done(self, transaction: Transaction, version: int) -> None:
        """Delete a committed transaction; transactions that began at its version or an older one become outdated."""
        self._by_id.pop(transaction.id, None)
        self.outdate(version)

    def outdate(self, version: int) -> None:
        """Mark all open transactions as outdated that began at this version or an older one."""
        for other in self.with_status("in_progress"):
            if other.version <= version:
                other.status = Status.OUTDATED

    def listed(self, status: str = "") -> Json:
        """The answer to `GET transactions`."""
        return [entry.json() for entry in self.with_status(status)]
