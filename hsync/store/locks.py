"""locks: one run at a time for each target.

Rule 1: the lock is a `flock` on a sidecar file; the system lets go of it when the process dies, however it dies.
The file itself stays: removing it would let two runs hold two files of one name.
Rule 2: who holds it stands beside it, for the message only. It decides nothing, since it may be old.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from hsync.errors import InputError, LockedError
from hsync.store.files import reason, timestamp

__all__ = ["file_of", "lock"]


def file_of(folder: Path, target: str, suffix: str) -> Path:
    """The file of a target: its name with everything odd percent-encoded, so that it cannot leave the folder.

    Args:
        folder: the state folder.
        target: name of the target.
        suffix: `.json`, `.lock` or `.holder`.
    """
    return folder / (quote(target, safe=" @:+,=", errors="surrogateescape") + suffix)


@contextmanager
def lock(folder: Path, target: str, *, timeout: float = 0.0) -> Iterator[None]:
    """Hold the lock of a target.

    Args:
        folder: the state folder; made when it is missing.
        target: name of the target.
        timeout: seconds to wait for another run to end.

    Raises:
        LockedError: another run holds it; the message tells which.
        InputError: the folder cannot be written.
    """
    from filelock import Timeout, UnixFileLock  # ten milliseconds that commands without a lock do not spend

    held = UnixFileLock(file_of(folder, target, ".lock"), mode=0o644)
    holder = file_of(folder, target, ".holder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held.acquire(timeout=timeout)
    except Timeout:
        raise _locked(target, holder) from None
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


def _locked(target: str, holder: Path) -> LockedError:
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        name = f"process {who['pid']} on {who['host']}, since {who['since']}"
    except (OSError, ValueError, LookupError, TypeError):
        name = "it did not write who it is"
    return LockedError(
        f"another run of hsync holds the lock of {target} ({name})",
        hint="let it end, or wait with --lock-timeout SECONDS; the lock ends with its process, no file to delete",
    )
