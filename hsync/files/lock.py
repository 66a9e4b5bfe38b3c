"""lock: one holder of a file at a time, among processes and among threads.

Rule 1: the system releases the lock when the process dies, however it dies (flock(2)).
Rule 2: nothing is written to the file, and it is never opened through a link, so that a link cannot be used to damage
another file.
Rule 3: the file is not deleted at the end: else two processes could lock two files of the same name. If somebody else
deletes it, who waits for it locks the new file of its name.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path

from hsync.files.reading import refuse_irregular

__all__ = ["FileLock"]

POLL_S = 0.01
"""Seconds between attempts while another process or thread holds the lock."""


class _Mine(threading.local):
    """State of the lock in this thread."""

    times = 0
    handle = -1


class FileLock:
    """A lock. The thread that holds it may acquire it again, and must release it as often.

    Args:
        path: the file; it is created if it is missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine = _Mine()

    def acquire(self, timeout: float) -> bool:
        """Acquire the lock.

        Args:
            timeout: seconds to wait for another holder.

        Returns:
            Whether this thread holds the lock now.

        Raises:
            OSError: the file cannot be created, or is a link, a folder, a pipe or a device.
        """
        end = time.monotonic() + timeout
        while not self._mine.times:
            handle = _opened(self.path)
            try:
                taken, current = _taken(handle, end), _is_at(handle, self.path)
            except BaseException:
                os.close(handle)
                raise
            if taken and current:
                self._mine.handle = handle
                break
            os.close(handle)
            if current:
                return False
        self._mine.times += 1
        return True

    def release(self) -> None:
        """Release the lock."""
        self._mine.times -= 1
        if not self._mine.times:
            os.close(self._mine.handle)


def _opened(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        refuse_irregular(os.fstat(handle), path)
    except OSError:
        os.close(handle)
        raise
    return handle


def _is_at(handle: int, path: Path) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _taken(handle: int, end: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                return False
            time.sleep(POLL_S)
        else:
            return True
