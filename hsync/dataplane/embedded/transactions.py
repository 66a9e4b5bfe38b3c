"""Transactions: staged contents with a version, and what becomes of them.

Rule 1: a transaction is opened on the current version and committed on it, or not at all. There is no merge.
Rule 2: only `in_progress` ones can be read and written; a failed or outdated one is raw text until it is deleted.
Rule 3: they live in memory only: a process that dies leaves nothing behind.

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
    """What a transaction can become, besides committed or deleted."""

    IN_PROGRESS = "in_progress"
    FAILED = "failed"
    OUTDATED = "outdated"


@dataclass(slots=True)
class Transaction:
    """A transaction. `staged` is what its writes made of the text it was opened on."""

    staged: Staged
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = Status.IN_PROGRESS

    @property
    def version(self) -> int:
        """The version that it was opened on."""
        return self.staged.version

    def json(self) -> Fields:
        """As the API shows it; a closed one has no version."""
        body: Fields = {"id": self.id, "status": self.status.value}
        return {"_version": self.version, **body} if self.status is Status.IN_PROGRESS else body


class Transactions:
    """The transactions of one server.

    Args:
        limit: how many may be in progress when one is opened.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._by_id: dict[str, Transaction] = {}

    def check_limit(self) -> None:
        """Refuse when too many are open. The real server looks at this before the version."""
        if len(self.with_status("in_progress")) >= self._limit:
            what = f"reached the maximum amount of {self._limit} active transactions available"
            raise Refusal(429, f"cannot start a new transaction, {what}")

    def add(self, transaction: Transaction) -> Transaction:
        """Keep one."""
        self._by_id[transaction.id] = transaction
        return transaction

    def with_status(self, status: str = "") -> list[Transaction]:
        """All, or those of one status."""
        return [one for one in self._by_id.values() if not status or one.status == status]

    def find(self, name: str) -> Transaction | None:
        """The transaction of this id, whatever its status."""
        return self._by_id.get(name)

    def get(self, name: str) -> Transaction:
        """The transaction of this id, whatever its status; 404 when there is none."""
        found = self._by_id.get(name)
        if found is None:
            raise Refusal(404, f"transaction does not exist: transaction {name} does not exist")
        return found

    def open_one(self, name: str) -> Transaction:
        """The transaction in progress of this id; 400 for all others."""
        found = self._by_id.get(name)
        if found is None or found.status is not Status.IN_PROGRESS:
            raise Refusal(400, f"transaction does not exist: {name}")
        return found

    def committable(self, name: str) -> Transaction:
        """The transaction in progress of this id, for its commit; 406 when it is closed."""
        found = self.get(name)
        if found.status is not Status.IN_PROGRESS:
            raise Refusal(406, f"transaction {name} is {found.status.value} and cannot be committed")
        return found

    def delete(self, name: str) -> None:
        """Forget a transaction."""
        if self._by_id.pop(name, None) is None:
            raise Refusal(404, f"transaction does not exist: transaction file {name} does not exist")

    def done(self, transaction: Transaction, version: int) -> None:
        """Forget a committed transaction; those opened on its version or an older one are outdated now."""
        self._by_id.pop(transaction.id, None)
        for other in self.with_status("in_progress"):
            if other.version <= version:
                other.status = Status.OUTDATED

    def listed(self, status: str = "") -> Json:
        """What `GET transactions` answers."""
        return [one.json() for one in self.with_status(status)]
