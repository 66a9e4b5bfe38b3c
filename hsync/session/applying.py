"""applying: the second story. Gates, begin, send, prove, commit, await the reload, read again.

Rule 1: apply sends the operations of the plan, in order, and nothing else; it renders nothing and compares only to
prove and to refuse.
Rule 2: every check fails closed, in a fixed order, with its own message and exit code.
Rule 3: a transaction that is not committed is deleted, whatever happens.

Source: docs/reference/dataplane-api.md 2.2, 2.7, 2.8, 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.dataplane.snapshot import digest
from hsync.errors import (
    InputError,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    TargetError,
    UnsafePlanError,
)
from hsync.model import Configuration
from hsync.plan.compare import Delta, compare
from hsync.plan.plan import Lane, Operation, Plan
from hsync.plan.secrets import Lookup, reveal
from hsync.session.difference import lines_that_differ, remedy_for
from hsync.session.events import Listener, Phase, PhaseBegan, Step, silent
from hsync.session.gates import applied_already, refuse_moved, refuse_other_target, refuse_refused, stored_only
from hsync.session.haproxy_words import alerts
from hsync.session.promise import current_of, replay, told

__all__ = [
    "OperationRefused",
    "Outcome",
    "Run",
    "Values",
    "apply_plan",
    "deleting",
    "no_secret",
    "send_operations",
]


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


def send_operations(
    client: DataplaneClient, operations: Sequence[Operation], transaction: str, on_event: Listener
) -> None:
    """Send operations into a transaction, in order, up to the first that is refused.

    Args:
        client: of the target.
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
            client.send(operation.request, transaction)
        except ServerRefused as error:
            message = f"operation {done + 1} of {total}, {what}, was refused: {error}"
            raise OperationRefused(message, operation, error) from error


@contextmanager
def deleting(client: DataplaneClient, transaction: str) -> Iterator[list[str]]:
    """Deletes a transaction unless the block has put something into the list that it gets."""
    committed: list[str] = []
    try:
        yield committed
    finally:
        if not committed:
            client.abandon(transaction)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What apply did.

    Args:
        changed: False when there was nothing to do or it was done already.
        message: one sentence.
        snapshot: what the target runs now.
        reload_id: of the reload that was awaited, "" for none.
        sent: operations sent.
    """

    changed: bool
    message: str
    snapshot: Snapshot
    reload_id: str = ""
    sent: int = 0
    notes: tuple[str, ...] = field(default=())


def apply_plan(
    client: DataplaneClient,
    plan: Plan,
    *,
    on_event: Listener = silent,
    applied: str = "",
    validate: bool = False,
    reload_again: bool = False,
    secrets: Lookup | None = None,
    hidden: Iterable[str] = (),
) -> Outcome:
    """Replay a plan on its target.

    Args:
        client: of the target.
        plan: as read from its file.
        on_event: told each phase before it begins, and each step.
        applied: digest of the text that an earlier run of this very plan left; "" when there was none.
        validate: have the server check the staged text before the commit.
        reload_again: an earlier run of this very plan died when it had stored the result: reload what is stored.
        secrets: gives the values of the references in a plan that was read from its file.
        hidden: values that no message may show, besides those.

    Raises:
        InputError: the plan holds a reference that has no value.
        StalePlanError: the target is another one, or has moved.
        UnsafePlanError: the staged text does not mean what the plan promised.
        ServerRefused: the server refused an operation, or HAProxy the configuration.
        OutcomeUnknown: a reply was lost and reading does not tell.
        ReloadFailedError: committed, but HAProxy did not take it.
    """
    refuse_refused(plan)
    values = Values(secrets or no_secret, hidden)
    plan = reveal(plan, values)
    run = Run(client, plan, on_event, validate, values.seen)
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    if applied_already(snapshot, plan, applied):
        if stored_only(snapshot, plan) or reload_again:
            return run.finish_raw(snapshot)
        runs = snapshot.sha256 in {plan.result.sha256, applied}
        message = "the target runs its result" if runs else "the target holds all that it writes"
        return Outcome(changed=False, message=f"this plan has been applied already: {message}", snapshot=snapshot)
    refuse_moved(snapshot, plan, client)
    if not plan.operations:
        return Outcome(changed=False, message="nothing to do", snapshot=snapshot)
    promised = replay(snapshot, plan)
    if digest(promised) != plan.result.sha256:
        raise UnsafePlanError(
            "the plan no longer produces the recorded result: a secret or the hsync version changed",
            hint="make the plan again: hsync plan",
        )
    return run.raw(snapshot, promised) if plan.lane is Lane.RAW else run.transaction(promised)


class Values:
    """A lookup that remembers the values that it gave, and others: no message may show them."""

    def __init__(self, lookup: Lookup, hidden: Iterable[str] = ()) -> None:
        self.lookup = lookup
        self.seen = list(hidden)

    def __call__(self, reference: str) -> str:
        """The value of a reference."""
        self.seen.append(self.lookup(reference))
        return self.seen[-1]


def no_secret(reference: str) -> str:
    """Refuses to look anything up: what applies a plan with references must say where their values are."""
    raise InputError(
        f"the plan holds a reference to the secret {reference} in place of its value",
        hint="give a lookup: apply_plan(client, plan, secrets=...)",
    )


@dataclass
class Run:
    """One apply on its way."""

    client: DataplaneClient
    plan: Plan
    on_event: Listener
    validate: bool
    secrets: Sequence[str] = ()

    def transaction(self, promised: str) -> Outcome:
        """Begin, send, prove, commit, await the reload, read again."""
        self.begins(Phase.BEGIN, version=str(self.plan.base.version))
        transaction = self.client.begin(self.plan.base.version)
        with deleting(self.client, transaction) as committed:
            self.begins(Phase.SEND, transaction=transaction)
            self.send(transaction)
            staged = self.client.snapshot(transaction)
            self.prove(promised, staged)
            if self.plan.result.layout:
                staged = self.lay_out(promised, transaction)
            if self.validate:
                self.client.validate_raw(staged.text)
            self.begins(Phase.COMMIT, transaction=transaction, sha256=staged.sha256)
            reload_id = self.commit(transaction, staged)
            committed.append(transaction)
        return self.settle(staged.sha256, reload_id)

    def begins(self, phase: Phase, **facts: str) -> None:
        """A phase is about to begin."""
        self.on_event(PhaseBegan(phase, facts))

    def send(self, transaction: str) -> None:
        """All operations, in order."""
        total = len(self.plan.operations)
        try:
            send_operations(self.client, self.plan.operations, transaction, self.on_event)
        except OutcomeUnknown as error:
            raise TargetError(
                f"{error}; nothing was changed: the transaction was not committed",
                hint="apply the plan again: hsync apply PLAN",
            ) from error
        self.on_event(Step("proving the staged text", total, total))

    def prove(self, promised: str, staged: Snapshot) -> None:
        """The staged text must mean what the plan promised."""
        left = compare(Configuration.from_text(promised), current_of(staged))
        if left:
            raise UnsafePlanError(
                self.differs("the server has staged something else than the plan promised", left),
                hint=f"the transaction was deleted, nothing was changed; {remedy_for(left)}",
            )

    def lay_out(self, promised: str, transaction: str) -> Snapshot:
        """Give the staged text the words, comments and order of the promised one; it has its meaning already."""
        self.client.lay_out(promised, transaction)
        staged = self.client.snapshot(transaction)
        if staged.body.lstrip("\n") != promised.lstrip("\n"):
            raise UnsafePlanError(
                "the target has staged another text than the plan promised",
                hint="the transaction was deleted, nothing was changed: make the plan again: hsync plan",
            )
        return staged

    def differs(self, what: str, left: Sequence[Delta]) -> str:
        """A message that names the sections and the lines that differ: from what was expected to what is there."""
        return "\n  ".join([f"{what}, in {told(left)}:", *lines_that_differ(left, self.secrets)])

    def commit(self, transaction: str, staged: Snapshot) -> str:
        """The reload id; after a lost reply, only reading tells whether the commit landed."""
        self.on_event(Step("committing", len(self.plan.operations), len(self.plan.operations)))
        try:
            return self.client.commit(transaction).reload_id or ""
        except OutcomeUnknown as error:
            if self._runs(staged):
                return self.client.pending_reload()
            raise OutcomeUnknown(
                f"the reply to the commit was lost, and the target does not run the result: {error}",
                hint="look at the target before anything else: hsync drift",
            ) from error

    def _runs(self, staged: Snapshot) -> bool:
        """Whether the target certainly has this text: one that cannot be read now may have it."""
        try:
            return self.client.snapshot().sha256 == staged.sha256
        except TargetError:
            return False

    def raw(self, snapshot: Snapshot, promised: str) -> Outcome:
        """Push without a reload, prove what was stored, push again with the reload, read again."""
        text = str(self.plan.operations[0].request.body)
        if self.validate:
            self.client.validate_raw(text)
        self.begins(Phase.PUSH, version=str(snapshot.version))
        self.on_event(Step("pushing the whole text", 0, 1))
        stored = self.client.push_raw(text, snapshot.version, skip_reload=True).snapshot
        left = compare(Configuration.from_text(promised), current_of(stored))
        if left:
            self.begins(Phase.RESTORE, version=str(stored.version))
            message = self.differs("the server stored something else than the plan promised", left)
            hint, lines = self.restore(snapshot, stored.version)
            raise UnsafePlanError("\n  ".join([message, *lines]), hint=f"{hint}; {remedy_for(left)}")
        if self.plan.target.keeps_text and not self.plan.operations[0].reload:
            return self.settle(stored.sha256, "")
        return self.finish_raw(stored)

    def restore(self, snapshot: Snapshot, version: int) -> tuple[str, tuple[str, ...]]:
        """Put the old text back. What came of it, and the lines that the server wrote in another way."""
        try:
            back = self.client.push_raw(snapshot.body, version, skip_reload=True).snapshot
        except (StalePlanError, TargetError) as error:
            return f"the old text could NOT be put back, the next reload would take the new one: {error}", ()
        left = compare(current_of(snapshot), current_of(back))
        if left:
            what = f"the old text was put back before any reload, but the server has changed it in {told(left)}"
            return what, ("the old text and what the server made of it:", *lines_that_differ(left, self.secrets))
        return "the old text was put back before any reload", ()

    def finish_raw(self, stored: Snapshot) -> Outcome:
        """Push what is stored once more, now with the reload."""
        self.begins(Phase.FINISH, sha256=stored.sha256)
        # What a server has stored is in its own words; a file holds those of the plan.
        own_words = self.plan.lane is Lane.RAW and self.plan.target.keeps_text
        text = str(self.plan.operations[0].request.body) if own_words else stored.body
        try:
            pushed = self.client.push_raw(text, stored.version)
        except (StalePlanError, TargetError) as error:
            raise OutcomeUnknown(
                f"the new text is stored, but HAProxy was not told to reload: {error}",
                hint="the next reload takes it, whoever asks for it; to finish, apply the plan again: hsync apply PLAN",
            ) from error
        if pushed.snapshot.memory_ahead and pushed.reload_id:
            self.await_reload(pushed.reload_id)  # it has failed already: the answer has the old text
        left = compare(current_of(stored), current_of(pushed.snapshot))
        if left:
            raise TargetError(
                self.differs("the server stored the same text in another way the second time", left),
                hint="HAProxy is told to reload it: look at the target before anything else: hsync drift",
            )
        return self.settle(pushed.snapshot.sha256, pushed.reload_id or "")

    def settle(self, sha256: str, reload_id: str) -> Outcome:
        """Only when the reload succeeded and the target runs the result is "applied" said."""
        self.begins(Phase.RELOAD, reload=reload_id, sha256=sha256)
        total = len(self.plan.operations)
        if reload_id:
            self.on_event(Step("waiting for the reload", total, total))
            self.await_reload(reload_id)
        snapshot = self.client.snapshot()
        if snapshot.sha256 != sha256:
            raise TargetError(
                "the plan was committed, but the target runs another text now: somebody else has written since",
                hint="make a new plan to see what it runs: hsync plan",
            )
        message = f"applied: {total} operation{'s' * (total != 1)}, version {snapshot.version}"
        return Outcome(changed=True, message=message, snapshot=snapshot, reload_id=reload_id, sent=total)

    def await_reload(self, reload_id: str) -> None:
        """Wait for the reload; a failed one is told with what the server made of it."""
        try:
            self.client.await_reload(reload_id)
        except ReloadFailedError as error:
            local = self.client.keeps_text
            raise ReloadFailedError(
                f"committed, but the reload failed: {alerts(error.server_message) or 'no reason was given'}",
                server_message=error.server_message,
                hint=f"HAProxy goes on with the old configuration. {_FILE_IS_BACK if local else _FILE_AND_MEMORY}",
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
