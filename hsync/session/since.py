"""since: what somebody else has changed on a target since hsync left it, object by object.

The third side of a comparison: the text that the last apply has kept; there is none after an import. Secrets are masked
on both sides, so a secret alone that was changed is not among the changes.
"""

from __future__ import annotations

from hsync.dataplane import Snapshot
from hsync.errors import InputError
from hsync.model import Configuration
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.places import secrets_at
from hsync.plan.plan import Change
from hsync.secrecy import learn, scope
from hsync.session.shown import masked_text
from hsync.store import State, StateStore
from hsync.store.state import last_left

__all__ = ["changed_since"]


def changed_since(store: StateStore, state: State | None, snapshot: Snapshot) -> tuple[Change, ...]:
    """The changes from what hsync left to what the target has.

    Args:
        store: of the target.
        state: of the target.
        snapshot: what it has.

    Returns:
        The changes; none if nothing was kept of what hsync left, or if only words differ.
    """
    digest = last_left(state) if state else ""
    if state is None or not digest:
        return ()
    try:
        left = store.fetch(digest)
    except InputError:
        return ()  # it is not kept any more
    with scope():
        learn(secrets_at(state.secrets, snapshot.body.split("\n")))
        texts = [Configuration.from_text(masked_text(text)) for text in (left, snapshot.body)]
        return changes_for(compare(*texts), lambda _: "")
