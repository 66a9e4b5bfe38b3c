"""fate: what became of a commit that was not answered with a success.

Theory: the server has one lock, the version in the header of the file. It compares the version when a transaction is
opened and again at commit; a mismatch is `StalePlanError` in both cases. If the answer to a commit is lost, hsync reads
the transaction. If it still exists, it is not committed, though the commit may be in progress, since this read takes no
lock. If it is gone, it was committed or deleted; only the content of the configuration shows which.

Source: docs/reference/dataplane-api.md 2.7, 2.8 and 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hsync.dataplane.answers import Answer, one_line, refused
from hsync.dataplane.timing import Timing
from hsync.errors import OutcomeUnknown, ReloadFailedError, ServerRefused, StalePlanError, TargetError

__all__ = ["COMPARE", "GRACE_S", "Fate", "moved"]

GRACE_S = 5.0
"""Extra seconds after the deadline of the command, to delete a transaction and to find out the result of a commit."""

_SETTLE_S = 30.0
"""Seconds to wait for a commit whose answer was lost: the check of a big configuration takes long."""

_PLAN_AGAIN = "make the plan again and review it: hsync plan"
COMPARE = "apply the same plan again; it compares the server's configuration with the promised one: hsync apply PLAN"


def moved(url: str, answer: Answer) -> StalePlanError:
    """The error for an answer that says that the configuration has another version."""
    return StalePlanError(f"{url} has changed since it was read: {one_line(answer.message)}", hint=_PLAN_AGAIN)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the commit of one transaction.

    Args:
        url: the target, for messages.
        transaction: id of the transaction.
        status_of: the status of a transaction, see `DataplaneClient.transaction_status`.
        timing: time limits and clock.
    """

    url: str
    transaction: str
    status_of: Callable[[str], str | None]
    timing: Timing

    def of_lost(self, lost: OutcomeUnknown) -> TargetError | StalePlanError:
        """The error for a commit whose answer is lost."""
        return self.read(lost, _SETTLE_S)

    def of_refused(self, answer: Answer, *, force_reload: bool) -> StalePlanError | TargetError | ReloadFailedError:
        """The error for a commit whose answer is not a success."""
        refusal = refused(f"{self.url}: commit", answer)
        if answer.version is None:
            return self.read(refusal)
        if answer.status == 409 or (answer.status == 406 and "failed" not in answer.message):
            return moved(self.url, answer)
        if answer.status == 404:
            # The answer to a PUT that a gateway has repeated.
            return OutcomeUnknown(f"{refusal.message}: it was deleted, or committed already", hint=COMPARE)
        if answer.status >= 500:
            return self.read(refusal)
        return self._of_forced(refusal) if force_reload and answer.status == 400 else refusal

    def _of_forced(self, refusal: ServerRefused) -> TargetError | ReloadFailedError:
        """The error for a commit with a reload, of which either was refused: a refused transaction still exists."""
        try:
            status = self.status_of(self.transaction)
        except TargetError as blind:
            what = f"{refusal.message}; whether it was committed is unknown: {blind.message}"
            return OutcomeUnknown(what, hint=COMPARE)
        if status is not None:
            return refusal
        return ReloadFailedError(
            f"{self.url}: committed, but HAProxy could not load it: {one_line(refusal.server_message)}",
            server_message=refusal.server_message,
            hint="the server has restored the old file: fix the error, then make the plan again: hsync plan",
        )

    def read(self, cause: TargetError, patience: float = 0.0) -> TargetError | StalePlanError:
        """The error for a commit without a clear answer, after a read of the transaction.

        Args:
            cause: the error without that read.
            patience: seconds to wait for a commit in progress.
        """
        what = cause.message
        try:
            status = self._settled(patience)
        except TargetError as blind:
            return OutcomeUnknown(f"{what}; whether it was committed is unknown: {blind.message}", hint=COMPARE)
        if status is None:
            gone = f"transaction {self.transaction} does not exist any more"
            return OutcomeUnknown(f"{what}; it was probably committed: {gone}", hint=COMPARE)
        if status == "outdated":
            return StalePlanError(f"{what}; not committed: another commit came first", hint=_PLAN_AGAIN)
        if isinstance(cause, ServerRefused):
            return cause
        return TargetError(f"{what}; not committed: {self.transaction} is {one_line(status)}", hint=_PLAN_AGAIN)

    def _settled(self, patience: float) -> str | None:
        """The status, after it has left `in_progress` or `patience` seconds have passed."""
        start, pause = self.timing.clock(), 0.5
        patience = min(patience, self.timing.command.later(GRACE_S).left)
        while (status := self.status_of(self.transaction)) == "in_progress":
            if self.timing.clock() - start + pause > patience:
                break
            self.timing.sleep(pause)
            pause = min(pause * 2, 5.0)
        return status
