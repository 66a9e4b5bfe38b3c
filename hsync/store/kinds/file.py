"""file: the store in a folder, `state` or `file:///srv/hsync/state`."""

from __future__ import annotations

from pathlib import Path

from hsync.store.filestore import FileStore
from hsync.store.kinds.kind import Kind
from hsync.store.places import Place
from hsync.store.stores import Policy, StateStore, Subject

__all__ = ["folder_of"]


def folder_of(where: str) -> Path | None:
    """The folder of a location; None for a location of another kind."""
    return Path(where.removeprefix("file://")) if "://" not in where or where.startswith("file://") else None


def _opened(where: str, subject: Subject, policy: Policy) -> StateStore:
    folder = folder_of(where) or Path(where)
    return FileStore(Place(folder, subject.name, subject.identity, subject.derived), policy)


KIND = Kind("file", _opened)
