"""since: what somebody else has changed on a target since hsync left it, object by object.

The third side of a comparison: the text that the last apply has kept; there is none after an import.
"""

from __future__ import annotations

from collections.abc import Mapping

from hsync.dataplane import Snapshot
from hsync.errors import InputError
from hsync.model import Configuration
from hsync.output.words import short
from hsync.plan.changes import changes_for
from hsync.plan.compare import compare
from hsync.plan.masked import masked_text
from hsync.plan.places import secrets_at
from hsync.plan.plan import Change, Plan
from hsync.plan.whose import Left
from hsync.secrecy import learn, scope
from hsync.store import State, StateStore
from hsync.store.state import last_left

__all__ = ["UNKNOWN", "changed_since", "left_on", "untold"]

UNKNOWN = "which changes undo those of somebody else is unknown: the text that the last apply has left is not kept here"
"""Note of a plan for a target that has drifted."""


def left_on(store: StateStore, state: State | None, sha256: str, named: Mapping[str, str] | None = None) -> Left | None:
    """What hsync's last apply has left on a target.

    Args:
        store: of the target.
        state: of the target.
        sha256: digest of the text that the target has now.
        named: secrets by reference, as the desired text has them.

    Returns:
        The text; None if none was kept, or a run is under way or died, which may have changed the target itself.
    """
    kept = last_left(state) if state else ""
    if state is None or state.applied is None or state.journal or not kept:
        return None
    applied = state.applied.sha256
    try:
        text = store.fetch(kept)
    except InputError:
        return None  # it is not kept any more
    return Left(kept, text, applied == sha256, applied, state.secrets, named or {})


def untold(plan: Plan, left: Left | None) -> str:
    """That a plan could not be held to what it says about whose its changes are; "" if it could, or says nothing.

    Args:
        plan: the plan.
        left: the text that it names; None if it is not kept here.
    """
    if left is not None or not plan.base.left:
        return ""
    return (
        f"whose the changes are was not checked: {short(plan.base.left)}, which the last apply left, is not kept here"
    )


def changed_since(left: Left | None, snapshot: Snapshot) -> tuple[Change, ...]:
    """The changes from what hsync left to what the target has.

    Args:
        left: what it has left; None if it is unknown.
        snapshot: what the target has.

    Returns:
        The changes; none if only words differ.
    """
    if left is None:
        return ()
    plain = left.plain(snapshot.body)
    with scope():
        learn(secrets_at(left.places, snapshot.body.split("\n")))
        texts = (left.text, snapshot.body) if plain is None else (plain, snapshot.body)
        before, after = (Configuration.from_text(masked_text(text) if plain is None else text) for text in texts)
        return changes_for(compare(before, after), lambda _: "")
