"""owners: the run that holds the lock of a target, for messages, and for `hsync state unlock`."""

from __future__ import annotations

import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from hsync.errors import LockedError
from hsync.process.alive import started_at
from hsync.store.files import timestamp

__all__ = ["Owner", "locked"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The run that holds a lock, for messages only.

    Args:
        user: its user.
        host: its host.
        pid: its process id on the host.
        since: time of the lock, `2026-11-23T21:20:04Z`.
        command: its command, without values of options: `hsync apply`.
    """

    user: str
    host: str
    pid: int
    since: str
    command: str = ""

    @classmethod
    def here(cls, command: str = "") -> Owner:
        """This process, now."""
        return cls(_user(), socket.gethostname(), os.getpid(), timestamp(), command)

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is on another host, where its process cannot be seen."""
        return self.host != socket.gethostname()

    @property
    def is_at_work(self) -> bool:
        """Whether its process lives on this host. The id may have been used again: a free lock tells more."""
        return not self.is_elsewhere and started_at(self.pid) != ""

    @property
    def person(self) -> str:
        """User and host, `ann@host7`."""
        return f"{self.user}@{self.host}"

    def words(self, now: datetime | None = None) -> str:
        """The owner in a message: `process 4711 of ann on host7: hsync apply, since 2026-11-23T21:20:04Z (12 s)`."""
        running = f": {self.command}" if self.command else ""
        age = self.age_s(now)
        for_long = "" if age is None else f" ({_duration(age)})"
        return f"process {self.pid} of {self.user} on {self.host}{running}, since {self.since}{for_long}"

    def age_s(self, now: datetime | None = None) -> int | None:
        """Age of the lock in seconds; None if `since` is not a time."""
        try:
            return max(0, round(((now or datetime.now(UTC)) - datetime.fromisoformat(self.since)).total_seconds()))
        except (ValueError, TypeError):  # not a time, or without a zone
            return None

    def dump(self) -> str:
        """The owner as a text, which a store can write beside its lock."""
        return json.dumps(asdict(self), sort_keys=True) + "\n"

    @classmethod
    def load(cls, text: str) -> Owner | None:
        """The owner from a text of `dump`; None for any other text."""
        try:
            found = json.loads(text)
            fields = (found.get("user", ""), found["host"], found["pid"], found["since"], found.get("command", ""))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return None
        return cls(*fields) if tuple(map(type, fields)) == (str, str, int, str, str) else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # in a container the user may have no name
        return f"user {os.getuid()}"


def _duration(seconds: int) -> str:
    """`12 s`, `3 min`, `5 h`, `2 days`."""
    for unit, size in (("days", 172800), ("h", 7200), ("min", 120)):
        if seconds >= size:
            return f"{seconds // {'days': 86400, 'h': 3600, 'min': 60}[unit]} {unit}"
    return f"{seconds} s"


def locked(name: str, owner: Owner | None) -> LockedError:
    """The error for a lock that another run holds.

    Args:
        name: of the target.
        owner: the other run; None if it is unknown.
    """
    words = owner.words() if owner else "its process is unknown"
    rest = "the lock ends with the process: do not delete a file"
    if owner and owner.is_elsewhere:
        rest = f"if it is dead on {owner.host} and the lock is still held: hsync state unlock"
    return LockedError(
        f"another run of hsync holds the lock of {name} ({words})",
        owner=owner.words() if owner else "",
        age_s=owner.age_s() if owner else None,
        hint=f"wait for its end, or use --lock-timeout SECONDS; {rest}",
    )
