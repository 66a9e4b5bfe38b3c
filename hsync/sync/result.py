"""What came of a sync, as data and as a summary for people. Argument orders are those of the Go package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hsync.errors import HsyncError
from hsync.plan.plan import Operation
from hsync.sync.plans import Plan
from hsync.sync.policy import SyncPolicy
from hsync.sync.words import count, operations_of, told

__all__ = ["OperationError", "SyncResult", "new_failure_result", "new_no_changes_result", "new_success_result"]


class OperationError(HsyncError):
    """One operation that was not applied, and why: `operation` and `cause`, which is chained.

    Args:
        operation: what was not applied.
        cause: the server's refusal, or the error of the operation that this one cannot stand without.
    """

    def __init__(self, operation: Operation, cause: Exception) -> None:
        super().__init__(f"{told(operation)}: {cause}")
        self.operation = operation
        self.cause = cause
        self.__cause__ = cause


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What came of a sync.

    Args:
        success: whether the target held the desired configuration at the end (of a dry run: could be brought there).
        policy: what the sync was allowed to do.
        diff: the plan from what the target ran to the desired configuration; None when they mean the same, or when
            the sync ended before they were compared.
        applied_operations: what was committed and not taken back, in order.
        failed_operations: what was refused, and what could not stand without it.
        duration: how long it took.
        retries: how many attempts came after the first.
        message: one sentence, without secrets.
        error: what ended the sync; None for a success.
    """

    success: bool
    policy: SyncPolicy
    diff: Plan | None
    applied_operations: tuple[Operation, ...]
    failed_operations: tuple[OperationError, ...]
    duration: timedelta
    retries: int
    message: str
    error: HsyncError | None = None

    @property
    def has_changes(self) -> bool:
        """Whether the target differed from the desired configuration."""
        return self.diff is not None and bool(self.diff.operations)

    @property
    def has_failures(self) -> bool:
        """Whether operations failed."""
        return bool(self.failed_operations)

    def raise_for_failure(self) -> None:
        """For callers who would rather have an exception.

        Raises:
            HsyncError: the sync was no success.
        """
        if not self.success:
            raise self.error or HsyncError(self.message)

    def __str__(self) -> str:
        """A summary for people."""
        lines = [
            f"{'success' if self.success else 'failed'}: {self.message}",
            f"policy {self.policy}, {self.duration.total_seconds():.3f} s, {count(self.retries, 'retry', 'retries')}",
        ]
        if self.diff is not None:
            actions = (
                (name, count)
                for name, count in self.diff.summary.items()
                if name not in {"reloads", "warnings"} and count
            )
            lines.append("changes: " + ", ".join(f"{count} to {name}" for name, count in actions))
        if self.applied_operations:
            lines.append(f"applied: {operations_of(self.applied_operations)}")
        if self.failed_operations:
            lines.append(f"not applied: {operations_of(self.failed_operations)}")
        lines += [f"  {one}" for one in self.failed_operations]
        return "\n".join(lines)


def new_success_result(
    policy: SyncPolicy, diff: Plan | None, applied: Sequence[Operation], duration: timedelta, retries: int
) -> SyncResult:
    """The result of a sync that brought the target to the desired configuration, or of a dry run that could."""
    if policy.is_dry_run:
        message = f"dry run: {operations_of(diff.operations if diff else ())} would be sent, nothing was written"
    else:
        message = f"{operations_of(applied)} applied"
    return SyncResult(True, policy, diff, tuple(applied), (), duration, retries, message)  # noqa: FBT003 - Go's order


def new_failure_result(
    policy: SyncPolicy,
    diff: Plan | None,
    applied: Sequence[Operation],
    failed: Sequence[OperationError],
    duration: timedelta,
    retries: int,
    message: str,
) -> SyncResult:
    """The result of a sync that did not reach the desired configuration."""
    return SyncResult(False, policy, diff, tuple(applied), tuple(failed), duration, retries, message)  # noqa: FBT003


def new_no_changes_result(policy: SyncPolicy, duration: timedelta) -> SyncResult:
    """The result of a sync that had nothing to do."""
    return SyncResult(True, policy, None, (), (), duration, 0, "no changes")  # noqa: FBT003 - Go's order
