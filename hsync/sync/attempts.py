"""The attempts of a sync: read, compare, prove, apply; after a version conflict the next attempt begins."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import (
    CommittedError,
    HsyncError,
    OutcomeUnknown,
    ServerRefused,
    StalePlanError,
    UnsafePlanError,
)
from hsync.events import Phase
from hsync.model import Configuration
from hsync.plan import plan as planned
from hsync.plan.compare import compare
from hsync.plan.fields import masked_line
from hsync.plan.hiding import telling
from hsync.plan.plan import Operation
from hsync.session import Desired, OperationRefused, apply_plan, current_of, plan_on, reduced, refuse_split_brain
from hsync.sync.aside import set_aside
from hsync.sync.patience import Patience
from hsync.sync.phases import Phases
from hsync.sync.plans import Plan, target_of
from hsync.sync.policy import SyncOptions
from hsync.sync.result import (
    OperationError,
    SyncResult,
    new_failure_result,
    new_no_changes_result,
    new_success_result,
)
from hsync.sync.transaction import conflict_of
from hsync.sync.words import label, listed, operations_of
from hsync.syntax import emit

__all__ = ["Attempts"]


_SETTLE_READS = 3
"""Number of further reads if disk and memory of a target differ: during a commit they differ for a moment."""


class ConflictError(Exception):
    """The target has changed since the attempt began: read and compare again."""

    def __init__(self, planned: int | None, cause: HsyncError) -> None:
        super().__init__(cause.message)
        self.planned = planned
        self.cause = cause


@dataclass
class Attempts:
    """A running sync."""

    client: DataplaneClient
    desired: Desired
    options: SyncOptions
    patience: Patience
    logger: logging.Logger
    snapshot: Snapshot | None = None
    plan: Plan | None = None
    landed: list[Operation] = field(default_factory=list)
    failed: list[OperationError] = field(default_factory=list)

    def until_settled(self, given: Configuration | None) -> SyncResult:
        """Attempt until there is a result; only the first attempt uses the caller's current configuration."""
        while True:
            try:
                return self.attempt(given)
            except ConflictError as conflict:
                if self.patience.exhausted:
                    raise conflict_of(
                        self.patience.retries, conflict.planned, self.client.snapshot().version, conflict.cause
                    ) from conflict.cause
                self.logger.warning("version conflict, reading again: %s", self.masked(conflict.cause.message))
            given = None
            self.patience.retry()

    def attempt(self, given: Configuration | None) -> SyncResult:
        """Read, compare, prove, apply once."""
        self.failed = []
        self.snapshot = snapshot = self.read()
        if given is not None:
            self.refuse_other(given, snapshot)
        plan = Plan.of(plan_on(snapshot, self.desired, target_of(self.client)))
        if not plan.operations:
            return self.nothing_to_do()
        self.plan = plan
        if self.options.policy.is_dry_run:
            return self.logged(new_success_result(self.options.policy, plan, (), self.patience.elapsed, 0))
        return self.apply(snapshot, plan)

    def read(self) -> Snapshot:
        """A snapshot for which disk and memory agree."""
        snapshot = self.client.snapshot()
        for number in range(_SETTLE_READS):
            if not snapshot.split_brain:
                break
            self.patience.pause(number)
            snapshot = self.client.snapshot()
        refuse_split_brain(snapshot, self.client)
        return snapshot

    def refuse_other(self, given: Configuration, snapshot: Snapshot) -> None:
        """Raise a conflict if the target's configuration differs from the caller's current configuration."""
        left = compare(given, current_of(snapshot))
        if left:
            names = listed([delta.address for delta in left])
            cause = StalePlanError(f"the target does not run the current configuration that was given: {names}")
            raise ConflictError(Snapshot.of(emit(given.document), 0).disk_version, cause)

    def apply(self, snapshot: Snapshot, plan: Plan) -> SyncResult:
        """Apply the plan; with `continue_on_error` also the remaining operations after each refusal."""
        left: planned.Plan = plan
        while left.operations:
            try:
                self.run(left)
            except OperationRefused as error:
                cause = self.masked_refusal(error)
                if not self.options.continue_on_error:
                    self.failed = [OperationError(error.operation, cause)]
                    raise
                self.failed += set_aside(left.operations, error.operation, cause)
                left = self.without_failed(snapshot, plan)
            else:
                return self.partly(left) if self.failed else self.done(plan)
        return self.partly(left)

    def run(self, plan: planned.Plan) -> None:
        """Apply a plan once; raise a conflict if the target has changed."""
        phases = Phases(self.patience, self.logger)
        validate = self.options.validate_before_apply or bool(self.failed)
        try:
            outcome = apply_plan(self.client, plan, on_event=phases, validate=validate)
        except StalePlanError as error:
            raise ConflictError(plan.base.version, error) from error
        except CommittedError as error:
            self.landed += plan.operations
            cause = error.__cause__
            overtaken = not isinstance(cause, OutcomeUnknown | ServerRefused)
            if cause is not None and isinstance(cause.__cause__, StalePlanError):
                raise ConflictError(plan.base.version, cause.__cause__) from error
            if not overtaken:
                raise
            # Committed, but another client has written since: the next attempt reads the target again.
            raise ConflictError(error.version, error) from error
        except ServerRefused as error:
            if phases.last is Phase.PUSH:
                self.failed = [OperationError(plan.operations[0], self.masked_refusal(error))]
            raise
        if not outcome.changed:
            raise ConflictError(plan.base.version, StalePlanError(f"{self.client.url}: {outcome.message}"))
        self.landed += plan.operations

    def without_failed(self, snapshot: Snapshot, plan: Plan) -> planned.Plan:
        """A plan of the operations that have not failed, proved again."""
        failed = {error.operation.seq for error in self.failed}
        left = [operation for operation in plan.operations if operation.seq not in failed]
        try:
            return reduced(snapshot, plan, left)
        except ServerRefused as error:
            raise UnsafePlanError(f"the remaining operations cannot be proved on a copy: {error.message}") from error

    def done(self, plan: Plan) -> SyncResult:
        """The result if this sync has applied the desired configuration."""
        policy, patience = self.options.policy, self.patience
        return self.logged(new_success_result(policy, plan, self.landed, patience.elapsed, patience.retries))

    def partly(self, left: planned.Plan) -> SyncResult:
        """The result if some operations failed, and the remaining operations, if any, are committed."""
        applied = listed([label(operation) for operation in left.operations]) or "nothing"
        message = f"applied: {applied}; not applied: {listed(self.failed)}"
        return self.logged(self.failure_result(message, self.failed[0]))

    def nothing_to_do(self) -> SyncResult:
        """The result if the target has the desired configuration already, by this sync or by another client."""
        if self.landed and self.plan is not None:
            return self.done(self.plan)
        result = new_no_changes_result(self.options.policy, self.patience.elapsed)
        return self.logged(replace(result, retries=self.patience.retries))

    def failure(self, error: HsyncError) -> SyncResult:
        """The result if an error ended the sync; operations may have been committed before."""
        message = self.masked(error.message)
        if isinstance(error, OperationRefused):
            message += f" ({error.hint})"
        elif self.options.continue_on_error and self.failed and not self.landed:
            failed = f"{operations_of(self.failed)} failed"
            message = f"nothing was applied: {failed}, and the remaining operations were refused: {message}"
        if self.landed:
            message += f"; committed before: {listed([label(operation) for operation in self.landed])}"
        return self.logged(self.failure_result(message, error))

    def failure_result(self, message: str, error: HsyncError) -> SyncResult:
        """A failure with a message, an error, and the counts of this sync."""
        policy, patience = self.options.policy, self.patience
        result = new_failure_result(
            policy, self.plan, self.landed, self.failed, patience.elapsed, patience.retries, message
        )
        return replace(result, error=error)

    def logged(self, result: SyncResult) -> SyncResult:
        """Log a result, and return it."""
        self.logger.log(logging.INFO if result.success else logging.WARNING, "sync: %s", result.message)
        return result

    def masked(self, text: str) -> str:
        """A server's message with masked secrets of the current and the desired text."""
        sides = [self.desired.configuration, *([current_of(self.snapshot)] if self.snapshot else [])]
        return masked_line(text, telling(section for side in sides for section in side.document.sections))

    def masked_refusal(self, error: ServerRefused) -> ServerRefused:
        """The refusal, with masked secrets in its messages."""
        cause = error.__cause__ if isinstance(error.__cause__, ServerRefused) else error
        message, words = self.masked(cause.message), self.masked(cause.server_message)
        if message == cause.message and words == cause.server_message:
            return cause
        return ServerRefused(message, status=cause.status, server_message=words, hint=cause.hint)
