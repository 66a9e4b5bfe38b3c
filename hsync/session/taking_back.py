"""taking_back: the way back of an apply that nobody has confirmed, to the text before it.

Theory of operation: the way back is a plan like any other (`rolling_back`), applied like any other, with a run of its
own in the history. It is taken only if the target has what the apply has left, or what a way back that died has left.
Both are found out like the fate of every dead run (`fate`). A target that has another text was changed by somebody
else: what they did is not undone unseen.

Rule 1: the way back may touch all that the apply has touched, so it has no limits such as `protect` or `max_delete`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hsync.dataplane import Snapshot
from hsync.errors import StalePlanError
from hsync.output.words import short
from hsync.plan.scope import Scope
from hsync.plan.snapshot import digest
from hsync.session.asked import Judging
from hsync.session.confirming import UNDONE
from hsync.session.fate import Fate, fate_of, unloaded
from hsync.session.project import Project
from hsync.session.rolling_back import Past, filled, plan_back
from hsync.session.session import Session
from hsync.store import Facts, Pending, Run, State, timestamp
from hsync.store.planfile import digest_of
from hsync.store.stores import Owner

__all__ = ["check_way", "take_back", "was_in_trouble"]


@dataclass(frozen=True, slots=True)
class Back:
    """The way back of one apply.

    Args:
        session: with the target. The caller holds its lock.
        project: has the secrets of the kept text.
        why: for the history.
    """

    session: Session
    project: Project
    why: str = "not confirmed in time"

    def take(self) -> str:
        """Take the way back, if the apply is not confirmed. Returns the result in words.

        Raises:
            StalePlanError: somebody else has changed the target; this is recorded.
            The errors of `Session.plan` and `Session.apply`: it can be tried again.
        """
        session = self.session
        session.state = state = session.store.read()
        if state is None or state.pending is None:
            return f"{session.name}: nothing to take back: no apply waits for a confirmation"
        snapshot = session.client.at_rest()
        if self._is_back(state, state.pending, snapshot):
            return self._ended(state.pending)
        if not self._is_ours(state, state.pending, snapshot):
            raise self._moved(state.pending, snapshot)
        return self._led_back(state.pending)

    def _is_back(self, state: State, pending: Pending, snapshot: Snapshot) -> bool:
        """Whether the target runs the text before the apply: it has not committed, or the way back was taken."""
        return snapshot.sha256 == pending.base and not snapshot.split_brain and not unloaded(state, snapshot)

    def _is_ours(self, state: State, pending: Pending, snapshot: Snapshot) -> bool:
        """Whether the target has what the apply, or a way back that died, has left."""
        if snapshot.sha256 in {pending.base, state.ran(pending.plan)}:
            return True
        return bool(state.journal) and self._fate(state, pending).landed is not None

    def _fate(self, state: State, pending: Pending) -> Fate:
        pushed = ""
        if pending.after and state.journal[-1].plan == pending.plan:
            pushed, _ = filled(self.session.store, Past(pending.after, "of the apply"), self.project.looked_up)
        return fate_of(self.session.client, state, pushed)

    def _led_back(self, pending: Pending) -> str:
        session = self.session
        past = Past(pending.before, f"before the apply of {short(pending.plan)}")
        made = plan_back(session, past, self.project.looked_up, Scope(), Judging(skip=True))
        plan, secrets = self.project.revealed(made)
        if not plan.operations:
            return self._ended(pending)
        reason = f"{UNDONE}, {self.why}: back to the text before {short(pending.plan)}"
        outcome = session.apply(plan, digest_of(made), secrets, reason=reason)
        return f"{session.name}: {reason}; {outcome.message}"

    def _ended(self, pending: Pending) -> str:
        """The target runs the text before the apply: only the record is left."""
        session = self.session
        session.settle()
        words = f"{UNDONE}: the target runs the text before {short(pending.plan)}"
        state = session.store.read()
        if state is not None and state.pending is not None:
            run = Run(pending.plan, "not applied", None, "", timestamp(), Facts(Owner.here().person, words))
            session.store.write(
                replace(state, pending=None, history=(*state.history, run)), expected_serial=state.serial
            )
        return f"{session.name}: {words}"

    def _moved(self, pending: Pending, snapshot: Snapshot) -> StalePlanError:
        what = f"somebody else has changed the target since (version {snapshot.text_version}, {short(snapshot.sha256)})"
        was_in_trouble(self.session, what)
        return StalePlanError(
            f"{self.session.name}: the apply of {short(pending.plan)} is not undone: {what}",
            hint="see what they did: hsync drift; keep all of it: hsync confirm; undo all of it: hsync rollback",
        )


def was_in_trouble(session: Session, what: str) -> None:
    """Record that the way back could not be taken, for every further command to tell.

    Args:
        session: with the target. The caller holds its lock.
        what: the reason.
    """
    session.settle()
    state = session.store.read()
    if state is None or state.pending is None or state.pending.trouble == what:
        return
    run = Run(state.pending.plan, f"not undone: {what}", None, "", timestamp(), Facts(Owner.here().person))
    new = replace(state, pending=replace(state.pending, trouble=what), history=(*state.history, run))
    session.store.write(new, expected_serial=state.serial)


def take_back(session: Session, project: Project, why: str = "not confirmed in time") -> str:
    """Take the way back: see `Back.take`."""
    return Back(session, project, why).take()


def check_way(session: Session, project: Project, pending: Pending) -> str:
    """Check that the way back can be taken from here, before anything is sent.

    Args:
        session: with the target.
        project: has the secrets of the kept text.
        pending: the record of the apply.

    Returns:
        What the way back does not put back, as a sentence; "" for nothing.

    Raises:
        InputError: the text is not kept, or a secret of it has no value here.
        TargetError: the target cannot be read.
    """
    session.client.snapshot()
    text, _ = filled(session.store, Past(pending.before, "before the apply"), project.looked_up)
    if digest(text) == pending.base:
        return ""
    return "a secret has another value since the apply before, and the way back keeps the new one"
