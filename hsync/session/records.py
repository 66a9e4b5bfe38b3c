"""records: the records of a run in the state of its target.

Rule 1: a run that writes to a target holds its lock, so a journal in the state belongs to a dead run.
Rule 2: interrupts are delayed from a changing request to its answer (`Guard`), so that the state of the target is
known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import CommittedError, HsyncError, OutcomeUnknown, ReloadFailedError, StalePlanError, UnsafePlanError
from hsync.events import Event, Phase, PhaseBegan
from hsync.lanes import Outcome, lane_of
from hsync.model import Configuration
from hsync.plan.places import places_in, remembered, secrets_at
from hsync.plan.plan import Action, Plan
from hsync.plan.secrets import conceal_text, forget_text
from hsync.plan.snapshot import split_header
from hsync.session.confirming import Confirming
from hsync.session.fate import Ending, ending_of
from hsync.session.promise import replay
from hsync.store import Applied, Clock, Journal, Pending, timestamp
from hsync.store.state import last_left

__all__ = ["Guard", "NoGuard", "Recording", "applied_now", "sections_of"]


class Guard(Protocol):
    """Delays interrupts during changing requests."""

    def hold(self) -> None:
        """Delay interrupts from now on."""

    def release(self) -> None:
        """Do not delay interrupts any more; raise a delayed one."""

    def drop(self) -> None:
        """Do not delay interrupts any more; drop a delayed one, since the end of the run is reported."""


class NoGuard:
    """Does not delay interrupts: for a session in a thread, which gets no interrupts."""

    def hold(self) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing."""

    def drop(self) -> None:
        """Do nothing."""


_ENDS: tuple[tuple[type[HsyncError], str], ...] = (
    (ReloadFailedError, "reload failed"),
    (StalePlanError, "stale"),
    (UnsafePlanError, "refused"),
)
"""Outcomes for the history, by error; the default is "failed"."""

_INTERRUPTIBLE = frozenset({Phase.SEND, Phase.RELOAD})
"""Phases in which an interrupt ends the run immediately, since the state of the target is known."""


@dataclass
class Recording:
    """The journal of one run. A run that sends nothing and changes nothing leaves no record.

    Args:
        journal: the journal.
        plan: the applied plan.
        digest: of the plan.
        guard: delays interrupts.
        named: secret values by reference: kept texts have the references.
        clock: the clocks of this machine.
        confirming: how the run is to be confirmed; None if it need not be.
    """

    journal: Journal
    plan: Plan
    digest: str
    guard: Guard
    named: Mapping[str, str] = field(default_factory=dict, repr=False)
    clock: Clock = field(default_factory=Clock)
    confirming: Confirming | None = None
    started: bool = False
    unwritten: str = ""
    """Why the state could not be written after the commit; "" if it was. It does not change the outcome."""
    intent: Pending | None = None
    """The record of this run in which it says that it is to be confirmed."""
    but: str = ""
    """What the way back does not put back, as a sentence; "" for nothing."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What else the operator should know."""
        return tuple(filter(None, [self.unwritten, self.but]))

    def __call__(self, event: Event) -> None:
        """Record a phase before it begins. Interrupts are delayed while a request may change the target."""
        if not isinstance(event, PhaseBegan):
            return
        self.started = True
        if event.phase not in _INTERRUPTIBLE:
            self.guard.hold()
        with self._tolerant() if event.phase.behind_commit else nullcontext():
            self.journal.phase(event.phase, event.facts)
        if self.confirming and self.intent and not self.intent.watcher:
            self._watched(self.confirming, self.intent)
        if event.phase in _INTERRUPTIBLE:
            self.guard.release()

    def keep_base(self, base: Snapshot) -> None:
        """Keep the text that the run is going to replace. That of the run before is there already, with its references.

        Raises:
            InputError: it cannot be kept. Nothing was sent.
        """
        state = self.journal.state
        last = last_left(state)
        same = state.applied is not None and state.applied.sha256 == base.sha256
        before = last if same and last else self._keep(base.body)
        self._knows(before=before)
        if self.confirming:
            after = self._keep(replay("", self.plan)) if lane_of(self.plan.lane).whole else ""
            self._intends(self.confirming.pending(self.digest, base.sha256, before, after))

    def _intends(self, pending: Pending) -> None:
        self.intent = pending
        self.journal.intend(pending)

    def _watched(self, confirming: Confirming, intent: Pending) -> None:
        """Start the watcher. Nothing was sent yet; its error ends the run."""
        watcher, self.but = confirming.start()
        self._intends(replace(intent, watcher=watcher))
        self.journal.amend()

    def _still_pending(self, *, landed: bool) -> None:
        """Have the next record say what is to be confirmed now that the run has ended.

        Args:
            landed: whether its result is stored.
        """
        now = self.journal.state.pending
        if now is None:
            return
        if not landed:
            self.journal.intend(now if self.intent is None else None)
        elif now.plan == self.digest:
            self.journal.intend(replace(now, limit=now.limit.again(self.clock)))
        else:
            self.journal.intend(None)  # this run was the way back

    def _keep(self, text: str) -> str:
        old = secrets_at(self.journal.state.secrets, text.split("\n"))
        return self.journal.store.keep(forget_text(conceal_text(text, self.named), old))

    def _knows(self, **facts: str) -> None:
        self.journal.facts = replace(self.journal.facts, **facts)

    def finish(self, outcome: Outcome) -> None:
        """Record a successful run: the text of the target as applied.

        A plan without operations for a drifted target settles the drift: its reviewer has seen both. A plan whose
        changes were already there does not replace an earlier record, since the rest of the text may have drifted.
        """
        last, now = self.journal.state.applied, outcome.snapshot.sha256
        if not outcome.changed and last and (self.plan.operations or last.sha256 == now):
            return
        applied = applied_now(outcome.snapshot, self.digest, outcome.reload_id)
        self._still_pending(landed=True)
        words = "applied" if outcome.changed else "found applied"
        with self._tolerant() if outcome.changed else nullcontext():
            text = outcome.snapshot.text
            if outcome.changed:
                self._knows(after=self._keep(outcome.snapshot.body))
            self.journal.close(words, applied=applied, owned=self.owned(text), secrets=self.secrets(text))

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        """Keep the error of a state that cannot be written, and go on, since the target is already changed."""
        try:
            yield
        except HsyncError as fault:
            self.unwritten = f"the state was not written: {fault.message}"

    def owned(self, text: str) -> tuple[tuple[str, str], ...]:
        """The owned sections after the run: those before, and those that the plan created, if they are in the text."""
        mine = {*self.journal.state.owned, *created_sections(self.plan)}
        return tuple(key for key in sections_of(text) if key in mine)

    def secrets(self, text: str) -> tuple[str, ...]:
        """The places of secrets after the run: those before, and those of the plan."""
        put = places_in(self.plan.result.diff, "+ ")
        return remembered(self.journal.state.secrets, put, text.split("\n"))

    def fail(self, error: HsyncError) -> None:
        """Record a failed run, unless it has sent nothing.

        A committed text is recorded as applied. If the state of the target is unknown, or a step is missing, the
        journal is kept for the next run.
        """
        if not self.started:
            return
        with self._tolerant():
            if isinstance(error, CommittedError):
                self._landed(error)
            elif not isinstance(error, OutcomeUnknown):
                self._still_pending(landed=False)
                self.journal.close(next((words for kind, words in _ENDS if isinstance(error, kind)), "failed"))

    def _landed(self, error: CommittedError) -> None:
        applied = Applied(error.version, error.sha256, self.digest, error.reload_id, timestamp())
        owned, secrets = self.owned(error.text), self.secrets(error.text)
        self._knows(after=self._keep(split_header(error.text)[1]))
        if error.reloaded or self.intent:
            self._still_pending(landed=True)
        if error.reloaded:
            self.journal.close("committed, not confirmed", applied=applied, owned=owned, secrets=secrets)
        else:
            self.journal.landed(applied, owned, secrets)

    def stopped(self, client: DataplaneClient, again: str) -> Ending:
        """The state of the target after an interrupt. If it is not final, the journal is kept for the next run."""
        ending = ending_of(client, self.journal.state.journal if self.started else (), again)
        if self.started and ending.over:
            self._still_pending(landed=False)
            self.journal.close("interrupted")
        return ending


def applied_now(snapshot: Snapshot, plan: str, reload_id: str = "") -> Applied:
    """The record of the text of a target."""
    return Applied(snapshot.text_version, snapshot.sha256, plan, reload_id, timestamp())


def created_sections(plan: Plan) -> Iterator[tuple[str, str]]:
    """Kind and name of the sections that a plan creates."""
    for change in plan.changes:
        if change.action is Action.CREATE and not change.address.child:
            yield change.address.section_key


def sections_of(text: str) -> tuple[tuple[str, str], ...]:
    """Kind and name of all sections of a text."""
    return tuple(Configuration.from_text(text).sections)
