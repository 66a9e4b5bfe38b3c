"""locks: one run at a time for each target.

Rule 1: the lock is a `flock` on a sidecar file; the system lets go of it when the process dies, however it dies.
The file itself stays: removing it would let two runs hold two files of one name.
Rule 2: the file is that of the target's identity: two names of one target exclude each other (see `places`).
Rule 3: who holds it stands beside it, for the message only. It decides nothing, since it may be old.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hsync.errors import InputError, LockedError
from hsync.files import reason
from hsync.store.files import timestamp
from hsync.store.places import Place

__all__ = ["lock"]


@contextmanager
def lock(place: Place, *, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock of a target.

    Args:
        place: of the target; its folder is made when it is missing.
        timeout: seconds to wait for another run to end.

    Raises:
        LockedError: another run holds it; the message tells which.
        InputError: the folder cannot be written.
    """
    from filelock import Timeout, UnixFileLock  # ten milliseconds that commands without a lock do not spend

    held = UnixFileLock(place.lock_file(".lock"), mode=0o644)
    holder = place.lock_file(".holder")
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=timeout)
    except Timeout:
        raise _locked(place, holder) from None
    except OSError as fault:
        raise InputError(
            f"cannot lock {held.lock_file}: {reason(fault)}", hint="check the state folder and its mode"
        ) from fault
    try:
        _announce(holder)
        yield
    finally:
        with suppress(OSError):
            holder.unlink()
        held.release()


def _announce(holder: Path) -> None:
    who = {"host": socket.gethostname(), "pid": os.getpid(), "since": timestamp()}
    with suppress(OSError):
        holder.write_text(json.dumps(who) + "\n", encoding="utf-8")


def _locked(place: Place, holder: Path) -> LockedError:
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        name = f"process {who['pid']} on {who['host']}, since {who['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        name = "it did not write who it is"
    return LockedError(
        f"another run of hsync holds the lock of {place.name} ({name})",
        hint="let it end, or wait with --lock-timeout SECONDS; the lock ends with its process, no file to delete",
    )
