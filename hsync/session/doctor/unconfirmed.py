"""unconfirmed: whether an apply waits for its confirmation; until then another plan is refused."""

from __future__ import annotations

from collections.abc import Iterator

from hsync.output.words import short
from hsync.session.confirming import is_watched, rest_words
from hsync.session.doctor.check import Check, Context, Finding, Level


def _unconfirmed(context: Context) -> Iterator[Finding]:
    session = context.session
    pending = session.state.pending if session.state else None
    if pending is None:
        return
    what = f"the apply of {short(pending.plan)} is not confirmed, {rest_words(pending, session.clock)}"
    remedy = "hsync confirm" if is_watched(pending) or pending.trouble else "its watcher has died: hsync recover"
    yield Finding(Level.ERROR, what, remedy)


CHECK = Check(55, _unconfirmed)
