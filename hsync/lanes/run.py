"""run: one apply on its way, whatever its lane: the steps that lanes are put together from.

Theory of operation: a run is in one of four stages, and goes through them in one direction only.

    BEFORE ──commit, or a proved push──▶ COMMITTED ──reload──▶ RELOADED ──read again──▶ DONE

Who ends a run in BEFORE leaves the target as it was. An error behind the commit never says that nothing happened: it
becomes a `CommittedError` that says how far the run came (`hsync.session.applying`).

Rule 1: a phase is told before its request is sent.
Rule 2: a transaction that is not committed is deleted, whatever happens.

Source: docs/reference/dataplane-api.md 2.2, 2.7, 2.8, 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from hsync.errors import OutcomeUnknown, ReloadFailedError, ServerRefused, StalePlanError, TargetError, UnsafePlanError
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
        """What the server says that it stored."""

    @property
    def reload_id(self) -> str | None:
        """The reload to wait for."""


class Server(Protocol):
    """What a run needs of a server: see the methods of the same names in `DataplaneClient`."""

    def begin(self, version: int) -> str: ...

    def send(self, request: Request, transaction: str) -> None: ...

    def snapshot(self, transaction: str | None = None) -> Snapshot: ...

    def lay_out(self, text: str, transaction: str) -> None: ...

    def validate_raw(self, text: str) -> tuple[str, ...]: ...

    def commit(self, transaction: str) -> _Reloading: ...

    def abandon(self, transaction: str) -> None: ...

    def push_raw(self, text: str, version: int, *, skip_reload: bool = False) -> _Stored: ...

    def await_reload(self, reload_id: str) -> object: ...

    def pending_reload(self) -> str: ...


class Stage(IntEnum):
    """How far a run has come."""

    BEFORE = 0
    """Nothing is committed."""
    COMMITTED = 1
    """The result is stored; whether HAProxy runs it is not known."""
    RELOADED = 2
    """HAProxy runs the result; the target was not read again."""
    DONE = 3
    """The target was read again, and has the result."""


class OperationRefused(ServerRefused):
    """The server refused one operation; `operation` says which. Its transaction must not be continued."""

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
    """What apply did.

    Args:
        changed: False when there was nothing to do or it was done already.
        message: one sentence.
        snapshot: what the target runs now.
        reload_id: of the reload that was awaited, "" for none.
        sent: operations sent.
        notes: what else the operator should know, one sentence each.
    """

    changed: bool
    message: str
    snapshot: Snapshot
    reload_id: str = ""
    sent: int = 0
    notes: tuple[str, ...] = field(default=())


def current_of(snapshot: Snapshot, source: str = "server") -> Configuration:
    """What a snapshot holds, line numbers as in the file.

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
    """Send operations into a transaction, in order, up to the first that is refused.

    Args:
        server: of the target.
        operations: what to send.
        transaction: id of the transaction; whoever opened it deletes it after an error.
        on_event: told before each operation.

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
    """Delete a transaction on exit, unless the block has put something into the list that it gets.

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


@dataclass
class Run:
    """One apply on its way.

    Args:
        server: of the target.
        plan: with the values of its references.
        on_event: told each phase before it begins, and each step.
        validate: have the server check the staged text before the commit.
        secrets: values that no message may show.
        stage: how far the run has come.
        landed: what was committed, under its version; None in the stage BEFORE.
        reload_id: of the reload to wait for; "" for none, and before the commit.
    """

    server: Server
    plan: Plan
    on_event: Listener
    validate: bool = False
    secrets: Sequence[str] = ()
    stage: Stage = Stage.BEFORE
    landed: Snapshot | None = None
    reload_id: str = ""

    @property
    def _total(self) -> int:
        return len(self.plan.operations)

    def begins(self, phase: Phase, **facts: str) -> None:
        """A phase is about to begin."""
        self.on_event(PhaseBegan(phase, facts))

    def step(self, what: str, done: int | None = None) -> None:
        """Something is being done, after `done` operations; default: all of them."""
        self.on_event(Step(what, self._total if done is None else done, self._total))

    @contextmanager
    def transaction(self) -> Iterator[str]:
        """Open a transaction at the planned version; it is deleted on exit if it was not committed."""
        self.begins(Phase.BEGIN, version=str(self.plan.base.version))
        transaction = self.server.begin(self.plan.base.version)
        with deleting(self.server, transaction) as committed:
            self.begins(Phase.SEND, transaction=transaction)
            yield transaction
            if self.stage is not Stage.BEFORE:
                committed.append(transaction)

    def send(self, transaction: str) -> Snapshot:
        """Send all operations, in order. Returns what is staged."""
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
        """The sections in which a server's text means something else than was expected."""
        wanted = Configuration.from_text(expected) if isinstance(expected, str) else current_of(expected)
        return compare(wanted, current_of(found))

    def differs(self, what: str, left: Sequence[Delta]) -> str:
        """A message that names the sections and the lines that differ: from what was expected to what is there."""
        return "\n  ".join([f"{what}, in {named(left)}:", *lines_that_differ(left, self.secrets)])

    def prove(self, promised: str, staged: Snapshot) -> None:
        """The staged text must mean what the plan promised."""
        left = self.left(promised, staged)
        if left:
            raise UnsafePlanError(
                self.differs("the server has staged something else than the plan promised", left),
                hint=f"the transaction was deleted, nothing was changed; {remedy_for(left)}",
            )

    def commit(self, transaction: str, staged: Snapshot) -> None:
        """Commit a transaction; after a lost reply, only reading tells whether the commit landed."""
        self.begins(Phase.COMMIT, transaction=transaction, sha256=staged.sha256)
        self.step("committing")
        try:
            answer = self.server.commit(transaction)
        except OutcomeUnknown as error:
            found = self._found(staged)
            if found is None:
                raise OutcomeUnknown(
                    f"the reply to the commit was lost, and the target does not run the result: {error}",
                    hint="look at the target before anything else: hsync drift",
                ) from error
            self.committed(found, "")
            self.reload_id = self.server.pending_reload()
        else:
            self.committed(Snapshot.of(staged.text, answer.version), answer.reload_id or "")

    def _found(self, staged: Snapshot) -> Snapshot | None:
        """What the target runs, if it is certainly this text; one that cannot be read now may have it."""
        try:
            now = self.server.snapshot()
        except TargetError:
            return None
        return now if now.sha256 == staged.sha256 else None

    def committed(self, landed: Snapshot, reload_id: str) -> None:
        """From now on the result is stored."""
        self.stage, self.landed, self.reload_id = Stage.COMMITTED, landed, reload_id

    def reload_stored(self, stored: Snapshot, text: str = "") -> Outcome:
        """Push what is stored once more, now with the reload, and settle.

        Args:
            stored: what the target has stored, proved to mean the result of the plan.
            text: the same in the words that are wanted; default: in those of the target.

        Raises:
            The errors of `settle`; OutcomeUnknown: HAProxy was not told to reload.
        """
        self.committed(stored, "")
        self.begins(Phase.FINISH, sha256=stored.sha256)
        try:
            pushed = self.server.push_raw(text or stored.body, stored.version)
        except (StalePlanError, TargetError) as error:
            raise OutcomeUnknown(
                f"the new text is stored, HAProxy was not told to reload: {error}",
                hint="the next reload takes it, whoever asks for it; to finish, apply the plan again: hsync apply PLAN",
            ) from error
        self.reload_id = pushed.reload_id or ""
        if pushed.snapshot.memory_ahead and self.reload_id:
            self.await_reload()  # it has failed already: the answer has the old text
        left = self.left(stored, pushed.snapshot)
        if left:
            raise TargetError(
                self.differs("the server stored the same text in another way the second time", left),
                hint="HAProxy is told to reload it: look at the target before anything else: hsync drift",
            )
        self.landed = pushed.snapshot
        return self.settle()

    def settle(self) -> Outcome:
        """Await the reload and read again: only if the target runs the result "applied" is said.

        Raises:
            ReloadFailedError: HAProxy did not take the result.
            OutcomeUnknown: it cannot be told whether it did.
            TargetError: the target cannot be read, or runs another text now.
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
                "the target runs another text now: somebody else has written since",
                hint="make a new plan to see what it runs: hsync plan",
            )
        self.stage = Stage.DONE
        total = self._total
        message = f"applied: {total} operation{'s' * (total != 1)}, version {snapshot.version}"
        return Outcome(changed=True, message=message, snapshot=snapshot, reload_id=self.reload_id, sent=total)

    def await_reload(self) -> None:
        """Wait for the reload; a failed one is told with what the server made of it."""
        try:
            self.server.await_reload(self.reload_id)
        except ReloadFailedError as error:
            left = _FILE_IS_BACK if self.plan.target.keeps_text else _FILE_AND_MEMORY
            raise ReloadFailedError(
                f"committed, but the reload failed: {alerts(error.server_message) or 'no reason was given'}",
                server_message=error.server_message,
                hint=f"HAProxy goes on with the old configuration. {left}",
            ) from error


_FILE_IS_BACK = (
    "The old file is back: fix what failed (the configuration, or this target's master_socket or reload_command), "
    "then make the plan again: hsync plan"
)
_FILE_AND_MEMORY = (
    "The server put the old file back while its memory holds the new text. Fix what failed, then make the plan again: "
    "hsync plan. That plan makes both equal, even if it changes nothing else"
)
"""What to do after a reload that failed: for a file, and for a server."""
