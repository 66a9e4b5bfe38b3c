"""memory: shows the state of a target, for people and for programs. Contacts no target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict

from hsync.errors import InputError, UsageError
from hsync.output.machine import report
from hsync.output.reports import table
from hsync.output.words import count, short
from hsync.schema import Json
from hsync.store import State, StateStore
from hsync.store.state import broken
from hsync.store.stores import Kept, Owner

__all__ = [
    "history_document",
    "history_text",
    "kept_text",
    "refuse_broken",
    "remembered",
    "state_document",
    "state_text",
    "texts_document",
    "texts_text",
    "unlocked",
]


def remembered(store: StateStore) -> State:
    """The state of a target.

    Args:
        store: the store of the target.

    Raises:
        InputError: there is no state.
    """
    state = store.read()
    if state is None:
        message = f"there is no state of {store.subject.name} ({store.subject.identity})"
        raise InputError(message, hint="record its configuration: hsync import")
    return state


def state_text(state: State) -> str:
    """The state in lines: the last apply, the owned sections, and an unfinished run."""
    lines = [
        ["target", f"{state.target.name}  {state.target.url}  (Data Plane API {state.target.api})"],
        ["lineage", f"{state.lineage}, serial {state.serial}"],
    ]
    if applied := state.applied:
        what = f"plan {short(applied.plan)}" if applied.plan else "imported"
        lines.append(["applied", f"version {applied.version}, {short(applied.sha256)}, {what}, {applied.when}"])
    owned = ", ".join(" ".join(filter(None, key)) for key in state.owned)
    lines.append(["owned", f"{count(len(state.owned), 'section')}: {owned}" if owned else "no section"])
    lines += [["under way", f"{one.phase} since {one.when}, plan {short(one.plan)}"] for one in state.journal]
    if pending := state.pending:
        until = pending.trouble or f"until {pending.limit.until} if the clock is right"
        lines.append(["unconfirmed", f"plan {short(pending.plan)}, {until}"])
    return table(lines)


def state_document(state: State) -> str:
    """The same for programs."""
    found: dict[str, Json] = {
        "target": {"name": state.target.name, "url": state.target.url, "api": state.target.api},
        "lineage": state.lineage,
        "serial": state.serial,
        "applied": _applied(state),
        "owned": [" ".join(filter(None, key)) for key in state.owned],
        "journal": [
            {"phase": one.phase, "plan": one.plan, "facts": dict(one.facts), "when": one.when} for one in state.journal
        ],
        "unconfirmed": _unconfirmed(state),
    }
    return report("state-show", found)


def _unconfirmed(state: State) -> Json:
    pending = state.pending
    if pending is None:
        return None
    return {
        "plan": pending.plan,
        "until": pending.limit.until,
        "within_ms": pending.limit.within_ms,
        "watcher": pending.watcher,
        "trouble": pending.trouble,
    }


def _applied(state: State) -> Json:
    if state.applied is None:
        return None
    return {
        "version": state.applied.version,
        "sha256": state.applied.sha256,
        "plan": state.applied.plan,
        "reload": state.applied.reload,
        "when": state.applied.when,
    }


def history_text(state: State) -> str:
    """The last runs, one a line, the newest last."""
    rows = [
        [
            run.when,
            run.outcome,
            "" if run.version is None else f"version {run.version}",
            short(run.plan) if run.plan else "",
            run.facts.changes,
            " ".join(filter(None, [run.facts.environment, run.facts.commit])),
            run.facts.who,
            f"{run.took_ms / 1000:.1f} s" if run.took_ms else "",
            run.facts.reason,
        ]
        for run in state.history
    ]
    return table(rows)


def refuse_broken(state: State) -> str:
    """Check the chain of the history. Returns the result in words.

    Raises:
        InputError: a run was changed or removed after it was written.
    """
    if found := broken(state.history):
        raise InputError(
            f"the history of {state.target.name} was changed: the run of {found.when} ({found.outcome}) is not what"
            " was written, or a run before it is missing",
            hint="compare the state file with a copy, for example in git",
        )
    return f"The history of {state.target.name} is whole: {count(len(state.history), 'run')}."


def history_document(state: State) -> str:
    """The same for programs."""
    runs: list[Json] = [
        {
            "when": run.when,
            "outcome": run.outcome,
            "version": run.version,
            "reload": run.reload,
            "plan": run.plan,
            "took_ms": run.took_ms,
            "chain": run.chain,
            **asdict(run.facts),
        }
        for run in state.history
    ]
    return report("state-history", {"target": state.target.name, "runs": runs})


# Kept texts


def texts_text(store: StateStore, state: State) -> str:
    """The kept texts, one a line, the newest last: its digest, when it was kept, from which runs."""
    rows = [[short(one.digest), one.when, "; ".join(_uses(state, one)) or "of no run"] for one in store.texts()]
    return table(rows)


def texts_document(store: StateStore, state: State) -> str:
    """The same for programs."""
    texts: list[Json] = [
        {
            "digest": one.digest,
            "when": one.when,
            "before": [run.plan for run in state.history if run.facts.before == one.digest],
            "after": [run.plan for run in state.history if run.facts.after == one.digest],
        }
        for one in store.texts()
    ]
    return report("state-texts", {"target": state.target.name, "texts": texts})


def _uses(state: State, kept: Kept) -> Iterator[str]:
    for run in state.history:
        for side in ("before", "after"):
            if getattr(run.facts, side) == kept.digest:
                yield f"{side} {short(run.plan)} ({run.outcome}, {run.when})"


def kept_text(store: StateStore, wanted: str) -> str:
    """A kept text, with references in the place of secrets.

    Args:
        store: of the target.
        wanted: the digest, or its beginning.

    Raises:
        UsageError: no text, or more than one, is meant.
        InputError: the text cannot be read.
    """
    start = f"sha256:{wanted.removeprefix('sha256:')}"
    found = [one.digest for one in store.texts() if one.digest.startswith(start)]
    if len(found) != 1:
        what = f"{count(len(found), 'text')} with the digest" if found else "no text with the digest"
        raise UsageError(f"{what} {wanted!r} of {store.subject.name}", hint="see the texts: hsync state texts")
    return store.fetch(found[0])


# The lock


def unlocked(store: StateStore, agree: Callable[[str], object]) -> str:
    """Release the lock of a target, if its owner is dead or on another host. Returns what was done, as a sentence.

    Args:
        store: of the target.
        agree: called with a question before; its error keeps the lock.

    Raises:
        LockedError: the owner is at work on this host, or is unknown.
    """
    name = store.subject.name
    owner = store.unlock(lambda owner: agree(_question(name, owner)))
    if owner is None:
        return f"{name} is not locked."
    return f"The lock of {name} was released: {owner.words()}. What its run left: hsync doctor"


def _question(name: str, owner: Owner) -> str:
    risk = f"check on {owner.host} that it is dead" if owner.is_elsewhere else "it is dead"
    return f"{name} is locked by {owner.words()}; {risk}. Release the lock? Type `yes` to confirm:"
