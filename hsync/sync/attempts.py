"""The attempts of one sync, until it is settled: read, compare, prove, apply; after a conflict from the beginning."""

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
from hsync.sync.words import listed, operations_of, told
from hsync.syntax import emit

__all__ = ["Attempts"]


_SETTLE_READS = 3
"""How often a target whose disk and memory disagree is read again before that is believed."""


class ConflictError(Exception):
    """The target is not what an attempt was made on: read and compare again."""

    def __init__(self, planned: int | None, cause: HsyncError) -> None:
        super().__init__(cause.message)
        self.planned = planned
        self.cause = cause


@dataclass
class Attempts:
    """One sync on its way."""

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
        """One attempt after the other; what the caller gave as current counts for the first."""
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
        """Read, compare, prove, apply."""
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
        """A snapshot whose disk and memory agree: while somebody commits they may differ for a moment."""
        snapshot = self.client.snapshot()
        for number in range(_SETTLE_READS):
            if not snapshot.split_brain:
                break
            self.patience.pause(number)
            snapshot = self.client.snapshot()
        refuse_split_brain(snapshot, self.client)
        return snapshot

    def refuse_other(self, given: Configuration, snapshot: Snapshot) -> None:
        """A target that runs something else than the caller believes is a conflict."""
        left = compare(given, current_of(snapshot))
        if left:
            names = listed([delta.address for delta in left])
            cause = StalePlanError(f"the target does not run the current configuration that was given: {names}")
            raise ConflictError(Snapshot.of(emit(given.document), 0).disk_version, cause)

    def apply(self, snapshot: Snapshot, plan: Plan) -> SyncResult:
        """Apply the plan; with `continue_on_error` what is left of it after each refusal."""
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
        """One attempt at a plan; a conflict where the target turned out to be another one."""
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
            # Committed, and then overtaken: what the target runs now is for the next attempt to see.
            raise ConflictError(error.version, error) from error
        except ServerRefused as error:
            if phases.last is Phase.PUSH:
                self.failed = [OperationError(plan.operations[0], self.masked_refusal(error))]
            raise
        if not outcome.changed:
            raise ConflictError(plan.base.version, StalePlanError(f"{self.client.url}: {outcome.message}"))
        self.landed += plan.operations

    def without_failed(self, snapshot: Snapshot, plan: Plan) -> planned.Plan:
        """The plan without what failed, as a plan of its own, proved again."""
        failed = {one.operation.seq for one in self.failed}
        left = [one for one in plan.operations if one.seq not in failed]
        try:
            return reduced(snapshot, plan, left)
        except ServerRefused as error:
            raise UnsafePlanError(f"what is left cannot be proved on a copy: {error.message}") from error

    def done(self, plan: Plan) -> SyncResult:
        """The target holds the desired configuration, and this sync brought it there."""
        policy, patience = self.options.policy, self.patience
        return self.logged(new_success_result(policy, plan, self.landed, patience.elapsed, patience.retries))

    def partly(self, left: planned.Plan) -> SyncResult:
        """Some operations failed; what was left is committed, or there was nothing left."""
        applied = ", ".join(filter(None, [listed([told(one) for one in left.operations])])) or "nothing"
        message = f"applied: {applied}; not applied: {listed(self.failed)}"
        return self.logged(self.failure_result(message, self.failed[0]))

    def nothing_to_do(self) -> SyncResult:
        """The target holds the desired configuration: since ever, by others, or by a commit that was overtaken."""
        if self.landed and self.plan is not None:
            return self.done(self.plan)
        result = new_no_changes_result(self.options.policy, self.patience.elapsed)
        return self.logged(replace(result, retries=self.patience.retries))

    def failure(self, error: HsyncError) -> SyncResult:
        """What ended the sync, and what was committed before."""
        message = self.masked(error.message)
        if isinstance(error, OperationRefused):
            message += f" ({error.hint})"
        elif self.options.continue_on_error and self.failed and not self.landed:
            what = f"{operations_of(self.failed)} set aside"
            message = f"nothing was applied, {what}, and what is left was not accepted: {message}"
        if self.landed:
            message += f"; committed before: {listed([told(one) for one in self.landed])}"
        return self.logged(self.failure_result(message, error))

    def failure_result(self, message: str, error: HsyncError) -> SyncResult:
        """The facts of this sync around a message."""
        policy, patience = self.options.policy, self.patience
        result = new_failure_result(
            policy, self.plan, self.landed, self.failed, patience.elapsed, patience.retries, message
        )
        return replace(result, error=error)

    def logged(self, result: SyncResult) -> SyncResult:
        """Tell the log, too."""
        self.logger.log(logging.INFO if result.success else logging.WARNING, "sync: %s", result.message)
        return result

    def masked(self, text: str) -> str:
        """A server's words without the secrets of either side."""
        sides = [self.desired.configuration, *([current_of(self.snapshot)] if self.snapshot else [])]
        return masked_line(text, telling(section for side in sides for section in side.document.sections))

    def masked_refusal(self, error: ServerRefused) -> ServerRefused:
        """The refusal itself, in words without secrets."""
        cause = error.__cause__ if isinstance(error.__cause__, ServerRefused) else error
        message, words = self.masked(cause.message), self.masked(cause.server_message)
        if message == cause.message and words == cause.server_message:
            return cause
        return ServerRefused(message, status=cause.status, server_message=words, hint=cause.hint)
