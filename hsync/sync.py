"""sync: the library: make a server hold a configuration, and say truthfully what came of it.

Rule 1: the engine is that of `hsync plan` and `hsync apply` (`workflow`): nothing here compares, sends or proves.
Rule 2: on a version conflict the target is read and compared again; operations made for another state are never sent.
Rule 3: what the caller wrote wrong is raised (`InputError`), so is a fault of hsync (`BugError`). What the target or
    the world did is a `SyncResult` that says so.
Rule 4: `applied_operations` holds what was committed, `failed_operations` what the server refused and what could not
    stand without it. No secret is in a message or in the log.

Theory of operation: an attempt is read, compare, prove, apply. `apply_plan` tells its journal how far it got; so an
error is known to come from before or after the commit. A conflict starts the next attempt, after a pause that grows
and is spread by chance, as long as the policy allows. With `continue_on_error` a refused operation is taken out of the
plan, and the rest is a plan of its own that goes the same way in a fresh transaction: after a refused write the server
may keep half of it where no read shows it.

Source: the Go package `pkg/dataplane/synchronizer` of the HAProxy Template Ingress Controller (names, argument orders,
promises); reference/dataplane-api.md 2.2, 2.7; recorded exchange 118.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

from hsync.dataplane import Committed, DataplaneClient, Snapshot, target_for
from hsync.errors import (
    HsyncError,
    LockedError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    TargetError,
    UnsafePlanError,
    UsageError,
)
from hsync.model import Address, Configuration
from hsync.plan import plan as planned
from hsync.plan.compare import compare
from hsync.plan.fields import masked_line, secrets_of
from hsync.plan.plan import Action, Lane, Operation, Target
from hsync.plan.secrets import forget, refuse_unknown
from hsync.store import Meta, planfile, timestamp
from hsync.syntax import emit
from hsync.version import __version__
from hsync.workflow import (
    Desired,
    OperationRefused,
    apply_plan,
    current_of,
    deleting,
    plan_on,
    read_desired,
    reduced,
    refuse_split_brain,
    send_operations,
)
from hsync.workflow import make_plan as plan_for

__all__ = [
    "OperationError",
    "Plan",
    "SyncCancelledError",
    "SyncOperationsResult",
    "SyncOptions",
    "SyncPolicy",
    "SyncResult",
    "Synchronizer",
    "Transaction",
    "VersionAdapter",
    "default_sync_options",
    "dry_run_options",
    "make_plan",
    "new_failure_result",
    "new_no_changes_result",
    "new_success_result",
    "sync_operations",
]


logging.getLogger("hsync").addHandler(logging.NullHandler())

# Plans


class Plan(planned.Plan):
    """A plan that can be saved and loaded. See `hsync.plan.plan.Plan` for what it holds."""

    __slots__ = ()

    @classmethod
    def of(cls, plan: planned.Plan) -> Plan:
        """The same plan, with the methods of this class."""
        return cls(**{one.name: getattr(plan, one.name) for one in fields(plan)})

    def save(self, path: Path | str, *, user: str = "") -> str:
        """Write the plan file that `hsync show`, `verify` and `apply` read. Inverses lose the secrets of the server.

        Args:
            path: the file; readable by its owner only.
            user: who made the plan, for the reviewer.

        Returns:
            The digest of the plan, `sha256:...`.

        Raises:
            InputError: the file cannot be written.
            PlanFileError: a text of the plan looks like the reference to a secret, and is none.
        """
        meta = Meta(created=timestamp(), hsync=__version__, user=user)
        refuse_unknown(self)
        return planfile.write(Path(path), forget(self), meta)

    @classmethod
    def load(cls, path: Path | str) -> Plan:
        """Read a plan file.

        It holds references in place of the secrets of a template: `apply_plan(..., secrets=lookup)` takes their values.

        Args:
            path: what `save` or `hsync plan` wrote.

        Raises:
            InputError: it cannot be read.
            PlanFileError: it is not what hsync wrote.
        """
        return cls.of(planfile.read(Path(path))[0])


def make_plan(client: DataplaneClient, desired: Configuration | str, *, source: str = "haproxy.cfg") -> Plan:
    """Compare a configuration with what a target runs, and plan the way there. Only reads are sent.

    Args:
        client: of the target.
        desired: the configuration, or its text.
        source: the name of a text, for messages.

    Returns:
        The plan, proved on a copy.

    Raises:
        ConfigError: faults in the desired configuration.
        StalePlanError: disk and memory of the server disagree.
        TargetError: the target cannot be read.
    """
    wanted = read_desired(desired, source) if isinstance(desired, str) else _desired(desired)
    return Plan.of(plan_for(client, wanted, _target_of(client)))


def _desired(configuration: Configuration) -> Desired:
    if not isinstance(configuration, Configuration):
        raise UsageError(
            f"the desired configuration is a {type(configuration).__name__}, not a Configuration",
            hint="parse a text with Configuration.from_text(text), or call sync_from_strings",
        )
    return read_desired(emit(configuration.document), configuration.document.source)


def _target_of(client: DataplaneClient) -> Target:
    return Target(target_for(client.identity, {}).name, client.identity, client.api_line())


# Policy and options


class SyncPolicy(StrEnum):
    """How far a sync may go."""

    DRY_RUN = "dry-run"
    """Compare and validate; write nothing."""
    APPLY = "apply"
    """Apply, with 3 retries on version conflicts."""
    APPLY_FORCE = "apply-force"
    """Apply, with retries on version conflicts until it succeeds, is cancelled or runs out of time."""

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is written."""
        return self is SyncPolicy.DRY_RUN

    @property
    def should_apply(self) -> bool:
        """Whether changes are written."""
        return not self.is_dry_run

    @property
    def max_retries(self) -> int:
        """How many retries on version conflicts; -1 for no limit."""
        return _MAX_RETRIES[self]


_MAX_RETRIES = {SyncPolicy.DRY_RUN: 0, SyncPolicy.APPLY: 3, SyncPolicy.APPLY_FORCE: -1}


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a sync may do.

    Args:
        policy: see `SyncPolicy`.
        continue_on_error: set a refused operation aside and apply the others, if the server finds what is left valid.
        validate_before_apply: have the server check the staged text before the commit.
        timeout: seconds after which no further step towards a commit is begun; None for no limit.
        cancel: an event that ends the sync in the same way.
    """

    policy: SyncPolicy = SyncPolicy.APPLY
    continue_on_error: bool = False
    validate_before_apply: bool = True
    timeout: float | None = None
    cancel: threading.Event | None = None


def default_sync_options() -> SyncOptions:
    """Apply, stop at the first error, validate before the commit."""
    return SyncOptions()


def dry_run_options() -> SyncOptions:
    """Compare and validate here; write nothing."""
    return SyncOptions(policy=SyncPolicy.DRY_RUN, validate_before_apply=False)


# Results


class SyncCancelledError(HsyncError):
    """The cancel event was set, or the time was over, before a commit."""


class OperationError(HsyncError):
    """One operation that was not applied, and why: `operation` and `cause`, which is chained.

    Args:
        operation: what was not applied.
        cause: the server's refusal, or the error of the operation that this one cannot stand without.
    """

    def __init__(self, operation: Operation, cause: Exception) -> None:
        super().__init__(f"{_told(operation)}: {cause}")
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
            f"policy {self.policy}, {self.duration.total_seconds():.3f} s, {_count(self.retries, 'retry', 'retries')}",
        ]
        if self.diff is not None:
            actions = ((name, count) for name, count in self.diff.summary.items() if name != "reloads" and count)
            lines.append("changes: " + ", ".join(f"{count} to {name}" for name, count in actions))
        if self.applied_operations:
            lines.append(f"applied: {_operations(self.applied_operations)}")
        if self.failed_operations:
            lines.append(f"not applied: {_operations(self.failed_operations)}")
        lines += [f"  {one}" for one in self.failed_operations]
        return "\n".join(lines)


def new_success_result(
    policy: SyncPolicy, diff: Plan | None, applied: Sequence[Operation], duration: timedelta, retries: int
) -> SyncResult:
    """The result of a sync that brought the target to the desired configuration, or of a dry run that could."""
    if policy.is_dry_run:
        message = f"dry run: {_operations(diff.operations if diff else ())} would be sent, nothing was written"
    else:
        message = f"{_operations(applied)} applied"
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


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _operations(items: Sequence[object]) -> str:
    return _count(len(items), "operation", "operations")


def _told(operation: Operation) -> str:
    return f"{operation.action} {operation.address}"


_NAMED = 10
"""How many operations a message names."""


def _listed(items: Sequence[object]) -> str:
    more = f" and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(str(one) for one in items[:_NAMED]) + more


# Patience


Sleep = Callable[[float], object]
Clock = Callable[[], float]

_PAUSES_S = (0.05, 2.0)
"""The first pause and the longest; each is twice the one before, times a half to one and a half."""

_CHECKS_S = 0.1
"""How often somebody who waits for a turn looks at the cancel event."""


@dataclass(slots=True)
class _Patience:
    """How long somebody goes on: retries, a deadline, a cancel event."""

    max_retries: int
    cancel: threading.Event | None = None
    timeout: float | None = None
    sleep: Sleep | None = None
    clock: Clock = time.monotonic
    retries: int = 0
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=self.clock() - self.started)

    @property
    def exhausted(self) -> bool:
        return 0 <= self.max_retries <= self.retries

    def check(self) -> None:
        after = f"after {_count(self.retries, 'retry', 'retries')}"
        if self.cancel is not None and self.cancel.is_set():
            raise SyncCancelledError(f"cancelled {after}")
        if self.timeout is not None and self.clock() - self.started >= self.timeout:
            raise SyncCancelledError(f"the time of {self.timeout:g} s was over {after}")

    def retry(self) -> None:
        """Count one, and wait before it."""
        self.pause(self.retries)
        self.retries += 1

    def pause(self, number: int) -> None:
        first, longest = _PAUSES_S
        seconds = min(longest, first * 2 ** min(number, 16)) * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load
        if self.timeout is not None:
            seconds = max(0.0, min(seconds, self.started + self.timeout - self.clock()))
        (self.sleep or (self.cancel or threading.Event()).wait)(seconds)
        self.check()


# Transactions


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
        send_operations(client, operations, transaction.id, lambda *_: None)
    except OperationRefused as error:
        raise OperationError(error.operation, _cause(error)) from error
    return SyncOperationsResult(transaction)


def _cause(error: OperationRefused) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, ServerRefused) else error


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
        self._patience = _Patience(max_retries, cancel, timeout, sleep)

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
                    raise _conflict(patience.retries, opened, self._version(), conflict) from conflict
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


def _conflict(retries: int, was: int | None, now: int, cause: HsyncError) -> StalePlanError:
    expected = "another text" if was is None else f"version {was}"
    return StalePlanError(
        f"version conflict after {_count(retries, 'retry', 'retries')}: expected {expected}, "
        f"the target has version {now} ({cause.message})",
        hint="somebody else is writing: try again, or use SyncPolicy.APPLY_FORCE",
    )


# Synchronizer


class Synchronizer:
    """Makes one target hold configurations. Several threads may share it: one sync runs at a time.

    Args:
        client: of the target; stays the caller's, who closes it.
        sleep: pauses for seconds between retries, instead of waiting for the cancel event.
        clock: seconds that only grow.
    """

    def __init__(self, client: DataplaneClient, *, sleep: Sleep | None = None, clock: Clock = time.monotonic) -> None:
        self._client = client
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._logger = logging.getLogger("hsync")

    def with_logger(self, logger: logging.Logger) -> Self:
        """A Synchronizer for the same target that logs elsewhere. The two take turns.

        Args:
            logger: gets the start and the outcome (info), retries and failures (warning), operations (debug).
        """
        other = type(self)(self._client, sleep=self._sleep, clock=self._clock)
        other._lock, other._logger = self._lock, logger  # noqa: SLF001 - its own class
        return other

    def sync(
        self, current: Configuration | None, desired: Configuration, options: SyncOptions | None = None
    ) -> SyncResult:
        """Bring the target from the current to the desired configuration.

        A dry run sends no write request, not even the server's own validation, which is a POST: it checks the desired
        text for faults, proves the operations on a copy, and says what would be sent.

        Args:
            current: what the target runs, as far as the caller knows; None to read it. If the target runs something
                of another meaning, that is a version conflict like any other.
            desired: what it should run.
            options: `default_sync_options()` by default.

        Returns:
            What came of it. Look at `success`, or call `raise_for_failure`.

        Raises:
            ConfigError: faults in the desired configuration, all of them.
            BugError: hsync is wrong; nothing was written.
        """
        options = options or default_sync_options()
        patience = _Patience(options.policy.max_retries, options.cancel, options.timeout, self._sleep, self._clock)
        run = _Sync(self._client, _desired(desired), options, patience, self._logger)
        self._logger.info("sync of %s, policy %s", self._client.url, options.policy)
        try:
            with _turn(self._lock, patience):
                return run.until_settled(current)
        except _ENDS as error:
            return run.failure(error)

    def sync_from_strings(
        self, current_text: str | None, desired_text: str, options: SyncOptions | None = None
    ) -> SyncResult:
        """Parse both texts, then the same as `sync`.

        Args:
            current_text: what the target runs, as far as the caller knows; None to read it.
            desired_text: what it should run.
            options: `default_sync_options()` by default.

        Returns:
            What came of it.

        Raises:
            ConfigError: faults in either text, all of them. Never "no changes".
        """
        current = None
        if current_text is not None:
            read_desired(current_text, "current")
            current = Configuration.from_text(current_text, "current")
        return self.sync(current, read_desired(desired_text, "desired").configuration, options)


_ENDS = (TargetError, StalePlanError, UnsafePlanError, ReloadFailedError, LockedError, SyncCancelledError)
"""What the target or the world did; all else is raised."""


@contextmanager
def _turn(lock: threading.Lock, patience: _Patience) -> Iterator[None]:
    patience.check()
    while not lock.acquire(timeout=_CHECKS_S):
        patience.check()
    try:
        yield
    finally:
        lock.release()


class _ConflictError(Exception):
    """The target is not what an attempt was made on: read and compare again."""

    def __init__(self, planned: int | None, cause: HsyncError) -> None:
        super().__init__(cause.message)
        self.planned = planned
        self.cause = cause


@dataclass(slots=True)
class _Phases:
    """The journal of one attempt: how far it got; and its progress, where a sync can be ended."""

    patience: _Patience
    logger: logging.Logger
    name: str = ""

    def phase(self, name: str, facts: Mapping[str, str]) -> None:  # noqa: ARG002 - the protocol of a journal
        self.name = name

    def progress(self, what: str, done: int, total: int) -> None:
        self.logger.debug("%s (%d of %d)", what, done, total)
        if not self.committed:
            self.patience.check()

    @property
    def committed(self) -> bool:
        """Whether the commit was answered with success."""
        return self.name == "reload"

    @property
    def stored(self) -> bool:
        """Whether a raw push was stored at least, still without its reload."""
        return self.name == "commit"


@dataclass
class _Sync:
    """One sync on its way."""

    client: DataplaneClient
    desired: Desired
    options: SyncOptions
    patience: _Patience
    logger: logging.Logger
    snapshot: Snapshot | None = None
    plan: Plan | None = None
    landed: list[Operation] = field(default_factory=list)
    failed: list[OperationError] = field(default_factory=list)

    def until_settled(self, given: Configuration | None) -> SyncResult:
        while True:
            try:
                return self.attempt(given)
            except _ConflictError as conflict:
                if self.patience.exhausted:
                    raise _conflict(
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
        plan = Plan.of(plan_on(snapshot, self.desired, _target_of(self.client)))
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
        left = compare(given, current_of(snapshot))
        if left:
            names = _listed([delta.address for delta in left])
            cause = StalePlanError(f"the target does not run the current configuration that was given: {names}")
            raise _ConflictError(Snapshot.of(emit(given.document), 0).disk_version, cause)

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
                self.failed += _set_aside(left.operations, error.operation, cause)
                left = self.without_failed(snapshot, plan)
            else:
                return self.partly(left) if self.failed else self.done(plan)
        return self.partly(left)

    def run(self, plan: planned.Plan) -> None:
        """One attempt at a plan; a conflict where the target turned out to be another one."""
        phases = _Phases(self.patience, self.logger)
        validate = self.options.validate_before_apply or bool(self.failed)
        try:
            outcome = apply_plan(self.client, plan, journal=phases, progress=phases.progress, validate=validate)
        except StalePlanError as error:
            if plan.lane is Lane.RAW and phases.stored:
                self.landed += plan.operations
            raise _ConflictError(plan.base.version, error) from error
        except (OutcomeUnknown, ServerRefused) as error:
            if phases.committed:
                self.landed += plan.operations
            elif plan.lane is Lane.RAW and isinstance(error, ServerRefused) and phases.name == "push":
                self.failed = [OperationError(plan.operations[0], self.masked_refusal(error))]
            raise
        except TargetError as error:
            if not phases.committed:
                raise
            # Committed, and then overtaken: what the target runs now is for the next attempt to see.
            self.landed += plan.operations
            raise _ConflictError(plan.base.version + 1, error) from error
        if not outcome.changed:
            raise _ConflictError(plan.base.version, StalePlanError(f"{self.client.url}: {outcome.message}"))
        self.landed += plan.operations

    def without_failed(self, snapshot: Snapshot, plan: Plan) -> planned.Plan:
        failed = {one.operation.seq for one in self.failed}
        left = [one for one in plan.operations if one.seq not in failed]
        try:
            return reduced(snapshot, plan, left)
        except ServerRefused as error:
            raise UnsafePlanError(f"what is left cannot be proved on a copy: {error.message}") from error

    def done(self, plan: Plan) -> SyncResult:
        policy, patience = self.options.policy, self.patience
        return self.logged(new_success_result(policy, plan, self.landed, patience.elapsed, patience.retries))

    def partly(self, left: planned.Plan) -> SyncResult:
        """Some operations failed; what was left is committed, or there was nothing left."""
        applied = ", ".join(filter(None, [_listed([_told(one) for one in left.operations])])) or "nothing"
        message = f"applied: {applied}; not applied: {_listed(self.failed)}"
        return self.logged(self.failure_result(message, self.failed[0]))

    def nothing_to_do(self) -> SyncResult:
        """The target holds the desired configuration: since ever, by others, or by a commit that was overtaken."""
        if self.landed and self.plan is not None:
            return self.done(self.plan)
        result = new_no_changes_result(self.options.policy, self.patience.elapsed)
        return self.logged(replace(result, retries=self.patience.retries))

    def failure(self, error: HsyncError) -> SyncResult:
        message = self.masked(error.message)
        if isinstance(error, OperationRefused):
            message += f" ({error.hint})"
        elif self.options.continue_on_error and self.failed and not self.landed:
            what = f"{_operations(self.failed)} set aside"
            message = f"nothing was applied, {what}, and what is left was not accepted: {message}"
        if self.landed:
            message += f"; committed before: {_listed([_told(one) for one in self.landed])}"
        return self.logged(self.failure_result(message, error))

    def failure_result(self, message: str, error: HsyncError) -> SyncResult:
        policy, patience = self.options.policy, self.patience
        result = new_failure_result(
            policy, self.plan, self.landed, self.failed, patience.elapsed, patience.retries, message
        )
        return replace(result, error=error)

    def logged(self, result: SyncResult) -> SyncResult:
        self.logger.log(logging.INFO if result.success else logging.WARNING, "sync: %s", result.message)
        return result

    def masked(self, text: str) -> str:
        """A server's words without the secrets of either side."""
        sides = [self.desired.configuration, *([current_of(self.snapshot)] if self.snapshot else [])]
        secrets = {secret for side in sides for key in side.sections for secret in secrets_of(side.bound(key))}
        return masked_line(text, secrets)

    def masked_refusal(self, error: ServerRefused) -> ServerRefused:
        cause = error.__cause__ if isinstance(error.__cause__, ServerRefused) else error
        message, words = self.masked(cause.message), self.masked(cause.server_message)
        if message == cause.message and words == cause.server_message:
            return cause
        return ServerRefused(message, status=cause.status, server_message=words, hint=cause.hint)


_SETTLE_READS = 3
"""How often a target whose disk and memory disagree is read again before that is believed."""


def _set_aside(operations: Sequence[Operation], refused: Operation, cause: ServerRefused) -> Iterator[OperationError]:
    """The refused operation, and those that must not be applied without it.

    A section or child that is deleted and created again goes as a whole, or the half that is left would lose it; what
    lies in a section that was not created cannot stand at all.
    """
    yield (first := OperationError(refused, cause))
    section = str(Address.parse(refused.address).section)
    recreated = {one.action for one in operations if one.address == section} >= {Action.DELETE, Action.CREATE}
    whole = recreated or (refused.address == section and refused.action is Action.CREATE)
    for one in operations:
        inside = whole and (one.address == section or one.address.startswith(f"{section}/"))
        if one != refused and (inside or one.address == refused.address):
            yield OperationError(one, first)
