"""state: the state of a target as a value and as a text: the last applied configuration, the sections that hsync owns,
the records of the current run, and the history.

Rule 1: no secrets, so that the file can be committed to version control.
Rule 2: the state is not a copy of the configuration. It serves ownership, drift, recovery after a crash and history; a
lost state is replaced by `hsync import`.
Rule 3: a phase is recorded before it begins, so the phase of the last record may have happened or not; recovery
compares its facts with the target.
Rule 4: only this module knows the serialized form; every store keeps this text. A new field of `State` is a new format.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING

from hsync.errors import InputError
from hsync.plan.plan import Target
from hsync.secrecy import hide
from hsync.store.pending import Pending, dump_pending, read_pending
from hsync.store.strict import Malformed, Node, dump, parse

if TYPE_CHECKING:
    from hsync.schema import Fields, Json

__all__ = [
    "Applied",
    "Facts",
    "Record",
    "Run",
    "State",
    "broken",
    "chained",
    "dump_state",
    "last_left",
    "load_state",
    "wrote",
]

FORMAT = "hsync-state/2"

_WITHOUT_SECRETS = "hsync-state/1"
"""The format of hsync 0.1: the same without `secrets`."""

_MAY_LACK = ("commit", "environment", "target")
"""Facts that are left out if they are empty."""

_FORMATS = re.compile(r"hsync-state/(\d{1,6})")
_HEX = re.compile(r"[0-9a-f]{64}")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64})?")
_LINEAGE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Applied:
    """The configuration of a target when hsync last read it.

    Args:
        version: configuration version.
        sha256: hexadecimal digest of the text without the server's header lines; drift is a difference from it.
        plan: digest of the applied plan, `sha256:...`; "" after an import.
        reload: the server's id of the reload; "" if there was none.
        when: time of the last read.
    """

    version: int
    sha256: str
    plan: str = ""
    reload: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the journal: a phase of the current run that was about to begin.

    Args:
        phase: its name: `begin`, `send`, `commit` ...; the names are those of the session.
        plan: digest of the plan.
        facts: data to find out whether the phase happened, by name: the transaction's id, the text's digest.
        when: time of the record.
    """

    phase: str
    plan: str
    facts: tuple[tuple[str, str], ...] = ()
    when: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Further facts about a run.

    Args:
        who: user and host, `ann@host7`.
        reason: why the plan was applied, from `apply -m`.
        changes: the number of changes of the plan, for people.
        before: digest of the kept text of the target before the run, `sha256:...`; "" if none was kept.
        after: the same for the text after the run.
        commit: commit of the project when the plan was made, with `-dirty` if files were changed.
        environment: `-e` of the plan.
        target: the name of the target in this run; one target can have several.
    """

    who: str = ""
    reason: str = ""
    changes: str = ""
    before: str = ""
    after: str = ""
    commit: str = ""
    environment: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has ended, for people and for `hsync rollback`.

    Args:
        plan: digest of its plan; "" for an import.
        outcome: for people: `applied`, `refused`, `reload failed`, `unknown`.
        version: the version after the run; None if it wrote nothing.
        reload: the server's id of the reload.
        when: time of its end.
        facts: who ran it and why, and which texts were kept.
        took_ms: its duration, in milliseconds.
        chain: digest of this run and of the chain of the run before it, `sha256:...`: see `chained`.
    """

    plan: str
    outcome: str
    version: int | None = None
    reload: str = ""
    when: str = ""
    facts: Facts = Facts()
    took_ms: int = field(default=0, compare=False)
    chain: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class State:
    """The state of a target.

    Args:
        target: the target, with the API release that was seen last.
        lineage: identity of this history, created with the first state.
        serial: number of writes; the store increments it, and compares it before a write (see `stores`).
        applied: the configuration when hsync last read it; None before the first apply or import.
        owned: kind and name of the sections that hsync may delete, sorted.
        journal: phases of the current run; after a crash, of the run that died.
        history: runs that have ended, the newest last.
        secrets: lines with masked secrets: where hsync has put some; used to hide, never to decide.
        pending: the apply that is not confirmed yet; None for none.
    """

    target: Target
    lineage: str = field(default_factory=lambda: str(uuid.uuid4()))
    serial: int = 0
    applied: Applied | None = None
    owned: tuple[tuple[str, str], ...] = ()
    journal: tuple[Record, ...] = ()
    history: tuple[Run, ...] = ()
    secrets: tuple[str, ...] = ()
    pending: Pending | None = None

    def ran(self, plan: str) -> str:
        """The digest of the text after an earlier run of a plan; "" if another one ran last.

        Args:
            plan: digest of the plan.
        """
        return self.applied.sha256 if self.applied and self.applied.plan == plan else ""


# The text form


def dump_state(state: State) -> str:
    """The text of a state: JSON with sorted keys."""
    return dump(_document(state))


def load_state(text: str, source: str, hint: str) -> State:
    """Read the text of a state.

    Args:
        text: what `dump_state` wrote.
        source: place of the text, for messages: a path, or the name of a row or an object.
        hint: what to do if the text is damaged.

    Raises:
        InputError: the text has another format, a newer one, or is damaged; with the JSON path of the fault.
    """
    try:
        return _read(Node(parse(text)))
    except Malformed as fault:
        raise InputError(f"{source}: {fault}", hint=hint) from fault


def _document(state: State) -> Json:
    target = state.target
    return {
        "applied": None if state.applied is None else _applied(state.applied),
        "format": FORMAT,
        "history": [{**_run(run), "chain": run.chain} for run in state.history],
        "journal": [
            {"facts": dict(one.facts), "phase": one.phase, "plan": one.plan, "when": one.when} for one in state.journal
        ],
        "lineage": state.lineage,
        "owned": [f"{kind} {name}".rstrip() for kind, name in state.owned],
        "pending": None if state.pending is None else _pending(state.pending),
        "secrets": list(state.secrets),
        "serial": state.serial,
        "target": {"api": target.api, "name": target.name, "url": target.url},
    }


def _pending(pending: Pending) -> Fields:
    return {**dump_pending(pending), "trouble": hide(pending.trouble, words=True)}


def _run(run: Run) -> Fields:
    """What the chain covers."""
    return {
        "facts": {name: hide(value, words=True) for name, value in _facts(run.facts)},
        "outcome": hide(run.outcome, words=True),
        "plan": run.plan,
        "reload": run.reload,
        "took_ms": run.took_ms,
        "version": run.version,
        "when": run.when,
    }


def _facts(facts: Facts) -> Iterator[tuple[str, str]]:
    """The facts that are written: those of `_MAY_LACK` only if there are any, so that chains of older files hold."""
    return ((name, value) for name, value in asdict(facts).items() if value or name not in _MAY_LACK)


def chained(history: Iterable[Run]) -> tuple[Run, ...]:
    """A history in which every run has its chain: the digest of the run before it and of itself.

    Who changes or removes a run of the past changes all chains behind it. A run that has one keeps it.

    Args:
        history: the oldest run first; the runs without a chain are at its end.
    """
    made: list[Run] = []
    for run in history:
        made.append(run if run.chain else replace(run, chain=_chain(made[-1].chain if made else "", run)))
    return tuple(made)


def wrote(history: Sequence[Run]) -> Iterator[Run]:
    """The runs that have written to the target or have recorded its text, the newest first."""
    return (run for run in reversed(history) if run.version is not None)


def last_left(state: State) -> str:
    """Digest of the kept text that hsync left on the target; "" if none was kept, or an import came after it."""
    return next((run.facts.after for run in wrote(state.history)), "")


def broken(history: Sequence[Run]) -> Run | None:
    """The first run whose chain is not that of the runs before it; None if the history is whole.

    The oldest run that is kept is believed: the runs before it are gone. A run of hsync 0.1 has no chain.

    Args:
        history: the oldest run first.
    """
    return next((run for last, run in pairwise(history) if run.chain != _chain(last.chain, run)), None)


def _chain(last: str, run: Run) -> str:
    return f"sha256:{sha256((last + dump(_run(run))).encode()).hexdigest()}"


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
    if found not in (FORMAT, _WITHOUT_SECRETS):
        newer = isinstance(found, str) and _FORMATS.fullmatch(found)
        what = f"{found} is a format of another hsync version: update hsync" if newer else "not a state file of hsync"
        Node(found, "format", root).refuse(f"{what} (this one reads {FORMAT})")
    if found == _WITHOUT_SECRETS:
        root = Node(_of_0_1(root.mapping()))
    applied, _, history, journal, lineage, owned, pending, secrets, serial, target = root.fields(
        "applied", "format", "history", "journal", "lineage", "owned", "pending", "secrets", "serial", "target"
    )
    api, name, url = target.fields("api", "name", "url")
    return State(
        target=Target(name=name.text(), url=url.text(), api=api.text()),
        lineage=lineage.matching(_LINEAGE, "a UUID"),
        serial=serial.integer(1),
        applied=None if applied.value is None else _read_applied(applied),
        owned=tuple(_read_owned(item) for item in owned.items()),
        secrets=tuple(item.text() for item in secrets.items()),
        journal=tuple(_read_record(item) for item in journal.items()),
        history=tuple(_read_run(item) for item in history.items()),
        pending=None if pending.value is None else read_pending(pending),
    )


def _of_0_1(root: Fields) -> Fields:
    """A state of hsync 0.1 with what it has not."""
    history = root.get("history")
    runs = history if isinstance(history, list) else []
    new: Fields = {"chain": "", "facts": dict(_facts(Facts())), "took_ms": 0}
    made: list[Json] = [{**run, **new} if isinstance(run, dict) else run for run in runs]
    return {**root, "secrets": [], "pending": None, **({"history": made} if isinstance(history, list) else {})}


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
    chain, facts, outcome, plan, reload_, took_ms, version, when = node.fields(
        "chain", "facts", "outcome", "plan", "reload", "took_ms", "version", "when"
    )
    there = facts.mapping()
    names = tuple(name for name in asdict(Facts()) if name in there or name not in _MAY_LACK)
    texts = dict(zip(names, (one.text() for one in facts.fields(*names)), strict=True))
    return Run(
        plan=plan.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
        outcome=outcome.text(),
        version=None if version.value is None else version.integer(),
        reload=reload_.text(),
        when=when.text(),
        facts=Facts(**texts),
        took_ms=took_ms.integer(),
        chain=chain.matching(_DIGEST, "sha256: and 64 hexadecimal digits"),
    )


def _read_owned(node: Node) -> tuple[str, str]:
    kind, _, name = node.text().partition(" ")
    return (kind, name)
