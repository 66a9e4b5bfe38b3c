"""registry: from the setting `state` of a project to the store of a target.

Rule: a new store is its file and a line in `KINDS` (see `stores` for the steps).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from hsync.errors import UsageError
from hsync.store.filestore import FileStore
from hsync.store.places import Place
from hsync.store.stores import Policy, StateStore, Subject

__all__ = ["KINDS", "open_store"]

Opener = Callable[[str, Subject, Policy], StateStore]
"""Makes a store from the location, the target and the policy."""


def _file_store(where: str, subject: Subject, policy: Policy) -> StateStore:
    """`state` or `file:///srv/hsync/state`: a folder."""
    folder = Path(where.removeprefix("file://"))
    return FileStore(Place(folder, subject.name, subject.identity, subject.derived), policy)


KINDS: Mapping[str, Opener] = {"file": _file_store}
"""Stores by the scheme of their location. A location without a scheme is a folder."""


def open_store(
    where: str | Path, subject: Subject, policy: Policy | None = None, *, kinds: Mapping[str, Opener] = KINDS
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
    scheme, separator, _ = str(where).partition("://")
    kind = scheme if separator else "file"
    if kind not in kinds:
        raise UsageError(
            f"state = {str(where)!r}: there is no store {kind!r}", hint=f"a folder, or one of: {', '.join(kinds)}"
        )
    return kinds[kind](str(where), subject, policy or Policy())
