"""records: what a run writes into the state of its target.

Rule 1: a run that writes to a target holds its lock, so that a journal in the state is that of a dead run.
Rule 2: while the answer to a request that may change the target is on its way, interrupts wait (`Guard`): what has
become of the target is known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import CommittedError, HsyncError, OutcomeUnknown, ReloadFailedError, StalePlanError, UnsafePlanError
from hsync.events import Event, Phase, PhaseBegan
from hsync.lanes import Outcome
from hsync.model import Configuration
from hsync.plan.places import places_in, remembered, secrets_at
from hsync.plan.plan import Action, Plan
from hsync.plan.secrets import conceal_text, forget_text
from hsync.session.fate import Ending, ending_of
from hsync.store import Applied, Journal, timestamp
from hsync.store.state import last_left

__all__ = ["Guard", "NoGuard", "Recording", "applied_now", "sections_of"]


class Guard(Protocol):
    """Keeps interrupts from coming at the wrong moment."""

    def hold(self) -> None:
        """From now on an interrupt waits."""

    def release(self) -> None:
        """From now on none waits; one that did is raised."""

    def drop(self) -> None:
        """From now on none waits; one that did is forgotten: how the run ended says more."""


class NoGuard:
    """Lets interrupts come as they come: for a session in a thread, which gets none."""

    def hold(self) -> None:
        """Nothing."""

    def release(self) -> None:
        """Nothing."""

    def drop(self) -> None:
        """Nothing."""


_ENDS: tuple[tuple[type[HsyncError], str], ...] = (
    (ReloadFailedError, "reload failed"),
    (StalePlanError, "stale"),
    (UnsafePlanError, "refused"),
)
"""How a run ended, in words for the history; anything else "failed"."""

_INTERRUPTIBLE = frozenset({Phase.SEND, Phase.RELOAD})
"""Phases in which an interrupt ends the run at once: what it leaves is known."""


@dataclass
class Recording:
    """The journal of one run. A run that sends nothing and changes nothing leaves no record.

    Args:
        journal: where it is written.
        plan: what is applied.
        digest: of the plan.
        guard: of interrupts.
        named: secret values by reference: kept texts have the references.
    """

    journal: Journal
    plan: Plan
    digest: str
    guard: Guard
    named: Mapping[str, str] = field(default_factory=dict, repr=False)
    started: bool = False
    unwritten: str = ""
    """Why the state could not be written behind the commit; "" when it could. Changes no verdict."""

    def __call__(self, event: Event) -> None:
        """Write a phase down before it begins. Interrupts wait while a request may change the target."""
        if not isinstance(event, PhaseBegan):
            return
        self.started = True
        if event.phase not in _INTERRUPTIBLE:
            self.guard.hold()
        with self._tolerant() if event.phase.behind_commit else nullcontext():
            self.journal.phase(event.phase, event.facts)
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
        self._knows(before=last if same and last else self._keep(base.body))

    def _keep(self, text: str) -> str:
        old = secrets_at(self.journal.state.secrets, text.split("\n"))
        return self.journal.store.keep(forget_text(conceal_text(text, self.named), old))

    def _knows(self, **facts: str) -> None:
        self.journal.facts = replace(self.journal.facts, **facts)

    def finish(self, outcome: Outcome) -> None:
        """The run ended well: what the target runs now is what was applied.

        An empty plan that was made on a drifted target settles the drift, like any other: who reviewed it has seen
        both. A plan that found its effects says nothing about the rest of what the target runs.
        """
        last, now = self.journal.state.applied, outcome.snapshot.sha256
        if not outcome.changed and last and (self.plan.operations or last.sha256 == now):
            return
        applied = applied_now(outcome.snapshot, self.digest, outcome.reload_id)
        words = "applied" if outcome.changed else "found applied"
        with self._tolerant() if outcome.changed else nullcontext():
            text = outcome.snapshot.text
            if outcome.changed:
                self._knows(after=self._keep(outcome.snapshot.body))
            self.journal.close(words, applied=applied, owned=self.owned(text), secrets=self.secrets(text))

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        """Note a state that cannot be written, and go on: the target has changed already."""
        try:
            yield
        except HsyncError as fault:
            self.unwritten = f"the state was not written: {fault.message}"

    def owned(self, text: str) -> tuple[tuple[str, str], ...]:
        """What is owned from now on: what was, and what the plan created, as far as it is there."""
        mine = {*self.journal.state.owned, *created_sections(self.plan)}
        return tuple(key for key in sections_of(text) if key in mine)

    def secrets(self, text: str) -> tuple[str, ...]:
        """Where there may be secrets from now on: where there were some before, and where the plan has put some."""
        put = places_in(self.plan.result.diff, "+ ")
        return remembered(self.journal.state.secrets, put, text.split("\n"))

    def fail(self, error: HsyncError) -> None:
        """The run ended badly. One that never began to write says nothing.

        What is committed is recorded as applied. Where something is left to be found out or done, the records of the
        run stay: the next run looks.
        """
        if not self.started:
            return
        with self._tolerant():
            if isinstance(error, CommittedError):
                self._landed(error)
            elif not isinstance(error, OutcomeUnknown):
                self.journal.close(next((words for kind, words in _ENDS if isinstance(error, kind)), "failed"))

    def _landed(self, error: CommittedError) -> None:
        applied = Applied(error.version, error.sha256, self.digest, error.reload_id, timestamp())
        owned, secrets = self.owned(error.text), self.secrets(error.text)
        if error.reloaded:
            self.journal.close("committed, not confirmed", applied=applied, owned=owned, secrets=secrets)
        else:
            self.journal.landed(applied, owned, secrets)

    def stopped(self, client: DataplaneClient, again: str) -> Ending:
        """The run was interrupted: find out what is the case. What stays open is left to the next run."""
        ending = ending_of(client, self.journal.state.journal if self.started else (), again)
        if self.started and ending.over:
            self.journal.close("interrupted")
        return ending


def applied_now(snapshot: Snapshot, plan: str, reload_id: str = "") -> Applied:
    """What a target runs, as it is remembered."""
    return Applied(snapshot.text_version, snapshot.sha256, plan, reload_id, timestamp())


def created_sections(plan: Plan) -> Iterator[tuple[str, str]]:
    """Kind and name of the sections that a plan creates."""
    for change in plan.changes:
        if change.action is Action.CREATE and not change.address.child:
            yield change.address.section_key


def sections_of(text: str) -> tuple[tuple[str, str], ...]:
    """Kind and name of all sections of a text."""
    return tuple(Configuration.from_text(text).sections)
