"""statefile: the state of a target in its file, read and written by functions.

The callers that have a `StateStore` use its methods; `Journal` is in `journal`, the values are in `state`.
"""

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
    """Write the state of a target, if it is still the one that was read (see `FileStore.write`)."""
    return FileStore(place).write(state, expected_serial=state.serial)
