"""file: a state in a folder, `state` or `file:///srv/hsync/state`."""

from __future__ import annotations

from pathlib import Path

from hsync.store.filestore import FileStore
from hsync.store.kinds.kind import Kind
from hsync.store.places import Place
from hsync.store.stores import Policy, StateStore, Subject


def _opened(where: str, subject: Subject, policy: Policy) -> StateStore:
    folder = Path(where.removeprefix("file://"))
    return FileStore(Place(folder, subject.name, subject.identity, subject.derived), policy)


KIND = Kind("file", _opened)
