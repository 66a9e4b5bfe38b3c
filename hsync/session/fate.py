"""fate: what has become of a target when a run ended in the middle, found out from facts.

Theory: the last phase in the journal says which request may have been at work. What that one did is read from the
target: its version, its text, its transactions. What stays unknown is called unknown, and the journal stays for the
next run, which looks again.

Rule 1: "nothing was changed" is said only if the target was read, or no request had been sent that changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import HsyncError
from hsync.events import Phase
from hsync.lanes import current_of
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.process.interrupts import UNKNOWN
from hsync.store import Record, State

__all__ = ["NOTHING", "Ending", "ending_of", "fate_of", "last_phase", "unloaded", "verified"]

NOTHING = "nothing was changed"
DELETED = "nothing was changed, the transaction was deleted"


def facts_of(journal: Sequence[Record]) -> dict[str, str]:
    """What a run wrote down, the latest value of each name."""
    return {name: value for record in journal for name, value in record.facts}


def last_phase(journal: Sequence[Record]) -> Phase | None:
    """The last phase that a run had begun; None for one that this hsync does not know."""
    return Phase.of_record(journal[-1].phase, dict(journal[-1].facts))


def unloaded(state: State | None, snapshot: Snapshot) -> str:
    """Why HAProxy may run another configuration than the target has stored; "" for no such reason.

    A run that has not finished may have died between storing its result and the reload: its journal is all that knows.

    Args:
        state: with the journal; None for no state.
        snapshot: what the target has stored.
    """
    if state is None or not state.journal:
        return ""
    phase, version = last_phase(state.journal), facts_of(state.journal).get("version", "")
    if phase not in _STORING or str(snapshot.version) == version:
        return ""
    return (
        f"a run of {state.journal[-1].plan[:19]} has not finished (phase {phase}): the target has stored a text, and "
        "HAProxy may not have been told to reload it; only a push of the whole text makes sure"
    )


_STORING = frozenset({Phase.COMMIT, Phase.PUSH, Phase.RESTORE, Phase.FINISH, Phase.RELOAD})
"""Phases behind which the target may have stored a text that HAProxy does not run yet."""


# A run that was interrupted just now


@dataclass(frozen=True, slots=True)
class Ending:
    """What has become of a target.

    Args:
        words: what is the case.
        hint: the next command to type.
        over: whether nothing is left to be found out or done: the journal can be closed.
    """

    words: str
    hint: str = ""
    over: bool = False


def ending_of(client: DataplaneClient, journal: Sequence[Record], again: str) -> Ending:
    """What has become of a target when a run was interrupted.

    Args:
        client: of the target.
        journal: the records of the run.
        again: the command that applies the same plan.
    """
    if not journal:
        return Ending(NOTHING, over=True)
    phase = last_phase(journal)
    assert phase is not None, "the run is one of this hsync"
    try:
        return _ENDINGS[phase](client, facts_of(journal), again)
    except HsyncError as fault:
        return Ending(f"{UNKNOWN}: {fault.message}", f"when it answers again, run the same plan again: {again}")


def _begun(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if client.left_open is None:
        return Ending(NOTHING, over=True)
    left = [client.left_open] if client.left_open else unclaimed(client, int(facts["version"]))
    if len(left) > 1:
        return Ending(f"{NOTHING}; one of these transactions may be of this run: {', '.join(left)}", client.tidying)
    if left:
        return _sent(client, {"transaction": left[0]}, again)
    return Ending(NOTHING, f"if the request is still on its way, the next hsync apply tidies up: {again}")


def _sent(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    transaction = facts["transaction"]
    if client.transaction_status(transaction) is not None:
        client.abandon(transaction)
        if client.transaction_status(transaction) is not None:
            words = f"{NOTHING}; the transaction {transaction} could not be deleted"
            return Ending(words, f"the next hsync apply deletes it first: {again}")
    return Ending(DELETED, over=True)


def _committing(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if _holds(client, facts):
        return _committed(client, {**facts, "reload": "?"}, again)
    if client.snapshot().version != int(facts["version"]):
        return Ending(f"{UNKNOWN}: it has another text now, and not that of the plan", _LOOK)
    # Left to the next run all the same: a request that is still on its way may have the server commit.
    return Ending(_sent(client, facts, again).words, f"to apply it: {again}")


def _committed(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    del client
    rest = "the reload was not awaited" if facts.get("reload") else "the target was not read again"
    return Ending(f"committed; {rest}", f"run the same plan again, it finishes what is left: {again}")


def _pushed(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if client.snapshot().version == int(facts["version"]):
        return Ending(NOTHING, f"to apply it: {again}")
    return Ending("the new text is stored; HAProxy was not told to reload", f"run the same plan again: {again}")


def _finishing(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if not _holds(client, facts):
        return Ending(f"{UNKNOWN}: it has another text now, and not that of the plan", _LOOK)
    words = "the new text is stored; whether HAProxy was told to reload is unknown"
    return Ending(words, f"run the same plan again: {again}")


def _restoring(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    del client, facts, again
    words = "the server stored something else than the plan promised; whether the old text is back is unknown"
    return Ending(words, _LOOK)


_LOOK = "look at it before anything else: hsync drift"

_ENDINGS: dict[Phase, Callable[[DataplaneClient, dict[str, str], str], Ending]] = {
    Phase.BEGIN: _begun,
    Phase.SEND: _sent,
    Phase.COMMIT: _committing,
    Phase.PUSH: _pushed,
    Phase.RESTORE: _restoring,
    Phase.FINISH: _finishing,
    Phase.RELOAD: _committed,
}
"""By the phase that had begun."""


def verified(client: DataplaneClient, version: int) -> Ending:
    """What an interrupted `verify` leaves: it commits nothing, and deletes the transaction whose id it has read.

    Args:
        client: of the target.
        version: that the plan was made on.
    """
    try:
        return replace(_begun(client, {"version": str(version)}, ""), hint="")
    except HsyncError as fault:
        return Ending(f"{NOTHING}; whether a transaction is left is unknown: {fault.message}", client.tidying)


def _holds(client: DataplaneClient, facts: dict[str, str]) -> bool:
    return client.snapshot().sha256 == facts["sha256"]


def unclaimed(client: DataplaneClient, version: int) -> tuple[str, ...]:
    """Open transactions of a version in which nothing is staged: one whose id nobody read is among them.

    Args:
        client: of the target.
        version: that the transaction was to be opened on.
    """
    now = client.snapshot()
    if now.version != version:
        return ()  # a transaction of an older version can never be committed
    return tuple(one for one in client.open_transactions(version) if client.snapshot(one).sha256 == now.sha256)


# A run that died, found by a later one


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a run that died.

    Args:
        words: in words.
        landed: what the target runs, if that is the result of the run; None if it is not, or is unknown.
    """

    words: str
    landed: Snapshot | None = None


def fate_of(client: DataplaneClient, state: State, pushed: str = "") -> Fate:
    """What became of the run whose journal a state has; a transaction that it left is deleted.

    Args:
        client: of the target.
        state: with the journal.
        pushed: the text that the run was to push, if that is known; "" if not.
    """
    facts, snapshot, last = facts_of(state.journal), client.snapshot(), last_phase(state.journal)
    if last is Phase.PUSH and facts.get("version") == str(snapshot.version):
        return Fate(NOTHING)
    if last is Phase.PUSH and pushed and _has_stored(snapshot, pushed, int(facts["version"])):
        return Fate("its text is stored, and HAProxy was not told to reload", snapshot)
    if facts.get("sha256") == snapshot.sha256:
        words = "it had committed, the target stores its result, and whether HAProxy was reloaded is unknown"
        return Fate(words, snapshot)
    if any(record.phase == Phase.PUSH for record in state.journal):
        return Fate("the text may be stored without a reload; compare with `hsync drift`")
    transaction = facts.get("transaction", "") or _of_lost_answer(client, last, facts)
    if transaction and client.transaction_status(transaction) is not None:
        client.abandon(transaction)
        return Fate("nothing was changed, the transaction that it left is deleted")
    if last is not None and last.stored and facts.get("version") != str(snapshot.version):
        return Fate("it is unknown whether it committed, the target runs another text now")
    return Fate(NOTHING)


def _has_stored(snapshot: Snapshot, pushed: str, version: int) -> bool:
    """Whether exactly one write has come since a version, and what is stored now means all of a text."""
    once = snapshot.version == version + 1 and not snapshot.split_brain
    return once and not compare(Configuration.from_text(pushed), current_of(snapshot))


def _of_lost_answer(client: DataplaneClient, last: Phase | None, facts: Mapping[str, str]) -> str:
    """The transaction of a run that died before it had read its id; "" when there is none, or more than one may be."""
    if last is not Phase.BEGIN or not facts.get("version", "").isdecimal():
        return ""
    left = unclaimed(client, int(facts["version"]))
    return left[0] if len(left) == 1 else ""
