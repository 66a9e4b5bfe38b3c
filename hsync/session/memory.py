"""memory: shows the state of a target, for people and for programs. Contacts no target."""

from __future__ import annotations

from dataclasses import asdict

from hsync.errors import InputError
from hsync.output.machine import report
from hsync.output.reports import table
from hsync.output.words import count, short
from hsync.schema import Json
from hsync.store import State, StateStore
from hsync.store.state import broken

__all__ = ["history_document", "history_text", "refuse_broken", "remembered", "state_document", "state_text"]


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
