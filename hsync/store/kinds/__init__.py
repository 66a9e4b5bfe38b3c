"""kinds: from the setting `state` of a project to the store of a target.

A module with a `KIND` is found; there is no list to edit. What a store must do is in `hsync.store.stores`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hsync.errors import UsageError
from hsync.registered import registered
from hsync.store.kinds.kind import Kind
from hsync.store.stores import Policy, StateStore, Subject

__all__ = ["KINDS", "kind_of", "open_store"]

KINDS: Mapping[str, Kind] = {kind.scheme: kind for kind in registered(__name__, "KIND", Kind)}
"""By the scheme of their location. A location without a scheme is a folder."""


def open_store(
    where: str | Path, subject: Subject, policy: Policy | None = None, *, kinds: Mapping[str, Kind] = KINDS
) -> StateStore:
    """The store of a target.

    Args:
        where: a folder, or a URL whose scheme is in `kinds`.
        subject: the target.
        policy: how much is kept; None for the defaults.
        kinds: the stores that exist.

    Raises:
        UsageError: no store has this scheme.
    """
    return kind_of(where, kinds).opened(str(where), subject, policy or Policy())


def kind_of(where: str | Path, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """The kind of store that a location names. Opens nothing.

    Args:
        where: as for `open_store`.
        kinds: the stores that exist.

    Raises:
        UsageError: no store has this scheme.
    """
    scheme, separator, _ = str(where).partition("://")
    kind = scheme if separator else "file"
    if kind not in kinds:
        known = ", ".join(f"{one}://" for one in kinds)
        raise UsageError(f"state = {str(where)!r}: there is no store {kind!r}", hint=f"a folder, or one of: {known}")
    return kinds[kind]
