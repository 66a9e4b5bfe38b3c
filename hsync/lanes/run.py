"""run: one run of apply, and the steps of which lanes consist.

Theory of operation: a run is in one of four stages, and goes through them in one direction only.

    BEFORE ──commit, or a proved push──▶ COMMITTED ──reload──▶ RELOADED ──read again──▶ DONE

A run that ends in BEFORE leaves the target unchanged. An error after the commit becomes a `CommittedError` with the
stage that the run has reached (`hsync.session.applying`).

Rule 1: the event of a phase is sent before the request of the phase.
Rule 2: a transaction that is not committed is always deleted.

Source: docs/reference/dataplane-api.md 2.2, 2.7, 2.8, 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from hsync.errors import (
    HsyncError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    TargetError,
    UnsafePlanError,
)
from hsync.events import Listener, Phase, PhaseBegan, Step
from hsync.model import Configuration
from hsync.plan.compare import Delta, compare
from hsync.plan.difference import lines_that_differ, remedy_for
from hsync.plan.haproxy_words import alerts
from hsync.plan.snapshot import Snapshot

if TYPE_CHECKING:
    from hsync.plan.plan import Operation, Plan, Request

__all__ = [
    "OperationRefused",
    "Outcome",
    "Run",
    "Stage",
    "current_of",
    "deleting",
    "named",
    "send_operations",
]


class _Reloading(Protocol):
    """The answer to a commit."""

    @property
    def version(self) -> int:
        """The new version of the configuration."""

    @property
    def reload_id(self) -> str | None:
        """The reload to wait for."""


class _Stored(Protocol):
    """The answer to a push."""

    @property
    def snapshot(self) -> Snapshot:
        """The stored text, according to the server's answer."""

    @property
    def reload_id(self) -> str | None:
        """The reload to wait for."""


class Server(Protocol):
    """The methods of a server that a run uses: see `DataplaneClient`."""

    def begin(self, version: int) -> str: ...

    def send(self, request: Request, transaction: str) -> None: ...

    def snapshot(self, transaction: str | None = None) -> Snapshot: ...

    def lay_out(self, text: str, transaction: str) -> None: ...

    def validate_raw(self, text: str) -> tuple[str, ...]: ...

    def commit(self, transaction: str, *, force_reload: bool = False) -> _Reloading: ...

    def abandon(self, transaction: str) -> None: ...

    def push_raw(self, text: str, version: int, *, skip_reload: bool = False) -> _Stored: ...

    def await_reload(self, reload_id: str) -> object: ...

    def pending_reload(self) -> str: ...


class Stage(IntEnum):
    """Progress of a run."""

    BEFORE = 0
    """Nothing is committed."""
    COMMITTED = 1
    """The result is stored; HAProxy may not run it yet."""
    RELOADED = 2
    """HAProxy runs the result; the target was not read again yet."""
    DONE = 3
    """The target was read again and has the result."""


class OperationRefused(ServerRefused):
    """The server refused the operation in `operation`. Its transaction must not be continued."""

    def __init__(self, message: str, operation: Operation, cause: ServerRefused) -> None:
        super().__init__(
            message,
            status=cause.status,
            server_message=cause.server_message,
            hint="the transaction was deleted, nothing was changed",
        )
        self.operation = operation


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of apply.

    Args:
        changed: False if there was nothing to do, or an earlier run had done it.
        message: one sentence.
        snapshot: the text of the target after the run.
        reload_id: id of the reload; "" for none.
        sent: number of operations sent.
        notes: further information for the operator, one sentence each.
    """

    changed: bool
    message: str
    snapshot: Snapshot
    reload_id: str = ""
    sent: int = 0
    notes: tuple[str, ...] = field(default=())


def current_of(snapshot: Snapshot, source: str = "server") -> Configuration:
    """The configuration in a snapshot, with line numbers of the file.

    Args:
        snapshot: of a target.
        source: its name for messages.
    """
    return Configuration.from_text(snapshot.text, source)


def named(deltas: Sequence[Delta]) -> str:
    """The sections of deltas, for a message."""
    names = [str(delta.address) for delta in deltas]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def send_operations(server: Server, operations: Sequence[Operation], transaction: str, on_event: Listener) -> None:
    """Send operations in a transaction, in order, until the server refuses one.

    Args:
        server: of the target.
        operations: the operations.
        transaction: id of the transaction; the caller deletes it after an error.
        on_event: called before each operation.

    Raises:
        OperationRefused: the server refused an operation.
        OutcomeUnknown: an answer is lost.
        TargetError: an operation was not sent.
    """
    total = len(operations)
    for done, operation in enumerate(operations):
        what = f"{operation.action} {operation.address}"
        on_event(Step(what, done, total))
        try:
            server.send(operation.request, transaction)
        except ServerRefused as error:
            message = f"operation {done + 1} of {total}, {what}, was refused: {error}"
            raise OperationRefused(message, operation, error) from error


@contextmanager
def deleting(server: Server, transaction: str) -> Iterator[list[str]]:
    """Delete a transaction on exit, unless the block has added it to the yielded list of committed transactions.

    Args:
        server: of the target.
        transaction: id of the transaction.
    """
    committed: list[str] = []
    try:
        yield committed
    finally:
        if not committed:
            server.abandon(transaction)


def _not_requested(cause: HsyncError) -> OutcomeUnknown:
    """The error for a stored text whose reload could not be requested."""
    return OutcomeUnknown(
        f"the new text is stored, but the reload could not be requested: {cause}",
        hint="any next reload will load the text; to finish, apply the plan again: hsync apply PLAN",
    )


@dataclass
class Run:
    """One run of apply.

    Args:
        server: of the target.
        plan: the plan, with the values of its references.
        on_event: called with each phase before it begins, and with each step.
        validate: whether the server checks the staged text before the commit.
        secrets: values that messages must not contain.
        batched: whether the reload is left to the server's next tick, which further commits can share.
        stage: progress of the run.
        landed: the committed text and its version; None in the stage BEFORE.
        reload_id: id of the reload to wait for; "" for none, and before the commit.
    """

    server: Server
    plan: Plan
    on_event: Listener
    validate: bool = False
    secrets: Sequence[str] = ()
    batched: bool = False
    stage: Stage = Stage.BEFORE
    landed: Snapshot | None = None
    reload_id: str = ""

    @property
    def _total(self) -> int:
        return len(self.plan.operations)

    def begins(self, phase: Phase, **facts: str) -> None:
        """Report that a phase is about to begin."""
        self.on_event(PhaseBegan(phase, facts))

    def step(self, what: str, done: int | None = None) -> None:
        """Report a step, after `done` operations; default: after all of them."""
        self.on_event(Step(what, self._total if done is None else done, self._total))

    @contextmanager
    def transaction(self) -> Iterator[str]:
        """Open a transaction on the version of the plan's base; delete it on exit if it was not committed."""
        self.begins(Phase.BEGIN, version=str(self.plan.base.version))
        transaction = self.server.begin(self.plan.base.version)
        with deleting(self.server, transaction) as committed:
            self.begins(Phase.SEND, transaction=transaction)
            try:
                yield transaction
            finally:
                if self.stage is not Stage.BEFORE:
                    committed.append(transaction)

    def send(self, transaction: str) -> Snapshot:
        """Send all operations, in order. Returns the staged text."""
        try:
            send_operations(self.server, self.plan.operations, transaction, self.on_event)
        except OutcomeUnknown as error:
            raise TargetError(
                f"{error}; nothing was changed: the transaction was not committed",
                hint="apply the plan again: hsync apply PLAN",
            ) from error
        self.step("proving the staged text")
        return self.server.snapshot(transaction)

    def left(self, expected: str | Snapshot, found: Snapshot) -> Sequence[Delta]:
        """The sections of a server's text that do not have the expected meaning."""
        wanted = Configuration.from_text(expected) if isinstance(expected, str) else current_of(expected)
        return compare(wanted, current_of(found))

    def differs(self, what: str, left: Sequence[Delta]) -> str:
        """A message with the sections and lines that differ, as a diff from the expected text to the actual one."""
        return "\n  ".join([f"{what}, in {named(left)}:", *lines_that_differ(left, self.secrets)])

    def prove(self, promised: str, staged: Snapshot) -> None:
        """Check that the staged text has the promised meaning.

        Raises:
            UnsafePlanError: it has not.
        """
        left = self.left(promised, staged)
        if left:
            raise UnsafePlanError(
                self.differs("the staged text differs from the result that the plan promised", left),
                hint=f"the transaction was deleted, nothing was changed; {remedy_for(left)}",
            )

    def commit(self, transaction: str, staged: Snapshot) -> bool:
        """Commit a transaction, with a reload at once. The embedded server of a file has its own reloads.

        Returns:
            Whether the reload can be waited for, or has ended: False if the answer of a reload at once is lost.

        Raises:
            ReloadFailedError: committed, but HAProxy could not load it.
            OutcomeUnknown: the answer is lost, and the target does not have the result.
        """
        self.begins(Phase.COMMIT, transaction=transaction, sha256=staged.sha256)
        self.step("committing")
        at_once = not (self.batched or self.plan.target.keeps_text)
        try:
            answer = self.server.commit(transaction, force_reload=at_once)
        except OutcomeUnknown as error:
            self.committed(self._unheard(staged, error), "")
            if at_once:  # a server does not tell whether such a reload has ended, and how
                return False
            self.reload_id = self.server.pending_reload()
        except ReloadFailedError as error:
            self.committed(replace(staged, version=self.plan.base.version + 1), "")
            self.begins(Phase.RELOAD, reload="", sha256=staged.sha256)
            raise self._not_loaded(error) from error
        else:
            self.committed(Snapshot.of(staged.text, answer.version), answer.reload_id or "")
        return True

    def _unheard(self, staged: Snapshot, error: OutcomeUnknown) -> Snapshot:
        """The committed text of a commit whose answer is lost: the target is read."""
        found = self._found(staged)
        if found is None:
            raise OutcomeUnknown(
                f"the answer to the commit is lost, and the target does not have the result: {error}",
                hint="check the target first: hsync drift",
            ) from error
        return found

    def _found(self, staged: Snapshot) -> Snapshot | None:
        """The target's text if it is the staged text; None if it is another, or cannot be read."""
        try:
            now = self.server.snapshot()
        except TargetError:
            return None
        return now if now.sha256 == staged.sha256 else None

    def committed(self, landed: Snapshot, reload_id: str) -> None:
        """Record that the result is stored."""
        self.stage, self.landed, self.reload_id = Stage.COMMITTED, landed, reload_id

    def reload_stored(self, stored: Snapshot, text: str = "") -> Outcome:
        """Push the stored text again, with the reload, and settle.

        Args:
            stored: the text of the target, which has the promised meaning.
            text: the text to push, with the same meaning; default: the stored one.

        Raises:
            The errors of `settle`; OutcomeUnknown: the reload was not requested.
        """
        self.committed(stored, "")
        self.begins(Phase.FINISH, sha256=stored.sha256)
        try:
            pushed = self.server.push_raw(text or stored.body, stored.version)
        except StalePlanError as error:
            return self._overtaken(stored, text, error)
        except TargetError as error:
            raise _not_requested(error) from error
        self.reload_id = pushed.reload_id or ""
        if pushed.snapshot.memory_ahead and self.reload_id:
            self.await_reload()  # it has already failed: the answer has the old text
        left = self.left(stored, pushed.snapshot)
        if left:
            raise TargetError(
                self.differs("the server stored the same text differently at the second push", left),
                hint="HAProxy will reload it; check the target first: hsync drift",
            )
        self.landed = pushed.snapshot
        return self.settle()

    def _overtaken(self, stored: Snapshot, text: str, error: StalePlanError) -> Outcome:
        """Another run of the same plan has found the stored text, and pushed it again first: push it at its version."""
        try:
            now = self.server.snapshot()
        except TargetError:
            raise _not_requested(error) from error
        if now.sha256 != stored.sha256 or now.version <= stored.version:
            raise _not_requested(error) from error
        message = "applied: this run stored the result, and another run of the same plan has also reloaded it"
        return replace(self.reload_stored(now, text), message=message)

    def settle(self) -> Outcome:
        """Wait for the reload and read the target again: the outcome is "applied" only if the target has the result.

        Raises:
            ReloadFailedError: HAProxy could not load the result.
            OutcomeUnknown: the result of the reload is unknown.
            TargetError: the target cannot be read, or has another text now.
        """
        assert self.landed is not None, "committed"
        self.begins(Phase.RELOAD, reload=self.reload_id, sha256=self.landed.sha256)
        if self.reload_id:
            self.step("waiting for the reload")
            self.await_reload()
        self.stage = Stage.RELOADED
        snapshot = self.server.snapshot()
        if snapshot.sha256 != self.landed.sha256:
            raise TargetError(
                "the target has another text now: another client has changed it after the commit",
                hint="make a new plan to see the difference: hsync plan",
            )
        self.stage = Stage.DONE
        total = self._total
        message = f"applied: {total} operation{'s' * (total != 1)}, version {snapshot.version}"
        return Outcome(changed=True, message=message, snapshot=snapshot, reload_id=self.reload_id, sent=total)

    def await_reload(self) -> None:
        """Wait for the reload."""
        try:
            self.server.await_reload(self.reload_id)
        except ReloadFailedError as error:
            raise self._not_loaded(error) from error

    def _not_loaded(self, error: ReloadFailedError) -> ReloadFailedError:
        """The error of a failed reload, which says which text the target has now."""
        left = _FILE_IS_BACK if self.plan.target.keeps_text else _FILE_AND_MEMORY
        return ReloadFailedError(
            f"committed, but the reload failed: {alerts(error.server_message) or 'the server gave no reason'}",
            server_message=error.server_message,
            hint=f"HAProxy still runs the old configuration. {left}",
        )


_FILE_IS_BACK = (
    "The old file was restored: fix the error (the configuration, or this target's master_socket or reload_command), "
    "then make the plan again: hsync plan"
)
_FILE_AND_MEMORY = (
    "The server has restored the old file, but its memory has the new text. Fix the error, then make the plan again: "
    "hsync plan. That plan makes disk and memory equal, even if it changes nothing else"
)
"""Hints after a failed reload: for a file, and for a server."""
