"""statefile: functions to read and write the state file of a target, for callers without a `StateStore`."""

from __future__ import annotations

from hsync.store.filestore import FileStore
from hsync.store.journal import Journal
from hsync.store.places import Place
from hsync.store.state import Applied, Record, Run, State
from hsync.store.stores import HISTORY

__all__ = ["HISTORY", "Applied", "Journal", "Record", "Run", "State", "read_state", "write_state"]


def read_state(place: Place) -> State | None:
    """Read the state of a target (see `FileStore.read`)."""
    return FileStore(place).read()


def write_state(place: Place, state: State) -> State:
    """Write the state of a target, if the file has not changed since it was read (see `FileStore.write`)."""
    return FileStore(place).write(state, expected_serial=state.serial)
