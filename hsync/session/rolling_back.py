"""rolling_back: from the history of a target to a plan that leads back to a text of the past.

Every apply keeps the text before and after it (`session.records`). The plan is one like any other: it is reviewed, and
applied by `hsync apply`.

Rule 1: a text is kept with references in the place of secrets; they are looked up again. What the reference gives now
is used: a password that was changed since is not undone.
Rule 2: what the project leaves alone (`ignore`, `protect`, `prune`, `max_delete`) is left alone here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hsync.errors import InputError, UsageError
from hsync.output.words import count, short
from hsync.plan.plan import Plan
from hsync.plan.recipes import of_key
from hsync.plan.scope import Scope
from hsync.plan.secrets import KEPT as FORGOTTEN
from hsync.plan.secrets import reveal_text
from hsync.render import Secrets
from hsync.session.asked import Judging
from hsync.session.commands import KEPT
from hsync.session.session import Session
from hsync.session.sources import Source
from hsync.store import Run, StateStore
from hsync.store.state import wrote

__all__ = ["Past", "filled", "past_of", "plan_back"]

LookUp = Callable[[Callable[[Secrets], str]], tuple[str, Secrets]]
"""Gives what a function makes of the secrets of a project, and these."""

_LEAST = 6
"""Hexadecimal digits of a digest, below which it may be a number of runs."""


@dataclass(frozen=True, slots=True)
class Past:
    """A text of the past.

    Args:
        digest: of the kept text.
        words: which one it is.
    """

    digest: str
    words: str


def past_of(history: Sequence[Run], wanted: str, name: str) -> Past:
    """The text that is meant.

    Args:
        history: of the target, the oldest run first.
        wanted: a number of applies to undo; or the beginning of a digest: of a text, or of the plan to undo.
        name: of the target, for messages.

    Raises:
        UsageError: no text, or more than one, is meant.
    """
    runs = [run for run in wrote(history) if run.facts.before]
    if not runs:
        raise UsageError(
            f"the history of {name} has no apply whose text before was kept", hint="see it: hsync state history"
        )
    digits = wanted.removeprefix("sha256:")
    if digits.isdecimal() and len(digits) < _LEAST:
        return _back(runs, int(digits), name)
    found = {past.digest: past for past in _named(runs, f"sha256:{digits}")} if len(digits) >= _LEAST else {}
    if len(found) != 1:
        what = f"{count(len(found), 'text')} of {name} with the digest {wanted!r}" if found else f"no text {wanted!r}"
        raise UsageError(f"rollback: {what}", hint="give a number of applies, or more of a digest: hsync state history")
    return next(iter(found.values()))


def _back(runs: Sequence[Run], number: int, name: str) -> Past:
    if not 1 <= number <= len(runs):
        many = "only 1 apply" if len(runs) == 1 else f"only {len(runs)} applies"
        raise UsageError(f"rollback {number}: {many} of {name} can be undone", hint="see them: hsync state history")
    return _before(runs[number - 1])


def _before(run: Run) -> Past:
    return Past(run.facts.before, f"before the apply of {short(run.plan)} at {run.when}")


def _named(runs: Sequence[Run], digest: str) -> list[Past]:
    found = [_before(run) for run in runs if run.plan.startswith(digest) or run.facts.before.startswith(digest)]
    after = [run for run in runs if run.facts.after.startswith(digest)]
    return found + [Past(run.facts.after, f"after the apply of {short(run.plan)} at {run.when}") for run in after]


def plan_back(
    session: Session,
    past: Past,
    look_up: LookUp,
    scope: Scope,
    judging: Judging,
) -> Plan:
    """The plan that leads back to a text.

    Args:
        session: with the target.
        past: the text.
        look_up: gives what a function makes of the secrets of the project, and these.
        scope: what the plan may touch.
        judging: how HAProxy judges the result.

    Raises:
        InputError: the text is not kept any more, or a secret of it has no value now.
        The errors of `Session.plan`.
    """
    text, secrets = filled(session.store, past, look_up)
    name = f"{KEPT}{past.digest.removeprefix('sha256:')[:12]}"
    inputs = sorted([(name, past.digest.removeprefix("sha256:")), *secrets.fingerprints()])
    source = Source(text, name, inputs=tuple(inputs), secrets=secrets.by_key)
    return session.plan(source, scope, judging)


def filled(store: StateStore, past: Past, look_up: LookUp) -> tuple[str, Secrets]:
    """A kept text with the secrets that its references give now, and these.

    Args:
        store: of the target.
        past: the text.
        look_up: see `plan_back`.

    Raises:
        InputError: the text is not kept any more, or a secret of it has no value now.
    """
    kept = store.fetch(past.digest)
    _refuse_forgotten(kept, past)
    return look_up(lambda found: reveal_text(kept, lambda name: found.value_of(of_key(name))))


def _refuse_forgotten(kept: str, past: Past) -> None:
    """A text with a secret that no reference names cannot be put back."""
    lines = [number for number, line in enumerate(kept.split("\n"), 1) if FORGOTTEN in line]
    if lines:
        raise InputError(
            f"the text {past.words} had a secret in line {lines[0]} that no reference names, and that was not kept",
            hint="write the configuration that is wanted, then: hsync plan",
        )
