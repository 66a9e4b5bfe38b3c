"""What an apply that must be confirmed leaves when it dies or fails at a step, and that it is undone all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import OutcomeUnknown, ReloadFailedError, TargetError
from hsync.lanes import Run as Applying
from hsync.lanes import Stage
from tests.clocks import SetClock
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_confirm import (
    FIRST,
    SECOND,
    Apply,
    apply,
    clock,
    no_watcher,
    now,
    outcomes,
    pending,
    secret,
    with_secret,
)

__all__ = ["apply", "clock", "no_watcher", "secret"]

RAW = SECOND + "\nlisten mine\n  bind 127.0.0.1:18099\n"

pytestmark = pytest.mark.usefixtures("no_watcher")


class Died(BaseException):
    """The process was killed: nothing behind this runs, except what releases locks."""


def dies(monkeypatch: pytest.MonkeyPatch, method: str, *, behind: bool, number: int = 1) -> None:
    """The client of a target dies at a call of a method, before it or when the target has done it.

    Copies in memory, on which plans are replayed, do not die.
    """
    real: Callable[..., object] = getattr(DataplaneClient, method)
    calls: list[str] = []

    def dying(this: DataplaneClient, *words: object, **named: object) -> object:
        if this.url == "file:/memory":
            return real(this, *words, **named)
        calls.append(method)
        if behind:
            found = real(this, *words, **named)
        if len(calls) == number:
            raise Died
        return found if behind else real(this, *words, **named)

    monkeypatch.setattr(DataplaneClient, method, dying)


DEATHS = [
    ("before the transaction", SECOND, "begin", False, 1, FIRST),
    ("with an open transaction", SECOND, "begin", True, 1, FIRST),
    ("before the commit", SECOND, "commit", False, 1, FIRST),
    ("behind the commit", SECOND, "commit", True, 1, SECOND),
    ("before the push", RAW, "push_raw", False, 1, FIRST),
    ("behind the push", RAW, "push_raw", True, 1, RAW),
]


@pytest.mark.parametrize(
    ("text", "method", "behind", "number", "left"), [row[1:] for row in DEATHS], ids=[row[0] for row in DEATHS]
)
def test_an_apply_that_died_is_undone(
    text: str, method: str, behind: bool, number: int, left: str, run: Run, apply: Apply, clock: SetClock
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, method, behind=behind, number=number)
        with pytest.raises(Died):
            apply(text, "--confirm-within", "5m")
    assert now() == left
    assert pending() is not None
    clock.sleep(301)
    told = run("confirm", "--wait", code=3).stderr
    assert "undone" in told
    assert (now(), pending()) == (FIRST, None)
    assert "nothing to recover" in run("recover").stderr


@pytest.mark.parametrize(("method", "behind"), [("begin", True), ("commit", False), ("commit", True)])
@pytest.mark.parametrize("text", [SECOND, RAW])
def test_a_way_back_that_died_is_taken_again(
    text: str, method: str, behind: bool, run: Run, apply: Apply, clock: SetClock
) -> None:
    apply(text, "--confirm-within", "5m")
    clock.sleep(301)
    method = {SECOND: method, RAW: "push_raw"}[text]
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, method, behind=behind)
        with pytest.raises(Died):
            run("recover")
    assert pending() is not None
    run("recover")
    assert (now(), pending()) == (FIRST, None)
    assert "nothing to recover" in run("recover").stderr


@pytest.mark.parametrize("stage", [Stage.COMMITTED, Stage.RELOADED])
def test_an_apply_that_is_committed_and_then_fails_waits_too(
    stage: Stage, run: Run, apply: Apply, clock: SetClock
) -> None:
    def failing(this: Applying) -> None:
        clock.sleep(100)
        this.stage = stage
        raise TargetError("it does not answer")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Applying, "settle", failing)
        apply(SECOND, "--confirm-within", "5m", code=8)
    assert now() == SECOND
    assert "is not confirmed, the way back is taken in 300 s" in run("drift", code=None).stderr
    clock.sleep(300)
    run("recover")
    assert (now(), pending()) == (FIRST, None)


def test_a_commit_whose_answer_is_lost_waits_too(run: Run, apply: Apply, clock: SetClock) -> None:
    commit = DataplaneClient.commit

    def lost(this: DataplaneClient, transaction: str, *, force_reload: bool = False) -> None:
        commit(this, transaction, force_reload=force_reload)
        raise OutcomeUnknown("the answer is lost")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DataplaneClient, "commit", lost)
        patch.setattr(Applying, "_found", lambda *_: None)
        apply(SECOND, "--confirm-within", "5m", code=1)
    assert now() == SECOND
    clock.sleep(301)
    run("recover")
    assert (now(), pending()) == (FIRST, None)


def test_a_reload_that_failed_leaves_nothing_to_confirm(run: Run, apply: Apply) -> None:
    def failing(this: Applying) -> None:
        raise ReloadFailedError("it did not load")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Applying, "settle", failing)
        apply(SECOND, "--confirm-within", "5m", code=6)
    assert pending() is None


def test_an_interrupted_apply_leaves_nothing_to_confirm(run: Run, apply: Apply) -> None:
    def interrupted(this: DataplaneClient, *words: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        send = DataplaneClient.send
        patch.setattr(
            DataplaneClient,
            "send",
            lambda this, *words: (send if this.url == "file:/memory" else interrupted)(this, *words),
        )
        apply(SECOND, "--confirm-within", "5m", code=130)
    assert (now(), pending(), outcomes()) == (FIRST, None, ["interrupted"])


def test_the_same_plan_again_finishes_and_begins_the_time_again(run: Run, apply: Apply, clock: SetClock) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, "commit", behind=True)
        with pytest.raises(Died):
            apply(SECOND, "--confirm-within", "5m")
    clock.sleep(100)
    told = run("apply", "edge.plan.json", "--auto-approve").stderr
    assert "is not confirmed, the way back is taken in 300 s" in told


def test_another_plan_after_an_apply_that_stored_nothing(run: Run, apply: Apply) -> None:
    with pytest.MonkeyPatch.context() as patch:
        dies(patch, "begin", behind=True)
        with pytest.raises(Died):
            apply(SECOND, "--confirm-within", "5m")
    apply(RAW)
    assert (now(), pending()) == (RAW, None)


@pytest.mark.usefixtures("secret")
def test_an_apply_that_has_changed_nothing_but_a_secret(
    run: Run, apply: Apply, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "hunter3-hunter3")
    Path("t.cfg.j2").write_text(with_secret(FIRST))
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve", "--confirm-within", "5m")
    clock.sleep(301)
    run("recover")
    assert pending() is None
    assert "hunter3-hunter3" in now(), "the value before is not kept: the apply has said so"
    assert outcomes()[-1] == "not applied"
