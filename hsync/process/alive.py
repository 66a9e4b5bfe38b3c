"""alive: whether a process of this machine is still there, though its id may have been used again.

Source: proc_pid_stat(5), fields 3 (state) and 22 (start, in ticks since the boot).
"""

from __future__ import annotations

import os
from pathlib import Path

from hsync.files import read_file

__all__ = ["is_alive", "started_at"]

PROC = Path("/proc")

_UNKNOWN = "?"
"""The start of each process where the system has no /proc."""


def started_at(pid: int) -> str:
    """When a process was started: with its id it is the process; "" if there is none.

    A process that has ended, and that nobody has waited for, is none.
    """
    if not (PROC / "self").exists():
        return _UNKNOWN if _is_there(pid) else ""
    try:
        fields = read_file(PROC / str(pid) / "stat", max_bytes=65536).rpartition(b")")[2].split()
        return "" if fields[0] in b"ZX" else fields[19].decode()
    except (OSError, IndexError):
        return ""


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_alive(pid: int, started: str) -> bool:
    """Whether a process is still there.

    Args:
        pid: its id.
        started: from `started_at`.
    """
    return started != "" and started_at(pid) == started
