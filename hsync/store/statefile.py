"""statefile: what hsync last applied to a target, which sections it owns, and what it is doing there now.

Rule 1: no secrets, so that the file may be committed.
Rule 2: the server keeps the truth. The state serves ownership, drift, recovery after a crash and history; losing it
costs one `hsync import`.
Rule 3: a phase is recorded before it begins. What follows the last record may have happened or not: facts decide.
Rule 4: whoever writes holds the target's lock; lineage and serial catch those who do not.

Theory of operation: every write is the whole document with the serial raised by one. The lineage is made once and never
changes: two files of one name and different lineage are two histories, and neither may be written over the other.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Self

from hsync.errors import BugError, InputError, StalePlanError
from hsync.plan.plan import Target
from hsync.store.files import read_text, timestamp, write_text
from hsync.store.places import MAX_BYTES, Place
from hsync.store.strict import Malformed, Node, dump, parse

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["HISTORY", "Applied", "Journal", "Record", "Run", "State", "read_state", "write_state"]

FORMAT = "hsync-state/1"

HISTORY = 50
"""Runs that are remembered."""

_FORMATS = re.compile(r"hsync-state/(\d{1,6})")
_HEX = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64})?")
_LINEAGE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Applied:
    """What a target ran when hsync last knew.

    Args:
        version: configuration version.
        sha256: hex digest of the text without the server's header lines: what drift is measured against.
        plan: digest of the plan that led there, `sha256:...`; "" when it was imported.
        reload: the server's id of the reload; "" when there was none.
        when: the time of the last read.
    """

    version: int
    sha256: str
    plan: str = ""
    reload: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the journal: a phase of the run under way that was about to begin.

    Args:
        phase: which: `begin`, `send`, `commit` ...; the names are those of the session.
        plan: digest of the plan that is applied.
        facts: what is needed to find out whether it happened, by name: the transaction's id, the text's digest.
        when: the time.
    """

    phase: str
    plan: str
    facts: tuple[tuple[str, str], ...] = ()
    when: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that ended. For people; decides nothing.

    Args:
        plan: digest of its plan; "" for an import.
        outcome: in words: `applied`, `refused`, `reload failed`, `unknown`.
        version: the version it left; None when it did not write.
        reload: the server's id of the reload.
        when: the time of its end.
    """

    plan: str
    outcome: str
    version: int | None = None
    reload: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """All that is remembered about a target.

    Args:
        target: whom it is about, with the API line seen last.
        lineage: identity of this history; made when the first state is made.
        serial: how often it was written; `write_state` raises it.
        applied: what the target ran when hsync last knew; None before the first apply or import.
        owned: kind and name of the sections that hsync may delete, sorted.
        journal: phases of the run under way; after a crash, of the run that died.
        history: runs that ended, the newest last.
    """

    target: Target
    lineage: str = field(default_factory=lambda: str(uuid.uuid4()))
    serial: int = 0
    applied: Applied | None = None
    owned: tuple[tuple[str, str], ...] = ()
    journal: tuple[Record, ...] = ()
    history: tuple[Run, ...] = ()


def read_state(place: Place) -> State | None:
    """Read the state of a target.

    Args:
        place: of the target.

    Returns:
        Its state; None when nothing is remembered about this identity.

    Raises:
        InputError: the file cannot be read, or is not what hsync wrote.
    """
    path = place.found() or place.unreadable()
    return None if path is None else _of_file(path)


def _of_file(path: Path) -> State:
    try:
        return _read(Node(parse(read_text(path, max_bytes=MAX_BYTES, kind="state file"))))
    except Malformed as fault:
        raise InputError(
            f"{path}: {fault}",
            hint=f"take the file back from version control, or: rm {quote(str(path))}; then: hsync import",
        ) from fault


def write_state(place: Place, state: State) -> State:
    """Write the state of a target.

    Args:
        place: of the target; its folder is made when it is missing.
        state: what to write, with the lineage and serial that were read. It is about the identity of the place.

    Returns:
        What was written: the same with the serial raised.

    Raises:
        InputError: the file on disk has another lineage, or cannot be read or written.
        StalePlanError: another run wrote the file since it was read.
    """
    there = place.found() or place.unreadable()
    on_disk = None if there is None else _of_file(there)
    path = there or place.new()
    if on_disk is not None and on_disk.lineage != state.lineage:
        raise InputError(
            f"{path}: this is another history (lineage {on_disk.lineage}, not {state.lineage})",
            hint="two projects or branches share this file: keep one of the two, then: hsync import",
        )
    if on_disk is not None and on_disk.serial != state.serial:
        raise StalePlanError(
            f"{path}: another run wrote the state meanwhile (serial {on_disk.serial}, this run read {state.serial})",
            hint="see what it did with `hsync state history`, then make the plan again: `hsync plan`",
        )
    place.folder.mkdir(parents=True, exist_ok=True)
    state = replace(state, target=replace(state.target, url=place.identity))
    new = replace(state, serial=state.serial + 1, history=state.history[-HISTORY:], owned=tuple(sorted(state.owned)))
    write_text(path, dump(_document(new)), mode=None if on_disk else 0o644)
    return new


class Journal:
    """Records of a run: each phase before it begins, and how the run ended.

    A run that leaves the context by an exception without `close` leaves its records to the next run. One that ends
    without an exception must have said how.

    Args:
        place: of the target.
        state: the state as read; `state` holds what was written last.
        plan: digest of the plan.
        clock: the time as text.
    """

    def __init__(self, place: Place, state: State, plan: str, *, clock: Callable[[], str] = timestamp) -> None:
        self.place = place
        self.state = replace(state, journal=())
        self.plan = plan
        self.clock = clock
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._closed:
            raise BugError("a run ended without saying how")

    def phase(self, name: str, facts: Mapping[str, str]) -> None:
        """Write that a phase is about to begin.

        Args:
            name: which.
            facts: what the next run needs to find out whether it happened; no secrets.
        """
        one = Record(name, self.plan, tuple(sorted(facts.items())), self.clock())
        self.state = write_state(self.place, replace(self.state, journal=(*self.state.journal, one)))

    def close(
        self, outcome: str, *, applied: Applied | None = None, owned: tuple[tuple[str, str], ...] | None = None
    ) -> State:
        """Write how the run ended, and forget its records.

        Args:
            outcome: in words, for the history.
            applied: what the target runs now; None when the run changed nothing.
            owned: sections that hsync owns now; None leaves them as they were.

        Returns:
            The state that was written.
        """
        version, reload_ = (applied.version, applied.reload) if applied else (None, "")
        run = Run(self.plan, outcome, version, reload_, self.clock())
        new = replace(self.state, journal=(), history=(*self.state.history, run))
        new = replace(new, applied=applied or new.applied, owned=new.owned if owned is None else owned)
        self.state = write_state(self.place, new)
        self._closed = True
        return self.state


# The file


def _document(state: State) -> Json:
    target = state.target
    return {
        "applied": None if state.applied is None else _applied(state.applied),
        "format": FORMAT,
        "history": [
            {"outcome": run.outcome, "plan": run.plan, "reload": run.reload, "version": run.version, "when": run.when}
            for run in state.history
        ],
        "journal": [
            {"facts": dict(one.facts), "phase": one.phase, "plan": one.plan, "when": one.when} for one in state.journal
        ],
        "lineage": state.lineage,
        "owned": [f"{kind} {name}".rstrip() for kind, name in state.owned],
        "serial": state.serial,
        "target": {"api": target.api, "name": target.name, "url": target.url},
    }


def _applied(applied: Applied) -> Json:
    return {
        "plan": applied.plan,
        "reload": applied.reload,
        "sha256": applied.sha256,
        "version": applied.version,
        "when": applied.when,
    }


def _read(root: Node) -> State:
    found = root.mapping().get("format")
    if found != FORMAT:
        newer = isinstance(found, str) and _FORMATS.fullmatch(found)
        what = f"{found} is a format of another hsync: update hsync" if newer else "not a state file of hsync"
        Node(found, "format", root).refuse(f"{what} (this one reads {FORMAT})")
    applied, _, history, journal, lineage, owned, serial, target = root.fields(
        "applied", "format", "history", "journal", "lineage", "owned", "serial", "target"
    )
    api, name, url = target.fields("api", "name", "url")
    return State(
        target=Target(name=name.text(), url=url.text(), api=api.text()),
        lineage=lineage.matching(_LINEAGE, "a UUID"),
        serial=serial.integer(1),
        applied=None if applied.value is None else _read_applied(applied),
        owned=tuple(_read_owned(item) for item in owned.items()),
        journal=tuple(_read_record(item) for item in journal.items()),
        history=tuple(_read_run(item) for item in history.items()),
    )


def _read_applied(node: Node) -> Applied:
    plan, reload_, sha256, version, when = node.fields("plan", "reload", "sha256", "version", "when")
    return Applied(
        version=version.integer(),
        sha256=sha256.matching(_HEX, "64 hexadecimal digits"),
        plan=plan.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        reload=reload_.text(),
        when=when.text(),
    )


def _read_record(node: Node) -> Record:
    facts, phase, plan, when = node.fields("facts", "phase", "plan", "when")
    return Record(
        phase=phase.text(),
        plan=plan.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        facts=tuple((str(item.key), item.text()) for item in facts.members()),
        when=when.text(),
    )


def _read_run(node: Node) -> Run:
    outcome, plan, reload_, version, when = node.fields("outcome", "plan", "reload", "version", "when")
    return Run(
        plan=plan.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        outcome=outcome.text(),
        version=None if version.value is None else version.integer(),
        reload=reload_.text(),
        when=when.text(),
    )


def _read_owned(node: Node) -> tuple[str, str]:
    kind, _, name = node.text().partition(" ")
    return (kind, name)
