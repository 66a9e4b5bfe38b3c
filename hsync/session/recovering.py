"""recovering: from an odd target to one that runs what it has stored, by a plan that is shown first.

What is odd: a run of hsync died in the middle; a failed reload has left another text in the memory of the server than
on its disk; a text is stored, and HAProxy may not have been told to reload it.

Source: docs/reference/dataplane-api.md, the way out of a split brain.
"""

from __future__ import annotations

from dataclasses import dataclass

from hsync.errors import StalePlanError
from hsync.plan.plan import Plan
from hsync.plan.scope import Scope
from hsync.session.asked import Judging
from hsync.session.fate import unloaded
from hsync.session.promise import why_whole
from hsync.session.session import Session
from hsync.session.sources import Source

__all__ = ["recover"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found.

    Args:
        words: one sentence each.
        plan: the plan that makes HAProxy run what the target has on disk; None when nothing is odd.
    """

    words: tuple[str, ...]
    plan: Plan | None = None


def recover(session: Session, judging: Judging) -> Recovery:
    """Settle what a dead run has left, and plan the way out of what only a push of the whole text can put right.

    The last good text is what the target has on disk: after a failed reload the server has put it back there.

    Args:
        session: with the target. The lock is held.
        judging: how HAProxy judges the text.

    Raises:
        StalePlanError: the file was edited, and the server has not read it: only waiting helps.
        TargetError: the target cannot be read.
    """
    snapshot = session.client.at_rest()
    reason = why_whole(snapshot) or unloaded(session.state, snapshot)
    session.settle()
    if not reason:
        if snapshot.split_brain:
            raise StalePlanError(f"{session.name}: {snapshot.split_brain}", hint=_WAIT)
        return Recovery((f"{session.name}: nothing is odd: it runs what it has stored", *_open(session)))
    source = Source(snapshot.body, f"{session.name} (on disk)")
    return Recovery((reason, *_open(session)), session.plan(source, Scope(), judging))


_WAIT = "the server reads an edited file by itself within 20 s; where it does not, restart the Data Plane API"


def _open(session: Session) -> tuple[str, ...]:
    """Transactions that are open on the server, whoever opened them."""
    found = session.client.open_transactions(session.client.snapshot().version)
    if not found:
        return ()
    many = f"{len(found)} transactions are" if len(found) > 1 else "a transaction is"
    return (f"{many} open on the server, of this or of another program: {', '.join(found)}; {session.client.tidying}",)
