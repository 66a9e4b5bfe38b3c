"""locks: one run at a time for each target.

Rule 1: the lock is a `flock` on a sidecar file; the system releases it when the process dies, however it dies.
The file itself stays: if it were deleted, two runs could hold two files of one name.
Rule 2: the file is that of the target's identity: two names of one target exclude each other (see `places`).
Rule 3: the owner is written beside the lock, for messages only. It decides nothing, since it may be old: a run that
finds it there after it got the lock took over from a dead run.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.errors import InputError
from hsync.files import reason, replace_file
from hsync.store.files import read_text
from hsync.store.places import Place
from hsync.store.stores import Owner, locked

if TYPE_CHECKING:
    from filelock import UnixFileLock

__all__ = ["hold", "lock"]

_OWNER_BYTES = 64 * 1024


@contextmanager
def lock(place: Place, *, owner: Owner | None = None, timeout: float = 0.0) -> Iterator[Owner | None]:
    """Hold the lock of a target.

    Args:
        place: of the target; its folder is made when it is missing.
        owner: this run, for the messages of the others; None for this process without a command.
        timeout: seconds to wait for another run to end.

    Returns:
        The owner that died with the lock, when this run took it over; else None.

    Raises:
        LockedError: another run holds it; the message names it.
        InputError: the folder cannot be written.
    """
    file = place.lock_file(".holder")
    held = hold(place.lock_file(".lock"), timeout=timeout)
    if held is None:
        raise locked(place.name, _owner_in(file))
    try:
        dead = _owner_in(file)
        with suppress(OSError):
            replace_file(file, (owner or Owner.here()).dump().encode(), mode=0o644)
        yield dead
    finally:
        with suppress(OSError):
            file.unlink()
        held.release()


def hold(path: Path, *, timeout: float) -> UnixFileLock | None:
    """Lock a file.

    Args:
        path: the file; it and its folder are made when they are missing.
        timeout: seconds to wait.

    Returns:
        The lock, to be released; None when another holder did not release it in time.

    Raises:
        InputError: the folder cannot be written.
    """
    from filelock import Timeout, UnixFileLock  # ten milliseconds that commands without a lock do not spend

    held = UnixFileLock(path, mode=0o644)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=timeout, poll_interval=0.01)
    except Timeout:
        return None
    except OSError as fault:
        raise InputError(
            f"cannot lock {held.lock_file}: {reason(fault)}", hint="check the state folder and its mode"
        ) from fault
    return held


def _owner_in(file: Path) -> Owner | None:
    """The owner that a file names; None when there is none."""
    try:
        return Owner.load(read_text(file, max_bytes=_OWNER_BYTES, kind="lock", follow=False))
    except InputError:
        return None
