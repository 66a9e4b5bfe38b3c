"""watcher: the process that waits for the confirmation of an apply, and takes the way back if there is none in time.

Theory of operation: it is `hsync confirm --wait`, which anybody can run; `apply --confirm-within` starts it in a
session of its own, so that it survives the terminal and the apply. It needs neither target nor lock while it waits: it
looks into the state. Whoever ends the waiting removes the record there.

Rule 1: before it says its first line, it has proved that it could take the way back: it reaches the target, and has the
kept text with its secrets.
Rule 2: an error of the target is no end: it tries again, for `PATIENCE_S`. What it cannot do is recorded in the state.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hsync import processes
from hsync.errors import HsyncError, InputError, LockedError
from hsync.files import opened_log, reason
from hsync.output.words import short
from hsync.session.confirming import accept, identity_of, is_watched, rest_words
from hsync.session.probes import Probing
from hsync.session.project import Project
from hsync.session.session import Session
from hsync.session.taking_back import check_way, take_back, was_in_trouble
from hsync.store import Clock, Pending, StateStore
from hsync.store.files import read_text
from hsync.store.places import short_digest

__all__ = ["LOCK_S", "Watcher", "resume", "start"]

POLL_S = 0.5
"""Seconds between two looks into the state."""

LOCK_S = 5.0
"""Seconds for which a look waits for the lock that another run holds."""

PAUSE_S = 2.0
"""Seconds before the way back is tried again; doubled each time, up to `LONGEST_S`."""

LONGEST_S = 60.0

PATIENCE_S = 3600.0
"""Seconds for which the way back is tried again."""

_BUT = "; but "
"""In the first line of a watcher, before what the way back does not put back."""

START_S = 60.0
"""Seconds in which a watcher has to say that it is ready."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A watcher of one target.

    Args:
        project: has the secrets of the kept text.
        store: of the target.
        opened: a session with the target, with its lock, for the duration of a block.
        tell: called with a sentence.
        clock: the clocks.
        probing: what confirms the apply, besides people; None for nothing.
    """

    project: Project
    store: StateStore
    opened: Callable[[], AbstractContextManager[Session]]
    tell: Callable[[str], None]
    clock: Clock
    probing: Probing | None = None

    def ready(self, session: Session) -> tuple[Pending, str]:
        """Prove that the way back can be taken; the record of the apply, and a sentence for people.

        Args:
            session: with the target, without its lock, which the apply may hold.

        Raises:
            InputError: no apply waits, or its way back cannot be taken from here.
            TargetError: the target cannot be read.
        """
        pending = _waiting(self.store)
        if pending is None:
            name = self.store.subject.name
            raise InputError(f"{name}: no apply waits for a confirmation", hint="see: hsync state history")
        but = check_way(session, self.project, pending)
        words = f"process {os.getpid()} watches {session.name}, and takes the way back if nobody confirms the apply"
        return pending, f"{words}{_BUT}{but}" if but else words

    def watch(self, pending: Pending) -> tuple[bool, str]:
        """Wait for the end: somebody or a probe confirms, or the way back is taken.

        Args:
            pending: the record of the apply.

        Returns:
            Whether the apply stays, and the result in words.

        Raises:
            StalePlanError: somebody else has changed the target.
            HsyncError: the way back could not be taken.
        """
        pauses = _pauses()
        while True:
            try:
                found = self._due(pending.token)
                if found is None:
                    break
                return self._ended(found)
            except LockedError:
                continue
            except HsyncError as error:
                if self._has_trouble():
                    raise
                self.tell(f"the way back was not taken yet: {error.message}")
                pause = next(pauses, 0.0)
                if not pause:
                    self._gave_up(error)
                    raise
                self.clock.sleep(pause)
        state = self.store.read()
        stays = state is not None and state.applied is not None and state.applied.plan == pending.plan
        what = "is confirmed" if stays else "was undone"
        return stays, f"{self.store.subject.name}: the apply of {short(pending.plan)} {what}"

    def _due(self, token: str) -> Pending | None:
        """The record when its time is over, or its probes have passed; None if somebody has ended the waiting."""
        while (state := self.store.read()) and (pending := state.pending) and pending.token == token:
            left = pending.limit.left_s(self.clock)
            over = not state.journal  # until then the apply is at work, and the probes see what was before it
            if left <= 0 or (over and self.probing is not None and self.probing.pass_now(left)):
                return pending
            self.clock.sleep(min(left, POLL_S))
        return None

    def _ended(self, pending: Pending) -> tuple[bool, str]:
        """Confirm, or take the way back; both with the lock, and only if the record is still the same."""
        with self.opened() as session:
            if _waiting(self.store) != pending:
                raise LockedError("the record has changed while another run held the lock")
            if self.probing is not None and pending.limit.left_s(self.clock) > 0:
                return True, accept(self.store, by=self.probing.words, token=pending.token)
            return False, take_back(session, self.project)

    def _has_trouble(self) -> bool:
        with suppress(HsyncError):
            found = _waiting(self.store)
            return found is not None and bool(found.trouble)
        return False  # the state cannot be read

    def _gave_up(self, error: HsyncError) -> None:
        with suppress(HsyncError), self.opened() as session:
            was_in_trouble(session, error.message.partition("\n")[0])


def _waiting(store: StateStore) -> Pending | None:
    state = store.read()
    return state.pending if state else None


def _pauses() -> Iterator[float]:
    pause, total = PAUSE_S, 0.0
    while total < PATIENCE_S:
        yield pause
        total += pause
        pause = min(2 * pause, LONGEST_S)


# Start one


def resume(session: Session, project: Project, begin: Callable[[], tuple[str, str]]) -> tuple[str, ...]:
    """Do what a watcher that has died would have done: take the way back if it is due, or watch on.

    Args:
        session: with the target. The caller holds its lock.
        project: has the secrets of the kept text.
        begin: starts a watcher, see `start`.

    Returns:
        What was done, in words; empty if no apply waits, or its watcher is alive.

    Raises:
        StalePlanError: the way back is due, and somebody else has changed the target.
        The errors of `take_back` and `start`.
    """
    state = session.store.read()
    if state is None or state.pending is None:
        return ()
    if state.pending.trouble or state.pending.limit.left_s(session.clock) <= 0:
        return (take_back(session, project),)
    if is_watched(state.pending):
        return ()
    watcher, but = begin()
    pending = replace(state.pending, watcher=watcher)
    session.state = session.store.write(replace(state, pending=pending), expected_serial=state.serial)
    watched = f"{session.name}: another watcher was started: {rest_words(pending, session.clock)}"
    return tuple(filter(None, (watched, but)))


_MAIN = (
    "import sys; last = 2 + int(sys.argv[1]); sys.path[:] = sys.argv[2:last]; del sys.argv[1:last]; "
    "from hsync.cli import main; main()"
)


def _log_of(identity: str, environment: Mapping[str, str]) -> Path | None:
    """The file for what a watcher says; None for a user without a home.

    Args:
        identity: of its target.
        environment: variables of the process.

    Source: XDG Base Directory Specification 0.8, XDG_STATE_HOME.
    """
    base = Path(environment.get("XDG_STATE_HOME", ""))
    try:
        folder = base if base.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:
        return None
    return folder / "hsync" / "watchers" / f"{short_digest(identity)}.log"


def start(words: Sequence[str], identity: str, variables: Mapping[str, str]) -> tuple[str, str]:
    """Start a watcher, and wait until it is ready.

    Args:
        words: the arguments of hsync: `confirm --wait -t edge1`.
        identity: of the target.
        variables: its environment, which has the password of the target, and what secrets need.

    Returns:
        Its process, as in `Pending`, and what the way back does not put back, as a sentence; "" for nothing.

    Raises:
        InputError: it cannot start, or cannot take the way back.
    """
    log = _log_of(identity, variables)
    try:
        with opened_log(log) as handle:
            pid, said = processes.detach([*_python(), *words], variables, log=handle, seconds=START_S)
    except OSError as fault:
        raise InputError(f"the watcher cannot be started: {reason(fault)}", hint=_HINT) from fault
    except processes.StartError as fault:
        raise InputError(f"the watcher did not start: {_said(log)}", hint=_HINT) from fault
    return identity_of(pid), said.partition(_BUT)[2]


_HINT = "nothing was sent; correct this, or apply without --confirm-within"


def _python() -> list[str]:
    """This interpreter, which imports from the folders of this process only, not from the working directory."""
    own = str(Path(__file__).resolve().parents[2])
    folders = dict.fromkeys([own, *(os.path.abspath(path) for path in sys.path if path)])  # noqa: PTH100 - as it is
    flags = ["-I", "-S", *(["-B"] if sys.dont_write_bytecode else []), "-X", f"utf8={sys.flags.utf8_mode}"]
    return [sys.executable, *flags, "-c", _MAIN, str(len(folders)), *folders]


def _said(log: Path | None) -> str:
    """Why a watcher has ended, in its own words."""
    lines = read_text(log, kind="log").splitlines() if log else []
    told = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return told[0] if told else (lines[-1] if lines else "it said nothing")
