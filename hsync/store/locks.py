"""locks: at most one run at a time for each target.

Rule 1: the lock is a `FileLock` on a file beside the state. The system releases it when the process dies.
Rule 2: the name of the file depends on the target's identity, so runs under several names of a target exclude each
other (see `places`).
Rule 3: the owner file beside the lock is for messages only, since it may be old. A run that finds one after it got the
lock knows that the previous run died.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shlex import quote

from hsync.errors import InputError
from hsync.files import FileLock, make_folder, reason, replace_file
from hsync.store.files import read_text
from hsync.store.owners import Owner, locked
from hsync.store.places import Place

__all__ = ["hold", "lock", "unlock"]

_OWNER_BYTES = 64 * 1024


@contextmanager
def lock(place: Place, *, owner: Owner | None = None, timeout: float = 0.0) -> Iterator[Owner | None]:
    """Hold the lock of a target.

    Args:
        place: of the target; a missing folder is created.
        owner: this run, for messages of other runs; None for this process without a command.
        timeout: seconds to wait for another run to end.

    Returns:
        The owner that died with the lock; None if there was none.

    Raises:
        LockedError: another run holds the lock; the message names the run.
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


def unlock(place: Place, agree: Callable[[Owner], object]) -> Owner | None:
    """Release the lock of a target: see `Locker.unlock`.

    A lock of another host is released by deleting its file: the next run locks a new one.

    Args:
        place: of the target.
        agree: called with the owner before.

    Returns:
        The owner; None if there was no lock.

    Raises:
        LockedError: the owner is at work on this host, or is unknown.
        InputError: the folder cannot be written.
    """
    file, path = place.lock_file(".holder"), place.lock_file(".lock")
    if not path.exists():
        return None
    held, owner = hold(path, timeout=0), _owner_in(file)
    if held is None and (owner is None or owner.is_at_work):
        raise locked(place.name, owner)
    try:
        if owner is not None:
            agree(owner)
            _delete(file, *([path] if held is None else []))
    finally:
        if held is not None:
            held.release()
    return owner


def _delete(*files: Path) -> None:
    try:
        for file in files:
            file.unlink(missing_ok=True)
    except OSError as fault:
        raise InputError(f"cannot delete {fault.filename}: {reason(fault)}", hint="check the state folder") from fault


def hold(path: Path, *, timeout: float) -> FileLock | None:
    """Lock a file.

    Args:
        path: the file; it and its folder are created if they are missing.
        timeout: seconds to wait.

    Returns:
        The lock, which the caller releases; None if another holder did not release it in time.

    Raises:
        InputError: the folder cannot be written, or the path of the folder or the file is something else.
    """
    held = FileLock(path)
    try:
        make_folder(path.parent)
        return held if held.acquire(timeout) else None
    except OSError as fault:
        raise InputError(f"cannot lock {path}: {reason(fault)}", hint=_remedy(path)) from fault


def _remedy(path: Path) -> str:
    """The hint for a lock file that cannot be created."""
    if path.parent.is_symlink():
        return f"set the real folder in hsync.toml: state = {json.dumps(str(path.parent.resolve()))}"
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        return f"it is not a lock file; check it, then: rm -r {quote(str(path))}"
    return "check the state folder and its mode"


def _owner_in(file: Path) -> Owner | None:
    """The owner in an owner file; None if there is none."""
    try:
        return Owner.load(read_text(file, max_bytes=_OWNER_BYTES, kind="lock", follow=False))
    except InputError:
        return None
