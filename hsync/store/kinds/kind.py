"""kind: a kind of store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hsync.store.stores import Policy, StateStore, Subject

__all__ = ["Kind"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of store.

    Args:
        scheme: of the location, `file` in `file:///srv/hsync/state`.
        opened: creates a store from the location, the target and the policy.
    """

    scheme: str
    opened: Callable[[str, Subject, Policy], StateStore]
