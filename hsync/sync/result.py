"""The result of a sync, as data and as a summary for people. Argument orders are those of the Go package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hsync.errors import HsyncError
from hsync.plan.plan import Operation
from hsync.sync.plans import Plan
from hsync.sync.policy import SyncPolicy
from hsync.sync.words import count, label, operations_of

__all__ = ["OperationError", "SyncResult", "new_failure_result", "new_no_changes_result", "new_success_result"]


class OperationError(HsyncError):
    """An operation that was not applied, with its cause, which is also `__cause__`.

    Args:
        operation: the operation.
        cause: the server's refusal, or the error of another operation that this operation depends on.
    """

    def __init__(self, operation: Operation, cause: Exception) -> None:
        super().__init__(f"{label(operation)}: {cause}")
        self.operation = operation
        self.cause = cause
        self.__cause__ = cause


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The result of a sync.

    Args:
        success: whether the target has the desired configuration at the end; for a dry run, whether a sync could apply
            it.
        policy: the policy of the sync.
        diff: the plan from the current to the desired configuration; None if both have the same meaning, or if the
            sync ended before they were compared.
        applied_operations: operations that were committed and not reverted, in order.
        failed_operations: operations that the server refused, and operations that depend on them.
        duration: duration of the sync.
        retries: number of attempts after the first.
        message: one sentence, without secrets.
        error: the error that ended the sync; None for a success.
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
        """Whether any operation failed."""
        return bool(self.failed_operations)

    def raise_for_failure(self) -> None:
        """Raise the error of the sync, for callers who prefer an exception.

        Raises:
            HsyncError: the sync was not successful.
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
        lines += [f"  {error}" for error in self.failed_operations]
        return "\n".join(lines)


def new_success_result(
    policy: SyncPolicy, diff: Plan | None, applied: Sequence[Operation], duration: timedelta, retries: int
) -> SyncResult:
    """The result of a sync that applied the desired configuration, or of a dry run that could apply it."""
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
    """The result of a sync after which the target does not have the desired configuration."""
    return SyncResult(False, policy, diff, tuple(applied), tuple(failed), duration, retries, message)  # noqa: FBT003


def new_no_changes_result(policy: SyncPolicy, duration: timedelta) -> SyncResult:
    """The result of a sync that had nothing to do."""
    return SyncResult(True, policy, None, (), (), duration, 0, "no changes")  # noqa: FBT003 - Go's order
