"""recovering: finds a target that does not run its stored text, and makes a plan to correct this.

The reasons: a run of hsync died; after a failed reload the memory of the server has another text than its disk; a text
is stored, but its reload may not have been requested.

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
    """The result of recover.

    Args:
        words: the findings, one sentence each.
        plan: the plan that makes HAProxy run the text on disk; None if there is nothing to recover.
    """

    words: tuple[str, ...]
    plan: Plan | None = None


def recover(session: Session, judging: Judging) -> Recovery:
    """Clean up after a dead run, and make a plan if only a raw push can correct the target.

    The last good text is on the target's disk: after a failed reload the server restores it there.

    Args:
        session: the session with the target. The caller holds the lock.
        judging: the options of HAProxy's check.

    Raises:
        StalePlanError: the server has not read an edited file yet.
        TargetError: the target cannot be read.
    """
    snapshot = session.client.at_rest()
    reason = why_whole(snapshot) or unloaded(session.state, snapshot)
    session.settle()
    if not reason:
        if snapshot.split_brain:
            raise StalePlanError(f"{session.name}: {snapshot.split_brain}", hint=_WAIT)
        return Recovery((f"{session.name}: nothing to recover: it runs the stored text", *_open(session)))
    source = Source(snapshot.body, f"{session.name} (on disk)")
    return Recovery((reason, *_open(session)), session.plan(source, Scope(), judging))


_WAIT = "the server reads an edited file within 20 s; if it does not, restart the Data Plane API"


def _open(session: Session) -> tuple[str, ...]:
    """All open transactions on the server, also of other programs."""
    found = session.client.open_transactions(session.client.snapshot().version)
    if not found:
        return ()
    many = f"{len(found)} transactions are" if len(found) > 1 else "a transaction is"
    return (f"{many} open on the server, of this or of another program: {', '.join(found)}; {session.client.tidying}",)
