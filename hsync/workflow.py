"""The two stories of hsync, one line per hop: `make_plan` and `apply_plan`.

Rule 1: apply sends the operations of the plan, in order, and nothing else; it renders nothing and compares only to
prove and to refuse.
Rule 2: every check fails closed, in a fixed order, with its own message and exit code.
Rule 3: a transaction that is not committed is deleted, whatever happens.

Theory of operation: what a plan promises is the text that replaying its operations on the base gives; `replay` makes
it on an in-memory embedded Dataplane, when planning and again when applying. The plan file holds its digest. Before the
commit, the text that the server has staged must mean the same as that text.

Source: reference/dataplane-api.md 2.2, 2.7, 2.8, 7.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.dataplane.snapshot import digest, split_header
from hsync.errors import (
    BugError,
    ConfigError,
    Fault,
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
from hsync.plan.draft import Draft, draft
from hsync.plan.effects import holds
from hsync.plan.fields import masked_line, secrets_of
from hsync.plan.losses import losses
from hsync.plan.plan import Base, Lane, Operation, Plan, Result, Target
from hsync.plan.scope import Scope, scoped
from hsync.plan.secrets import Lookup, reveal
from hsync.syntax import check, parse

__all__ = [
    "Desired",
    "Journal",
    "OperationRefused",
    "Outcome",
    "Progress",
    "apply_plan",
    "current_of",
    "deleting",
    "make_plan",
    "plan_on",
    "read_desired",
    "reduced",
    "refuse_split_brain",
    "replay",
    "send_operations",
    "verify_plan",
]


# Plan

_LINE_NAMED = re.compile(r"(?<=\b(?:at|of) )line (\d+)(?=:|$)")
"""How a fault names another line than its own; a word of the text that it quotes ends with a quote."""


@dataclass(frozen=True)
class Desired:
    """The desired configuration.

    Args:
        configuration: parsed, without faults.
        lines: the source of each line, `templates/haproxy.cfg.j2:41`; empty when the text is its own source.
        inputs: digests of what the text was made from, by name.
    """

    configuration: Configuration
    lines: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()

    def where(self, line: int) -> str:
        """The source of a line."""
        if 0 < line <= len(self.lines):
            return self.lines[line - 1]
        return self.configuration.document.where(line)


def read_desired(text: str, source: str, lines: Sequence[str] = (), inputs: Sequence[tuple[str, str]] = ()) -> Desired:
    """Parse the desired text; a missing final newline is added, the server's own header lines are left out.

    Raises:
        ConfigError: the text has faults; all of them, each with its place in the template and in the text.
    """
    header, body = split_header(text)
    removed = text.count("\n") - body.count("\n") if header else 0
    body = body if not body or body.endswith("\n") else body + "\n"
    desired = Desired(Configuration(parse(body, source)), tuple(lines[removed:]), tuple(inputs))
    faults = [_placed(fault, desired) for fault in check(desired.configuration.document)]
    if faults:
        raise ConfigError(f"{source} cannot be handed to a server as it is:", faults)
    return desired


def _placed(fault: Fault, desired: Desired) -> Fault:
    """A fault with its template line in front of its place in the rendered text; other lines that it names, too."""
    place = fault.where.removeprefix(desired.configuration.document.source).split(":")[1:]
    if not desired.lines or not place or not place[0].isdigit():
        return fault
    rendered = ", ".join(f"{name} {number}" for name, number in zip(("line", "column"), place, strict=False))
    what = _LINE_NAMED.sub(lambda found: desired.where(int(found[1])), fault.what)
    return replace(fault, where=f"{desired.where(int(place[0]))} (rendered {rendered})", what=what)


def current_of(snapshot: Snapshot, source: str = "server") -> Configuration:
    """What a snapshot holds, line numbers as in the file."""
    return Configuration(parse(snapshot.text, source))


def make_plan(
    client: DataplaneClient,
    desired: Desired,
    target: Target,
    *,
    drift: Sequence[str] = (),
    scope: Scope | None = None,
) -> Plan:
    """Compare the desired configuration with what the target runs, and prove the way from one to the other.

    Args:
        client: of the target; one GET is sent.
        desired: from `read_desired`.
        target: its identity, with the API line.
        drift: how the target differs from what was last applied, for the reviewer.
        scope: what of the target the plan may touch; None for all of it.

    Raises:
        StalePlanError: disk and memory of the server disagree.
        BugError: the operations do not lead to the desired configuration.
    """
    snapshot = client.snapshot()
    refuse_split_brain(snapshot, client)
    return plan_on(snapshot, desired, target, drift=drift, scope=scope)


def plan_on(
    snapshot: Snapshot,
    desired: Desired,
    target: Target,
    *,
    drift: Sequence[str] = (),
    scope: Scope | None = None,
) -> Plan:
    """The same, from a snapshot that was read already; nothing is sent."""
    current = current_of(snapshot, target.name)
    wanted, alone = scoped(current, desired.configuration, scope or Scope())
    made = draft(current, wanted, api=target.api, where=desired.where)
    refuse_losses(desired, made.deltas, target)
    try:
        promised = prove(snapshot, made, wanted, target) if made.operations else snapshot.body
    except OutOfOrder as error:
        made = draft(current, wanted, api=target.api, where=desired.where, raw=error.message)
        promised = prove(snapshot, made, wanted, target)
    return Plan(
        target=target,
        base=Base(snapshot.version, snapshot.sha256),
        lane=made.lane,
        lane_reason=made.lane_reason,
        result=Result(digest(promised), tuple(_diff(current, made.deltas, promised))),
        changes=made.changes,
        operations=made.operations,
        inputs=desired.inputs,
        unaddressed=made.unaddressed,
        attention=made.attention,
        drift=tuple(drift),
        notes=(*_left_alone(alone), *made.notes),
    )


def _left_alone(alone: Sequence[tuple[str, str]]) -> Iterator[str]:
    if alone:
        names = ", ".join(" ".join(filter(None, key)) for key in alone[:10])
        more = f" and {len(alone) - 10} more" if len(alone) > 10 else ""
        yield f"left alone, since hsync did not create them (prune = false) or was told to: {names}{more}"


def refuse_losses(desired: Desired, deltas: Sequence[Delta], target: Target) -> None:
    """What a server would change by itself is refused; the embedded target keeps text as it is."""
    if target.url.startswith("file:"):
        return
    faults = [_placed(fault, desired) for fault in losses(desired.configuration, deltas, target.api)]
    if faults:
        raise ConfigError("the Data Plane API server would change the meaning of this configuration:", faults)


def refuse_split_brain(snapshot: Snapshot, client: DataplaneClient) -> None:
    """Memory and disk of a server must agree before anything is built on either."""
    if snapshot.split_brain:
        raise StalePlanError(
            f"{client.url}: {snapshot.split_brain}",
            hint="a reload failed, or the file was edited unseen: settle that first (push a good configuration, or "
            "restart the Data Plane API so that it reads the file again)",
        )


class OutOfOrder(BugError):  # noqa: N818 - says what is wrong with the plan
    """Operations lead to the desired objects, but not to the places that give them their meaning: push the text."""


def prove(snapshot: Snapshot, made: Draft, desired: Configuration, target: Target) -> str:
    """The text that the draft leads to, shown to mean the desired configuration."""
    plan = Plan(target, Base(snapshot.version, ""), made.lane, "", Result(""), operations=made.operations)
    promised = replay(snapshot, plan)
    left = compare(Configuration(parse(promised)), desired)
    if left and made.lane is Lane.TRANSACTION and all(delta.only_places for delta in left):
        raise OutOfOrder(f"{left[0].address}: no operation says where it, or a line of it, must stand")
    if left:
        raise BugError(
            f"the plan would not lead to the desired configuration: {_told(left)} would differ",
            hint="nothing was sent; please report this with the two configurations",
        )
    return promised


def replay(snapshot: Snapshot, plan: Plan) -> str:
    """The text that the plan's operations make of a snapshot, without the server's header lines.

    Replayed on an embedded Dataplane in memory: the promise of the plan.
    """
    if plan.lane is Lane.RAW:
        return split_header(str(plan.operations[0].request.body))[1]
    with DataplaneClient.embedded(text=snapshot.text, haproxy_bin=None) as copy:
        transaction = copy.begin(copy.snapshot().version)
        for operation in plan.operations:
            _try(copy, operation, transaction)
        return copy.snapshot(transaction).body


def _try(copy: DataplaneClient, operation: Operation, transaction: str) -> None:
    try:
        copy.send(operation.request, transaction)
    except ServerRefused as error:
        raise ServerRefused(
            f"{operation.action} {operation.address} would be refused: {error.server_message}",
            status=error.status,
            server_message=error.server_message,
            hint="nothing was sent: it was tried on a copy",
        ) from error


def reduced(snapshot: Snapshot, plan: Plan, operations: Sequence[Operation]) -> Plan:
    """A plan of some of a plan's operations, which promises what these lead to.

    Args:
        snapshot: the one that the plan was made on.
        plan: of the transaction lane.
        operations: what is left of its operations, in its order.

    Returns:
        The plan; without operations when what is left changes nothing.

    Raises:
        ServerRefused: what is left does not stand without the rest.
    """
    left = replace(plan, operations=tuple(operations))
    promised = replay(snapshot, left) if left.operations else snapshot.body
    if not compare(current_of(snapshot), Configuration(parse(promised))):
        left = replace(left, operations=())
    return replace(left, result=Result(digest(promised)))


def _diff(current: Configuration, deltas: Sequence[Delta], promised: str) -> Iterator[str]:
    """A unified diff per changed section, secrets masked."""
    result = Configuration(parse(promised))
    for delta in deltas:
        before, after = current.sections.get(delta.key), result.sections.get(delta.key)
        old = [line.rstrip() for line in before.lines] if before else []
        new = [line.rstrip() for line in after.lines] if after else []
        secrets = secrets_of(delta.before) | secrets_of(delta.after)
        lines = [line for line in difflib.unified_diff(old, new, n=2, lineterm="") if line[:3] not in {"---", "+++"}]
        if lines:
            yield f"@@ {' '.join(filter(None, delta.key))}"
        yield from (masked_line(line, secrets) for line in lines if not line.startswith("@@"))


def _told(deltas: Sequence[Delta]) -> str:
    names = [str(delta.address) for delta in deltas]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


# Apply


class Journal(Protocol):
    """Where apply writes down each phase before it begins, so that the next run after a crash can decide from facts."""

    def phase(self, name: str, facts: Mapping[str, str]) -> None:
        """A phase is about to begin."""


class NoJournal:
    """Writes nothing down."""

    def phase(self, name: str, facts: Mapping[str, str]) -> None:
        """Nothing."""


Progress = Callable[[str, int, int], None]
"""Told what is being done: phase, operations done, operations in all."""


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
    client: DataplaneClient, operations: Sequence[Operation], transaction: str, progress: Progress
) -> None:
    """Send operations into a transaction, in order, up to the first that is refused.

    Args:
        client: of the target.
        operations: what to send.
        transaction: id of the transaction; whoever opened it deletes it after an error.
        progress: told before each operation.

    Raises:
        OperationRefused: the server refused an operation.
        OutcomeUnknown: an answer is lost.
        TargetError: an operation was not sent.
    """
    total = len(operations)
    for done, operation in enumerate(operations):
        what = f"{operation.action} {operation.address}"
        progress(what, done, total)
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
    journal: Journal | None = None,
    progress: Progress | None = None,
    applied: str = "",
    validate: bool = False,
    reload_again: bool = False,
    secrets: Lookup | None = None,
) -> Outcome:
    """Replay a plan on its target.

    Args:
        client: of the target.
        plan: as read from its file.
        journal: see `Journal`.
        progress: see `Progress`.
        applied: digest of the text that an earlier run of this very plan left; "" when there was none.
        validate: have the server check the staged text before the commit.
        reload_again: an earlier run of this very plan died when it had stored the result: reload what is stored.
        secrets: gives the values of the references in a plan that was read from its file.

    Raises:
        InputError: the plan holds a reference that has no value.
        StalePlanError: the target is another one, or has moved.
        UnsafePlanError: the staged text does not mean what the plan promised.
        ServerRefused: the server refused an operation, or HAProxy the configuration.
        OutcomeUnknown: a reply was lost and reading does not tell.
        ReloadFailedError: committed, but HAProxy did not take it.
    """
    plan = reveal(plan, secrets or _no_secret)
    run = _Run(client, plan, journal or NoJournal(), progress or (lambda *_: None), validate)
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
            "replaying the plan gives another text than it promises: it was made by another version of hsync",
            hint="make the plan again",
        )
    return run.raw(snapshot, promised) if plan.lane is Lane.RAW else run.transaction(promised)


def _no_secret(reference: str) -> str:
    raise InputError(
        f"the plan holds a reference to the secret {reference} in place of its value",
        hint="give a lookup: apply_plan(client, plan, secrets=...)",
    )


def applied_already(snapshot: Snapshot, plan: Plan, applied: str) -> bool:
    """Whether the target runs the plan's result: by digest, or since it holds all that the plan writes.

    Where an earlier run has noted what it left, another text is a moved world, whatever else it holds.
    """
    if not plan.operations or snapshot.sha256 == plan.base.sha256:
        return False
    if snapshot.sha256 in {plan.result.sha256, applied}:
        return True
    return not applied and holds(current_of(snapshot), plan)


def stored_only(snapshot: Snapshot, plan: Plan) -> bool:
    """Whether a raw plan died between its two pushes: each counts the version up, and only the second one reloads."""
    return plan.lane is Lane.RAW and snapshot.version == plan.base.version + 1 and not snapshot.split_brain


def refuse_other_target(client: DataplaneClient, plan: Plan) -> None:
    """A plan runs on the target that it was made for."""
    if client.identity != plan.target.url:
        raise StalePlanError(
            f"the plan was made for {plan.target.url}, this target is {client.identity}",
            hint=f"make a plan for this target, or name the other one: hsync apply PLAN -t {plan.target.name}",
        )


def refuse_moved(snapshot: Snapshot, plan: Plan, client: DataplaneClient) -> None:
    """The drift gate: version and text must be those that the plan was made on."""
    refuse_split_brain(snapshot, client)
    moved = []
    if snapshot.version != plan.base.version:
        moved.append(f"its version is {snapshot.version}, the plan was made on version {plan.base.version}")
    if snapshot.sha256 != plan.base.sha256:
        moved.append(f"its text is sha256:{snapshot.sha256[:12]}, the plan was made on sha256:{plan.base.sha256[:12]}")
    if moved:
        raise StalePlanError(
            "\n  ".join([f"{client.url} has moved since the plan was made:", *moved]),
            hint="nothing was sent; make the plan again and have it reviewed",
        )


@dataclass
class _Run:
    """One apply on its way."""

    client: DataplaneClient
    plan: Plan
    journal: Journal
    progress: Progress
    validate: bool

    def transaction(self, promised: str) -> Outcome:
        """Begin, send, prove, commit, await the reload, read again."""
        self.journal.phase("begin", {"version": str(self.plan.base.version)})
        transaction = self.client.begin(self.plan.base.version)
        with deleting(self.client, transaction) as committed:
            self.journal.phase("send", {"transaction": transaction})
            self.send(transaction)
            staged = self.client.snapshot(transaction)
            self.prove(promised, staged)
            if self.validate:
                self.client.validate_raw(staged.text)
            self.journal.phase("commit", {"transaction": transaction, "sha256": staged.sha256})
            reload_id = self.commit(transaction, staged)
            committed.append(transaction)
        return self.settle(staged.sha256, reload_id)

    def send(self, transaction: str) -> None:
        total = len(self.plan.operations)
        send_operations(self.client, self.plan.operations, transaction, self.progress)
        self.progress("proving the staged text", total, total)

    def prove(self, promised: str, staged: Snapshot) -> None:
        left = compare(current_of(staged), Configuration(parse(promised)))
        if left:
            raise UnsafePlanError(
                f"the server has staged something else than the plan promised, in {_told(left)}",
                hint="the transaction was deleted, nothing was changed; `hsync verify PLAN` shows the difference",
            )

    def commit(self, transaction: str, staged: Snapshot) -> str:
        """The reload id; after a lost reply, only reading tells whether the commit landed."""
        self.progress("committing", len(self.plan.operations), len(self.plan.operations))
        try:
            return self.client.commit(transaction).reload_id or ""
        except OutcomeUnknown as error:
            if self._runs(staged):
                return self.client.pending_reload()
            raise OutcomeUnknown(
                f"the reply to the commit was lost, and the target does not run the result: {error}",
                hint="look at the target before anything else: hsync drift -t TARGET",
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
        self.journal.phase("push", {"version": str(snapshot.version)})
        self.progress("pushing the whole text", 0, 1)
        stored = self.client.push_raw(text, snapshot.version, skip_reload=True).snapshot
        left = compare(current_of(stored), Configuration(parse(promised)))
        if left:
            self.journal.phase("restore", {"version": str(stored.version)})
            raise UnsafePlanError(
                f"the server stored something else than the plan promised, in {_told(left)}",
                hint=self.restore(snapshot, stored.version),
            )
        return self.finish_raw(stored)

    def restore(self, snapshot: Snapshot, version: int) -> str:
        """Put the old text back, and say what came of it: the server writes that in its own way, too."""
        try:
            back = self.client.push_raw(snapshot.body, version, skip_reload=True).snapshot
        except (StalePlanError, TargetError) as error:
            return f"the old text could NOT be put back, the next reload would take the new one: {error}"
        left = compare(current_of(back), current_of(snapshot))
        if left:
            return f"the old text was put back before any reload, but the server has changed it in {_told(left)}"
        return "the old text was put back before any reload"

    def finish_raw(self, stored: Snapshot) -> Outcome:
        """Push what is stored once more, now with the reload."""
        self.journal.phase("commit", {"sha256": stored.sha256})
        try:
            pushed = self.client.push_raw(stored.body, stored.version)
        except (StalePlanError, TargetError) as error:
            raise OutcomeUnknown(
                f"the new text is stored, but HAProxy was not told to reload: {error}",
                hint="the next reload takes it, whoever asks for it: run `hsync apply` with the same plan to finish, "
                "or push the old text",
            ) from error
        left = compare(current_of(pushed.snapshot), current_of(stored))
        if left:
            raise TargetError(
                f"the server stored the same text in another way the second time, in {_told(left)}",
                hint="HAProxy is told to reload it: look at the target before anything else: hsync drift -t TARGET",
            )
        return self.settle(pushed.snapshot.sha256, pushed.reload_id or "")

    def settle(self, sha256: str, reload_id: str) -> Outcome:
        """Only when the reload succeeded and the target runs the result is "applied" said."""
        self.journal.phase("reload", {"reload": reload_id, "sha256": sha256})
        total = len(self.plan.operations)
        if reload_id:
            self.progress("waiting for the reload", total, total)
            self.await_reload(reload_id)
        snapshot = self.client.snapshot()
        if snapshot.sha256 != sha256:
            raise TargetError(
                "the plan was committed, but the target runs another text now: somebody else has written since",
                hint="make a new plan to see what it runs",
            )
        message = f"applied: {total} operation{'s' * (total != 1)}, version {snapshot.version}"
        return Outcome(changed=True, message=message, snapshot=snapshot, reload_id=reload_id, sent=total)

    def await_reload(self, reload_id: str) -> None:
        try:
            self.client.await_reload(reload_id)
        except ReloadFailedError as error:
            raise ReloadFailedError(
                f"committed, but the reload failed: {error}",
                server_message=error.server_message,
                hint="HAProxy goes on with the old configuration. The server put the old file back while its memory "
                "holds the new one: push a good configuration, or restart the Data Plane API",
            ) from error


# Verify


def verify_plan(client: DataplaneClient, plan: Plan, *, secrets: Lookup | None = None) -> tuple[str, ...]:
    """Prove a plan again, on the server itself: in a transaction that is deleted, and by the server's own validation.

    Args:
        client: of the target.
        plan: the plan.
        secrets: gives the values of its references.

    Returns:
        What was shown, one sentence each.

    Raises:
        The errors of `apply_plan`; nothing is ever committed.
    """
    plan = reveal(plan, secrets or _no_secret)
    shown = ["the plan file is whole: its digest is that of its content"]
    refuse_other_target(client, plan)
    snapshot = client.snapshot()
    refuse_moved(snapshot, plan, client)
    shown.append(f"the target has not moved: version {snapshot.version}, sha256:{snapshot.sha256[:12]}")
    promised = replay(snapshot, plan)
    if digest(promised) != plan.result.sha256:
        raise UnsafePlanError("replaying the plan gives another text than it promises", hint="make the plan again")
    shown.append("replayed on a copy: the result is the promised text")
    run = _Run(client, plan, NoJournal(), lambda *_: None, validate=True)
    if plan.lane is Lane.TRANSACTION and plan.operations:
        transaction = client.begin(plan.base.version)
        with deleting(client, transaction):
            run.send(transaction)
            staged = client.snapshot(transaction)
            run.prove(promised, staged)
            client.validate_raw(staged.text)
        shown.append("staged on the server in a transaction (deleted): the text means what was promised")
    elif plan.operations:
        client.validate_raw(promised)
    if plan.operations:
        shown.append("the server's own validation accepts the result")
    return tuple(shown)
