"""store: the state, lock, history and kept texts of a target; and plan files. Reading is strict, writing is atomic.

Callers open the store of a target with `open_store` and use the methods of `StateStore`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

if TYPE_CHECKING:
    from hsync.store.clock import Clock, Limit
    from hsync.store.files import timestamp, write_text
    from hsync.store.filestore import FileStore
    from hsync.store.journal import Journal
    from hsync.store.kinds import open_store
    from hsync.store.locks import lock
    from hsync.store.pending import Pending
    from hsync.store.places import Place
    from hsync.store.planfile import Meta
    from hsync.store.state import Applied, Facts, Record, Run, State
    from hsync.store.statefile import read_state, write_state
    from hsync.store.stores import Policy, StateStore, Subject

__all__ = [
    "Applied",
    "Clock",
    "Facts",
    "FileStore",
    "Journal",
    "Limit",
    "Meta",
    "Pending",
    "Place",
    "Policy",
    "Record",
    "Run",
    "State",
    "StateStore",
    "Subject",
    "lock",
    "open_store",
    "read_state",
    "timestamp",
    "write_state",
    "write_text",
]

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(("Clock", "Limit"), "store.clock"),
        **dict.fromkeys(("timestamp", "write_text"), "store.files"),
        "FileStore": "store.filestore",
        "Journal": "store.journal",
        "open_store": "store.kinds",
        "lock": "store.locks",
        "Pending": "store.pending",
        "Place": "store.places",
        "Meta": "store.planfile",
        **dict.fromkeys(("Applied", "Facts", "Record", "Run", "State"), "store.state"),
        **dict.fromkeys(("read_state", "write_state"), "store.statefile"),
        **dict.fromkeys(("Policy", "StateStore", "Subject"), "store.stores"),
    },
)
