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
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hsync.errors import InputError
from hsync.plan.plan import Target
from hsync.secrecy import hide
from hsync.store.strict import Malformed, Node, dump, parse

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["Applied", "Record", "Run", "State", "dump_state", "load_state"]

FORMAT = "hsync-state/2"

_WITHOUT_SECRETS = "hsync-state/1"
"""The format of hsync 0.1: the same without `secrets`."""

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
class Run:
    """A run that has ended, for people only.

    Args:
        plan: digest of its plan; "" for an import.
        outcome: for people: `applied`, `refused`, `reload failed`, `unknown`.
        version: the version after the run; None if it wrote nothing.
        reload: the server's id of the reload.
        when: time of its end.
    """

    plan: str
    outcome: str
    version: int | None = None
    reload: str = ""
    when: str = ""


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
    """

    target: Target
    lineage: str = field(default_factory=lambda: str(uuid.uuid4()))
    serial: int = 0
    applied: Applied | None = None
    owned: tuple[tuple[str, str], ...] = ()
    journal: tuple[Record, ...] = ()
    history: tuple[Run, ...] = ()
    secrets: tuple[str, ...] = ()


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
        "history": [
            {
                "outcome": hide(run.outcome, words=True),
                "plan": run.plan,
                "reload": run.reload,
                "version": run.version,
                "when": run.when,
            }
            for run in state.history
        ],
        "journal": [
            {"facts": dict(one.facts), "phase": one.phase, "plan": one.plan, "when": one.when} for one in state.journal
        ],
        "lineage": state.lineage,
        "owned": [f"{kind} {name}".rstrip() for kind, name in state.owned],
        "secrets": list(state.secrets),
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
    if found not in {FORMAT, _WITHOUT_SECRETS}:
        newer = isinstance(found, str) and _FORMATS.fullmatch(found)
        what = f"{found} is a format of another hsync version: update hsync" if newer else "not a state file of hsync"
        Node(found, "format", root).refuse(f"{what} (this one reads {FORMAT})")
    if found == _WITHOUT_SECRETS:
        root = Node({**root.mapping(), "secrets": []})
    applied, _, history, journal, lineage, owned, secrets, serial, target = root.fields(
        "applied", "format", "history", "journal", "lineage", "owned", "secrets", "serial", "target"
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
