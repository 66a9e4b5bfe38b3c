"""clock: the clocks of this machine, for a time limit that must hold beyond the life of a process.

Rule 1: within one boot of a machine the time since that boot decides. Nobody sets it, and it runs on while the machine
sleeps, so that a wall clock that is set forward or back neither ends a time limit nor prolongs it.
Rule 2: after a restart, on another machine, and where the system has no id of its boot, the wall clock decides. If it
shows a time before the limit was set, it was set back, and the limit is over.

Source: clock_gettime(2), CLOCK_BOOTTIME; random(4), boot_id.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hsync.errors import InputError
from hsync.store.files import read_text

__all__ = ["Clock", "Limit"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def _stamp(seconds: float) -> str:
    """A time as text, `2026-11-23T21:20:04Z`.

    Args:
        seconds: since 1970.
    """
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """The clocks of this machine."""

    def wall(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def uptime(self) -> float:
        """Seconds since the boot of the machine, with the time that it slept."""
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def boot(self) -> str:
        """Id of this boot; "" if the system has none."""
        try:
            return read_text(_BOOT_ID, max_bytes=1024, kind="boot id").strip()
        except InputError:
            return ""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit.

    Args:
        within_ms: its length.
        since: when it was set, by the wall clock.
        boot: the boot of the machine in which it was set; "" if unknown.
        uptime_ms: time since that boot.
    """

    within_ms: int
    since: str
    boot: str = ""
    uptime_ms: int = 0

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> Limit:
        """The limit in a number of seconds from now."""
        return cls(round(seconds * 1000), _stamp(clock.wall()), clock.boot(), round(clock.uptime() * 1000))

    def again(self, clock: Clock) -> Limit:
        """The same limit from now on."""
        return self.after(self.within_ms / 1000, clock)

    @property
    def until(self) -> str:
        """Its end by the wall clock, for people."""
        return _stamp(self._since + self.within_ms / 1000)

    @property
    def _since(self) -> float:
        return datetime.fromisoformat(self.since).timestamp()

    def left_s(self, clock: Clock) -> float:
        """Seconds until its end; 0 behind it."""
        within, gone = self.within_ms / 1000, clock.wall() - self._since
        if self.boot and self.boot == clock.boot():
            gone = clock.uptime() - self.uptime_ms / 1000
        return min(within, max(0.0, within - gone)) if gone > -1 else 0.0
