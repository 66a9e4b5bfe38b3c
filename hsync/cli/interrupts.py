"""interrupts: what has become of a target when a run was interrupted, in words, and what to type next.

Theory: the last phase in the journal says which request may have been at work. What that one did is read from the
target: its version, its text, its transactions. What stays unknown is called unknown, and the journal stays for the
next run, which looks again.

Rule 1: "nothing was changed" is said only if the target was read, or no request had been sent that changes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from click import Abort

from hsync.cli.signals import code_of
from hsync.errors import HsyncError

if TYPE_CHECKING:
    from hsync.dataplane import DataplaneClient
    from hsync.store import Record

__all__ = ["NOTHING", "Ending", "RunInterruptedError", "ending_of", "told", "unclaimed", "verified"]

NOTHING = "nothing was changed"
DELETED = "nothing was changed, the transaction was deleted"
UNKNOWN = "it is unknown what has become of the target"


class RunInterruptedError(HsyncError):
    """A run that was interrupted; `exit_code` is that of the signal."""

    def __init__(self, words: str, code: int, *, hint: str = "") -> None:
        super().__init__(f"interrupted: {words}", hint=hint)
        self.exit_code = code


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


@contextmanager
def told(ending: Callable[[], Ending]) -> Iterator[None]:
    """Tell an interrupt of the block as an error that says what is the case.

    Args:
        ending: finds that out. A second interrupt ends it: nothing is known then.
    """
    try:
        yield
    except (KeyboardInterrupt, Abort) as stop:  # click's prompt makes an Abort of a Ctrl-C
        code = code_of(stop)
        try:
            found = ending()
        except KeyboardInterrupt:
            found = Ending(UNKNOWN, "the next hsync apply on this target finds out")
        raise RunInterruptedError(found.words, code, hint=found.hint) from stop


def ending_of(client: DataplaneClient, journal: Sequence[Record], again: str) -> Ending:
    """What has become of a target when a run was interrupted.

    Args:
        client: of the target.
        journal: the records of the run.
        again: the command that applies the same plan.
    """
    if not journal:
        return Ending(NOTHING, over=True)
    facts = {name: value for record in journal for name, value in record.facts}
    try:
        return _ENDINGS[_kind(journal)](client, facts, again)
    except HsyncError as fault:
        return Ending(f"{UNKNOWN}: {fault.message}", f"when it answers again, run the same plan again: {again}")


def _kind(journal: Sequence[Record]) -> str:
    phases = [one.phase for one in journal]
    return "finish" if phases[-1] == "commit" and "transaction" not in dict(journal[-1].facts) else phases[-1]


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

_ENDINGS: dict[str, Callable[[DataplaneClient, dict[str, str], str], Ending]] = {
    "begin": _begun,
    "send": _sent,
    "commit": _committing,
    "push": _pushed,
    "restore": _restoring,
    "finish": _finishing,
    "reload": _committed,
}
"""By the phase that had begun; `finish` is the second push of a whole text."""


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
