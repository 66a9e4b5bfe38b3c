"""fate: finds out the state of a target after an interrupted run.

Theory: the last phase in the journal shows which request may have been sent. Its effect is read from the target: from
version, text and transactions. If the state remains unknown, it is reported as unknown, and the journal is kept for the
next run, which checks again.

Rule 1: "nothing was changed" is reported only if the target was read, or no changing request was sent.
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

__all__ = ["NOTHING", "Ending", "Fate", "ending_of", "facts_of", "fate_of", "last_phase", "unloaded", "verified"]

NOTHING = "nothing was changed"
DELETED = "nothing was changed, the transaction was deleted"


def facts_of(journal: Sequence[Record]) -> dict[str, str]:
    """The facts of all phases of a run; a later value replaces an earlier one."""
    return {name: value for record in journal for name, value in record.facts}


def last_phase(journal: Sequence[Record]) -> Phase | None:
    """The last phase that a run has begun; None if this release of hsync does not know the phase."""
    return Phase.of_record(journal[-1].phase, dict(journal[-1].facts))


def unloaded(state: State | None, snapshot: Snapshot) -> str:
    """Why HAProxy may run another configuration than the stored one; "" for no reason.

    An unfinished run may have died after it stored its result and before the reload: only its journal shows this.

    Args:
        state: the state with the journal; None for no state.
        snapshot: the stored text of the target.
    """
    if state is None or not state.journal:
        return ""
    phase, version = last_phase(state.journal), facts_of(state.journal).get("version", "")
    if phase not in _STORING or str(snapshot.version) == version:
        return ""
    return (
        f"a run of {state.journal[-1].plan[:19]} has not finished (phase {phase}): the target has stored a text, and "
        "its reload may not have been requested; only a push of the whole text is safe"
    )


_STORING = frozenset({Phase.COMMIT, Phase.PUSH, Phase.RESTORE, Phase.FINISH, Phase.RELOAD})
"""Phases after which the target may have stored a text that HAProxy does not run yet."""


# A run that was interrupted just now


@dataclass(frozen=True, slots=True)
class Ending:
    """The state of a target after an interrupted run.

    Args:
        words: a description of the state.
        hint: the next command to type.
        over: whether the state is final, so that the journal can be closed.
    """

    words: str
    hint: str = ""
    over: bool = False


def ending_of(client: DataplaneClient, journal: Sequence[Record], again: str) -> Ending:
    """The state of a target after an interrupted run.

    Args:
        client: of the target.
        journal: the records of the run.
        again: the command that applies the same plan.
    """
    if not journal:
        return Ending(NOTHING, over=True)
    phase = last_phase(journal)
    assert phase is not None, "this release of hsync has written the journal"
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
    return Ending(NOTHING, f"if the server still executes the request, the next hsync apply cleans up: {again}")


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
        return Ending(f"{UNKNOWN}: its text has changed, but is not that of the plan", _LOOK)
    # The journal is kept for the next run: the server may still execute a commit.
    return Ending(_sent(client, facts, again).words, f"to apply it: {again}")


def _committed(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    del client
    rest = "the outcome of the reload is unknown" if facts.get("reload") else "the target was not read again"
    return Ending(f"committed; {rest}", f"run the same plan again to finish: {again}")


def _pushed(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if client.snapshot().version == int(facts["version"]):
        return Ending(NOTHING, f"to apply it: {again}")
    return Ending("the new text is stored; its reload was not requested", f"run the same plan again: {again}")


def _finishing(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    if not _holds(client, facts):
        return Ending(f"{UNKNOWN}: its text has changed, but is not that of the plan", _LOOK)
    words = "the new text is stored; whether its reload was requested is unknown"
    return Ending(words, f"run the same plan again: {again}")


def _restoring(client: DataplaneClient, facts: dict[str, str], again: str) -> Ending:
    del client, facts, again
    words = "the stored text differs from the promised one; whether the old text was restored is unknown"
    return Ending(words, _LOOK)


_LOOK = "check the target first: hsync drift"

_ENDINGS: dict[Phase, Callable[[DataplaneClient, dict[str, str], str], Ending]] = {
    Phase.BEGIN: _begun,
    Phase.SEND: _sent,
    Phase.COMMIT: _committing,
    Phase.PUSH: _pushed,
    Phase.RESTORE: _restoring,
    Phase.FINISH: _finishing,
    Phase.RELOAD: _committed,
}
"""By the last phase that has begun."""


def verified(client: DataplaneClient, version: int) -> Ending:
    """The state after an interrupted `verify`, which commits nothing, and deletes the transaction whose id it knows.

    Args:
        client: of the target.
        version: the version of the plan's base.
    """
    try:
        return replace(_begun(client, {"version": str(version)}, ""), hint="")
    except HsyncError as fault:
        return Ending(f"{NOTHING}; whether a transaction is still open is unknown: {fault.message}", client.tidying)


def _holds(client: DataplaneClient, facts: dict[str, str]) -> bool:
    return client.snapshot().sha256 == facts["sha256"]


def unclaimed(client: DataplaneClient, version: int) -> tuple[str, ...]:
    """Open transactions on a version without staged changes, possibly one whose id was lost.

    Args:
        client: of the target.
        version: the version of the transaction.
    """
    now = client.snapshot()
    if now.version != version:
        return ()  # a transaction of an older version can never be committed
    return tuple(one for one in client.open_transactions(version) if client.snapshot(one).sha256 == now.sha256)


# A run that died, found by a later one


@dataclass(frozen=True, slots=True)
class Fate:
    """The outcome of a dead run.

    Args:
        words: a description.
        landed: the text of the target if it is the result of the run; None if it is not, or is unknown.
    """

    words: str
    landed: Snapshot | None = None


def fate_of(client: DataplaneClient, state: State, pushed: str = "") -> Fate:
    """The outcome of the run in the journal of a state; its open transaction is deleted.

    Args:
        client: of the target.
        state: the state with the journal.
        pushed: the text that the run wanted to push; "" if unknown.
    """
    facts, snapshot, last = facts_of(state.journal), client.snapshot(), last_phase(state.journal)
    if last is Phase.PUSH and facts.get("version") == str(snapshot.version):
        return Fate(NOTHING)
    if last is Phase.PUSH and pushed and _has_stored(snapshot, pushed, int(facts["version"])):
        return Fate("its text is stored, but the reload was not requested", snapshot)
    if facts.get("sha256") == snapshot.sha256:
        words = "it has committed, its result is stored, and whether HAProxy was reloaded is unknown"
        return Fate(words, snapshot)
    if any(record.phase == Phase.PUSH for record in state.journal):
        return Fate("the text may be stored without a reload; compare with `hsync drift`")
    transaction = facts.get("transaction", "") or _of_lost_answer(client, last, facts)
    if transaction and client.transaction_status(transaction) is not None:
        client.abandon(transaction)
        return Fate("nothing was changed, its transaction was deleted")
    if last is not None and last.stored and facts.get("version") != str(snapshot.version):
        return Fate("whether it has committed is unknown, the target has another text now")
    return Fate(NOTHING)


def _has_stored(snapshot: Snapshot, pushed: str, version: int) -> bool:
    """Whether exactly one write has followed a version, and the stored text has the meaning of a text."""
    once = snapshot.version == version + 1 and not snapshot.split_brain
    return once and not compare(Configuration.from_text(pushed), current_of(snapshot))


def _of_lost_answer(client: DataplaneClient, last: Phase | None, facts: Mapping[str, str]) -> str:
    """The transaction of a run that died before it knew the id; "" if there is none, or more than one is possible."""
    if last is not Phase.BEGIN or not facts.get("version", "").isdecimal():
        return ""
    left = unclaimed(client, int(facts["version"]))
    return left[0] if len(left) == 1 else ""
