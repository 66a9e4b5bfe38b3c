"""What hsync keeps on disk: plan files, state files, locks. Reading is strict, writing is atomic."""

from hsync.store.files import read_text, timestamp, write_text
from hsync.store.locks import lock
from hsync.store.places import Place
from hsync.store.planfile import Meta
from hsync.store.statefile import Applied, Journal, Record, Run, State, read_state, write_state

__all__ = [
    "Applied",
    "Journal",
    "Meta",
    "Place",
    "Record",
    "Run",
    "State",
    "lock",
    "read_state",
    "read_text",
    "timestamp",
    "write_state",
    "write_text",
]
