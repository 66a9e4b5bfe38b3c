"""confirming: an apply that has to be confirmed in time, else the way back is taken.

Theory of operation: `apply --confirm-within` writes a record into the state (`hsync.store.pending`) before its first
request, and starts a watcher, which is `hsync confirm --wait`. Only when the watcher has said that it could take the
way back, the apply goes on. Somebody confirms (`accept`), or the watcher takes the way back at the end of the time
(`taking_back`), or, if the watcher has died, `hsync recover` does.

Rule 1: what removes the record holds the lock of the target, so an apply is confirmed or undone, never both.
Rule 2: until then only two plans can be applied: the same one, to finish it, and one that leads back.
Rule 3: the record goes in the same write of the state as what has ended it.

Source: RFC 6241 8.4 (confirmed commit), Junos `commit confirmed`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, replace

from hsync.errors import InputError, StalePlanError
from hsync.output.words import short
from hsync.plan.plan import Plan
from hsync.process.alive import is_alive, started_at
from hsync.session.commands import KEPT
from hsync.store import Clock, Facts, Limit, Pending, Run, State, StateStore, timestamp
from hsync.store.stores import Owner

__all__ = [
    "UNDONE",
    "Confirming",
    "accept",
    "identity_of",
    "is_watched",
    "pending_words",
    "refuse_unconfirmed",
    "rest_words",
]

CHOICE = "keep it: hsync confirm; undo it: hsync rollback, then hsync apply"


@dataclass(frozen=True, slots=True)
class Confirming:
    """How an apply is to be confirmed.

    Args:
        within_s: seconds from the end of the apply until the way back is due.
        start: starts the watcher; its process (see `identity_of`), and what the way back does not put back. Its errors
            end the apply before anything is sent.
        clock: the clocks.
    """

    within_s: float
    start: Callable[[], tuple[str, str]]
    clock: Clock

    def pending(self, plan: str, base: str, before: str, after: str) -> Pending:
        """The record of an apply that begins now; the arguments are as in `Pending`."""
        return Pending(plan, base, before, Limit.after(self.within_s, self.clock), after)


def identity_of(pid: int) -> str:
    """A process of this machine, as in `Pending`: host, id, start."""
    return f"{socket.gethostname()} {pid} {started_at(pid)}"


def is_watched(pending: Pending) -> bool:
    """Whether a watcher takes the way back; one on another host is believed to."""
    host, _, process = pending.watcher.partition(" ")
    pid, _, started = process.partition(" ")
    return bool(host) and (host != socket.gethostname() or (pid.isdecimal() and is_alive(int(pid), started)))


def rest_words(pending: Pending, clock: Clock) -> str:
    """How long there is time, and what happens then."""
    if pending.trouble:
        return f"the way back could not be taken: {pending.trouble}"
    left = pending.limit.left_s(clock)
    if left <= 0:
        return "it is overdue, and the way back is being taken" if is_watched(pending) else "it is overdue"
    return f"the way back is taken in {left:.0f} s" if is_watched(pending) else f"it is due in {left:.0f} s"


def pending_words(state: State | None, clock: Clock) -> tuple[str, ...]:
    """That an apply waits for its confirmation, with the next command; empty for none."""
    pending = state.pending if state else None
    if pending is None:
        return ()
    what = f"the apply of {short(pending.plan)} is not confirmed, {rest_words(pending, clock)}"
    dead = "" if is_watched(pending) or pending.trouble else "; its watcher has died, so hsync recover takes over"
    return (f"{what}{dead}; {CHOICE}",)


def _leads_back(plan: Plan, pending: Pending) -> bool:
    """Whether a plan was made by `hsync rollback`, to the text before an apply that is not confirmed."""
    return any(name.startswith(KEPT) and f"sha256:{digest}" == pending.before for name, digest in plan.inputs)


def refuse_unconfirmed(state: State, clock: Clock, plan: Plan | None = None, digest: str = "") -> None:
    """Refuse to change a target while an apply waits for its confirmation.

    Args:
        state: of the target.
        clock: the clocks.
        plan: the plan to apply; None for an import.
        digest: of the plan.

    Raises:
        StalePlanError: the plan is neither the same one nor one that leads back.
    """
    pending = state.pending
    if pending is None or digest == pending.plan or (plan is not None and _leads_back(plan, pending)):
        return
    raise StalePlanError(
        f"an earlier apply to {state.target.name} is not confirmed (plan {short(pending.plan)}): "
        f"{rest_words(pending, clock)}",
        hint=f"nothing was sent; {CHOICE}",
    )


def accept(store: StateStore, *, by: str = "", token: str = "") -> str:
    """Confirm the last apply: its watcher ends, and the way back is not taken. The caller holds the lock.

    Args:
        store: of the target.
        by: what confirms it, for the history; "" for the person who runs this.
        token: of the record that is meant; "" for any.

    Returns:
        What was confirmed, in words.

    Raises:
        InputError: no apply waits.
        StalePlanError: the way back was taken already.
    """
    state, name = store.read(), store.subject.name
    pending = state.pending if state else None
    if state is None or pending is None or token not in {"", pending.token}:
        raise _nothing(state, name)
    facts = Facts(Owner.here().person, by, before="", after="")
    run = Run(pending.plan, "confirmed", None, "", timestamp(), facts)
    store.write(replace(state, pending=None, history=(*state.history, run)), expected_serial=state.serial)
    return f"{name}: confirmed: the apply of {short(pending.plan)} stays"


def _nothing(state: State | None, name: str) -> InputError | StalePlanError:
    last = state.history[-1] if state and state.history else None
    if last is not None and last.facts.reason.startswith(UNDONE):
        message = f"{name}: too late: {last.facts.reason}, at {last.when}"
        return StalePlanError(message, hint="to apply it again, make the plan again: hsync plan")
    return InputError(f"{name}: no apply waits for a confirmation", hint="see what was applied: hsync state history")


UNDONE = "undone"
"""How the reason of an apply begins that was the way back."""
