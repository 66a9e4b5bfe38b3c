"""records: what a run writes into the state of its target, and what it makes of a run that died.

Rule 1: a run that writes to a target holds its lock, so that a journal in the state is that of a dead run.
Rule 2: facts decide what became of a dead run: its transaction, and the text that the target runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hsync.cli import signals
from hsync.cli.console import say
from hsync.cli.interrupts import Ending, ending_of, told, unclaimed
from hsync.errors import HsyncError, OutcomeUnknown, ReloadFailedError, StalePlanError, UnsafePlanError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hsync.cli.targets import Opened
    from hsync.dataplane import DataplaneClient, Snapshot
    from hsync.plan.plan import Plan
    from hsync.session import Outcome
    from hsync.store import Applied, Journal, State

__all__ = ["Recording", "recording", "recovered", "took_over"]

_ENDS: tuple[tuple[type[HsyncError], str], ...] = (
    (ReloadFailedError, "reload failed"),
    (OutcomeUnknown, "unknown"),
    (StalePlanError, "stale"),
    (UnsafePlanError, "refused"),
)
"""How a run ended, in words for the history; anything else "failed"."""


@dataclass
class Recording:
    """The journal of one run. A run that sends nothing and changes nothing leaves no record."""

    journal: Journal
    digest: str
    plan: Plan
    started: bool = False

    def phase(self, name: str, facts: Mapping[str, str]) -> None:
        """A phase is about to begin. Interrupts wait while a request may change the target."""
        self.started = True
        if name not in _MAY_END:
            signals.hold()
        self.journal.phase(name, facts)
        if name in _MAY_END:
            signals.release()

    def finish(self, outcome: Outcome) -> None:
        """The run ended well: what the target runs now is what was applied."""
        if not outcome.changed and self.journal.state.applied:
            return  # what hsync left there is known: a plan that found its effects says nothing about the rest
        applied = applied_now(outcome.snapshot, self.digest, outcome.reload_id)
        words = "applied" if outcome.changed else "found applied"
        self.journal.close(words, applied=applied, owned=self.owned(outcome.snapshot.text))

    def owned(self, text: str) -> tuple[tuple[str, str], ...]:
        """What is owned from now on: what was, and what the plan created, as far as it is there."""
        mine = {*self.journal.state.owned, *created_sections(self.plan)}
        return tuple(key for key in sections_of(text) if key in mine)

    def fail(self, error: BaseException) -> None:
        """The run ended badly. One that never began to write says nothing."""
        if self.started:
            words = next((words for kind, words in _ENDS if isinstance(error, kind)), "failed")
            self.journal.close(words)

    def stopped(self, client: DataplaneClient, again: str) -> Ending:
        """The run was interrupted: find out what is the case. What stays open is left to the next run."""
        ending = ending_of(client, self.journal.state.journal if self.started else (), again)
        if self.started and ending.over:
            self.journal.close("interrupted")
        return ending


_MAY_END = frozenset({"send", "reload"})
"""Phases in which an interrupt ends the run at once: what it leaves is known."""


@contextmanager
def recording(opened: Opened, state: State, plan: Plan, digest: str, again: str) -> Iterator[Recording]:
    """Keep the records of a run.

    Args:
        opened: the target, locked.
        state: its state.
        plan: what is applied.
        digest: of the plan.
        again: the command that applies the plan.
    """
    from hsync.store import Journal

    one = Recording(Journal(opened.place, state, digest), digest, plan)
    with told(lambda: one.stopped(opened.client, again)):
        try:
            yield one
        except HsyncError as error:
            one.fail(error)
            raise
        finally:
            signals.drop()


def recovered(opened: Opened, plan: Plan, digest: str) -> tuple[State, bool]:
    """The state of a target, freed of a run that died in the middle.

    Args:
        opened: the target, locked.
        plan: names the target for a state that is made now.
        digest: of the plan.

    Returns:
        The state, and whether the dead run was one of this very plan that stored its result and perhaps did not live to
        see HAProxy reloaded.
    """
    from hsync.store import Run, State, read_state, timestamp, write_state

    # Read again: the lock is held now, it was not when the target was opened.
    known = read_state(opened.place)
    state = replace(known, target=plan.target) if known else State(plan.target)
    if not state.journal:
        return state, False
    last = state.journal[-1]
    outcome, applied = _fate(opened, state)
    say(opened.commands.fill(f"An earlier run died before it had finished (phase {last.phase}): {outcome}."))
    run = Run(
        last.plan, f"died in phase {last.phase}: {outcome}", applied.version if applied else None, "", timestamp()
    )
    new = replace(state, journal=(), history=(*state.history, run), applied=applied or state.applied)
    unloaded = applied is not None and last.plan == digest and last.phase in _STORED
    return write_state(opened.place, new), unloaded


_STORED = frozenset({"commit", "reload"})
"""Phases in which a run may have stored its result already."""


def _fate(opened: Opened, state: State) -> tuple[str, Applied | None]:
    """What became of a dead run, in words, and what the target runs if it was that run's result."""
    facts = {name: value for record in state.journal for name, value in record.facts}
    snapshot = opened.client.snapshot()
    if state.journal[-1].phase == "push" and facts.get("version") == str(snapshot.version):
        return "nothing was changed", None
    if any(record.phase == "push" for record in state.journal):
        return "the text may be stored without a reload; compare with `hsync drift`", None
    if facts.get("sha256") == snapshot.sha256:
        words = "it had committed, the target stores its result, and whether HAProxy was reloaded is unknown"
        return words, applied_now(snapshot, state.journal[-1].plan)
    transaction = facts.get("transaction", "") or _of_lost_answer(opened, state, facts)
    if transaction and opened.client.transaction_status(transaction) is not None:
        opened.client.abandon(transaction)
        return "nothing was changed, the transaction that it left is deleted", None
    if state.journal[-1].phase in _STORED and facts.get("version") != str(snapshot.version):
        return "it is unknown whether it committed, the target runs another text now", None
    return "nothing was changed", None


def _of_lost_answer(opened: Opened, state: State, facts: Mapping[str, str]) -> str:
    """The transaction of a run that died before it had read its id; "" when there is none, or more than one may be."""
    if state.journal[-1].phase != "begin" or not facts.get("version", "").isdecimal():
        return ""
    left = unclaimed(opened.client, int(facts["version"]))
    return left[0] if len(left) == 1 else ""


def took_over(opened: Opened, snapshot: Snapshot) -> State:
    """Write the state of a target that was imported.

    Args:
        opened: the target, locked.
        snapshot: what it runs.
    """
    from hsync.plan.plan import Target
    from hsync.store import Run, State, read_state, timestamp, write_state

    target = Target(opened.name, opened.client.identity, opened.client.api_line())
    state = read_state(opened.place) or State(target)
    run = Run("", "imported", snapshot.text_version, "", timestamp())
    owned = sections_of(snapshot.text)
    new = replace(state, target=target, applied=applied_now(snapshot, ""), owned=owned, journal=())
    return write_state(opened.place, replace(new, history=(*state.history, run)))


def applied_now(snapshot: Snapshot, plan: str, reload_id: str = "") -> Applied:
    """What a target runs, as it is remembered."""
    from hsync.store import Applied, timestamp

    return Applied(snapshot.text_version, snapshot.sha256, plan, reload_id, timestamp())


def created_sections(plan: Plan) -> Iterator[tuple[str, str]]:
    """Kind and name of the sections that a plan creates."""
    from hsync.output.grouping import place_of
    from hsync.plan.plan import Action
    from hsync.sections import by_path

    for change in plan.changes:
        if change.action is Action.CREATE and not place_of(change.address).child:
            collection, _, name = change.address.partition("/")
            known = by_path().get(collection)
            yield (known.kind if known else collection, unquote(name))


def sections_of(text: str) -> tuple[tuple[str, str], ...]:
    """Kind and name of all sections of a text."""
    from hsync.model import Configuration

    return tuple(Configuration.from_text(text).sections)
