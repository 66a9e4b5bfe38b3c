"""kinds: from the setting `state` of a project to the store of a target.

To add a kind, add a module with a `KIND`; there is no list to edit. `hsync.store.stores` has the interface of a store.
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
"""Kinds by the scheme of their location. A location without a scheme is a folder."""


def open_store(
    where: str | Path, subject: Subject, policy: Policy | None = None, *, kinds: Mapping[str, Kind] = KINDS
) -> StateStore:
    """The store of a target.

    Args:
        where: a folder, or a URL whose scheme is in `kinds`.
        subject: the target.
        policy: limits of history and kept texts; None for the defaults.
        kinds: the kinds of stores.

    Raises:
        UsageError: no store has this scheme.
    """
    return kind_of(where, kinds).opened(str(where), subject, policy or Policy())


def kind_of(where: str | Path, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """The kind of store of a location. Opens nothing.

    Args:
        where: see `open_store`.
        kinds: the kinds of stores.

    Raises:
        UsageError: no store has this scheme.
    """
    scheme, separator, _ = str(where).partition("://")
    kind = scheme if separator else "file"
    if kind not in kinds:
        known = ", ".join(f"{one}://" for one in kinds)
        what = f"state = {str(where)!r}: unknown kind of store: {kind!r}"
        raise UsageError(what, hint=f"give a folder, or one of: {known}")
    return kinds[kind]
