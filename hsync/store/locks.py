"""locks: one run at a time for each target.

Rule 1: the lock is one of `hsync.files` on a file beside the state: it ends with the process, however that dies.
Rule 2: the file is that of the target's identity: two names of one target exclude each other (see `places`).
Rule 3: the owner is written beside the lock, for messages only. It decides nothing, since it may be old: a run that
finds it there after it got the lock took over from a dead run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from hsync.errors import InputError
from hsync.files import FileLock, make_folder, reason, replace_file
from hsync.store.files import read_text
from hsync.store.places import Place
from hsync.store.stores import Owner, locked

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
            replace_file(file, (owner or Owner.here()).dump().encode())
        yield dead
    finally:
        with suppress(OSError):
            file.unlink()
        held.release()


def hold(path: Path, *, timeout: float) -> FileLock | None:
    """Lock a file.

    Args:
        path: the file; it and its folder are made when they are missing.
        timeout: seconds to wait.

    Returns:
        The lock, to be released; None when another holder did not release it in time.

    Raises:
        InputError: the folder cannot be written, or something is in the place of the folder or the file.
    """
    held = FileLock(path)
    try:
        make_folder(path.parent)
        return held if held.acquire(timeout) else None
    except OSError as fault:
        raise InputError(f"cannot lock {path}: {reason(fault)}", hint=_remedy(path)) from fault


def _remedy(path: Path) -> str:
    """What to do about a lock that cannot be made."""
    if path.parent.is_symlink():
        return f"name the folder itself in hsync.toml: state = {json.dumps(str(path.parent.resolve()))}"
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        return f"another thing is in the place of the lock; look at it, then: rm -r {quote(str(path))}"
    return "check the state folder and its mode"


def _owner_in(file: Path) -> Owner | None:
    """The owner that a file names; None when there is none."""
    try:
        return Owner.load(read_text(file, max_bytes=_OWNER_BYTES, kind="lock", follow=False))
    except InputError:
        return None
