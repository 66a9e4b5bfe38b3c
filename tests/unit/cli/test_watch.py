"""`apply --watch`: what is told, undone and confirmed, on a file whose HAProxy has the numbers that the test sets."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clocks import SetClock
from tests.unit.cli.conftest import Run
from tests.unit.cli.haproxy_numbers import Numbers, numbers_at
from tests.unit.cli.test_confirm import FIRST, SECOND, clock, no_watcher, now, outcomes, pending

__all__ = ["clock", "no_watcher"]

Apply = Callable[..., str]

pytestmark = pytest.mark.usefixtures("no_watcher")

WATCH = ("--watch", "10s")
UNDO = (*WATCH, "--rollback-on-regression")


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[Numbers]:
    """An HAProxy with a frontend, and a backend with a server, at 10 requests a second."""
    with numbers_at(tmp_path / "m.sock") as found:
        found.rows = {
            ("www", "FRONTEND"): {"type": 0, "status": "OPEN", "req_tot": 1000, "hrsp_5xx": 1, "hrsp_4xx": 10},
            ("web", "a"): {"type": 2, "status": "UP", "req_tot": 1000},
            ("web", "BACKEND"): {"type": 1, "status": "UP", "req_tot": 1000, "qcur": 0},
            ("web", "sock-1"): {"type": 3, "status": "OPEN"},
        }
        yield found


@pytest.fixture
def apply(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SetClock, numbers: Numbers) -> Apply:
    """Applies the second text; the time goes on with requests."""
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    config.parent.mkdir()
    config.write_text(f'[targets.edge]\npath = "{tmp_path}/haproxy.cfg"\nmaster_socket = "{tmp_path}/m.sock"\n')
    config.chmod(0o600)
    (tmp_path / "hsync.toml").write_text('target = "edge"\n')
    (tmp_path / "haproxy.cfg").write_text(FIRST)
    (tmp_path / "d.cfg").write_text(SECOND)
    clock.on_sleep = lambda seconds: more(numbers, round(10 * seconds))

    def apply(*words: str, code: int = 0) -> str:
        run("plan", "--config", "d.cfg", code=None)
        return run("apply", "edge.plan.json", "--auto-approve", *words, code=code).output

    return apply


def more(numbers: Numbers, requests: int, errors: int = 0) -> None:
    """There were more requests."""
    for row in numbers.rows.values():
        row["req_tot"] = int(str(row.get("req_tot", 0))) + requests
        row["hrsp_5xx"] = int(str(row.get("hrsp_5xx", 0))) + errors


def worse(numbers: Numbers, clock: SetClock, after_s: float, what: Callable[[], object]) -> None:
    """Something happens some seconds after the apply, which reloads HAProxy."""
    begun: list[float] = []

    def meanwhile(seconds: float) -> None:
        more(numbers, round(10 * seconds))
        if "reload" in numbers.asked:
            begun.append(seconds)
        if sum(begun) >= after_s:
            what()

    clock.on_sleep = meanwhile


def test_numbers_that_stay_as_they_are(apply: Apply, clock: SetClock) -> None:
    told = apply(*WATCH)
    assert "edge: watched for 10 s: no regression in 100 requests" in told
    assert "not confirmed" not in told
    assert (now(), pending(), outcomes()) == (SECOND, None, ["applied"])
    assert clock.slept == [2.0, *[1.0] * 10]


def test_a_regression_is_told(apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    worse(numbers, clock, 3, lambda: numbers.rows["web", "a"].update(status="DOWN"))
    told = apply(*WATCH, code=8)
    assert re.search(
        r"Error: edge: applied: 2 operations, version 2, but worse after 3 s: backend web: 1 server down: a\n", told
    )
    assert (
        "hint: undo it: hsync rollback -t edge, then hsync apply; to have that done: --rollback-on-regression" in told
    )
    assert (now(), pending()) == (SECOND, None)


def test_a_regression_is_undone(run: Run, apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    worse(numbers, clock, 3, lambda: numbers.rows["web", "a"].update(status="DOWN"))
    told = apply(*UNDO, code=3)
    assert re.search(
        r"Error: edge: undone, worse after 3 s: backend web: 1 server down: a: back to the text before", told
    )
    assert (now(), pending(), outcomes()) == (FIRST, None, ["applied", "applied"])
    assert numbers.asked.count("reload") == 2
    assert "too late: undone, worse after 3 s" in run("confirm", code=3).stderr


def test_the_end_of_the_watch_confirms(apply: Apply, run: Run) -> None:
    told = apply(*UNDO)
    assert "edge: watched for 10 s: no regression" in told
    assert "not confirmed" not in told
    assert (now(), pending(), outcomes()) == (SECOND, None, ["applied", "confirmed"])
    assert "watched for 10 s: no regression in 100 requests" in run("state", "history").stdout


def test_people_confirm_what_is_to_be_confirmed_by_people(run: Run, apply: Apply) -> None:
    told = apply(*UNDO, "--confirm-within", "5m")
    assert "edge: watched for 10 s: no regression" in told
    assert "is not confirmed, the way back is taken in 290 s" in told
    run("confirm")
    assert now() == SECOND


def test_a_time_to_confirm_that_is_over_before_the_watch(apply: Apply) -> None:
    told = apply(*UNDO, "--confirm-within", "10s", code=64)
    assert "--confirm-within ends before --watch\nhint: give more time: --confirm-within 70s" in told
    assert now() == FIRST


def test_who_dies_while_it_watches_leaves_a_watcher(run: Run, apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    class Died(BaseException):
        """The process was killed."""

    def die() -> None:
        raise Died

    worse(numbers, clock, 3, die)
    with pytest.raises(Died):
        apply(*UNDO)
    found = pending()
    assert found is not None
    assert found.limit.within_ms == 70_000
    clock.on_sleep = None
    clock.sleep(70)
    run("confirm", "--wait", code=3)
    assert now() == FIRST


def test_an_interrupted_watch_leaves_a_watcher(apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    worse(numbers, clock, 3, interrupt)
    assert "interrupted: applied: 2 operations, version 2" in apply(*UNDO, code=130)
    assert pending() is not None


def test_haproxy_that_does_not_tell_its_numbers_any_more(apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    worse(numbers, clock, 3, lambda: setattr(numbers, "silent", True))
    told = apply(*WATCH, code=8)
    assert told.count("HAProxy has not answered: the numbers of HAProxy cannot be read: the answer has none") == 2
    assert "HAProxy does not tell its numbers any more" in told


def test_haproxy_that_is_silent_for_a_moment(apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    def silent() -> None:
        numbers.silent = not numbers.silent

    worse(numbers, clock, 3, silent)
    assert "no regression" in apply(*WATCH)


@pytest.mark.parametrize("why", ["no socket", "nobody listens"])
def test_a_target_without_numbers_is_refused_before_anything_is_sent(
    why: str, run: Run, apply: Apply, tmp_path: Path
) -> None:
    config = Path(os.environ["XDG_CONFIG_HOME"]) / "hsync" / "config.toml"
    lines = config.read_text().splitlines()
    socket = [] if why == "no socket" else [f'master_socket = "{tmp_path}/other.sock"']
    config.write_text("\n".join([*lines[:2], *socket]) + "\n")
    told = apply(*WATCH, code=1)
    assert ("has no master_socket" if why == "no socket" else "No such file") in told
    assert now() == FIRST


def test_a_plan_that_changes_nothing_is_not_watched(apply: Apply, clock: SetClock) -> None:
    Path("d.cfg").write_text(FIRST)
    assert "watched" not in apply(*WATCH)


def test_an_option_without_a_watch_has_no_effect(apply: Apply) -> None:
    told = apply("--rollback-on-regression")
    assert "Warning: --rollback-on-regression has no effect: without --watch nothing is watched" in told


def test_the_thresholds_are_in_the_project(run: Run, apply: Apply, numbers: Numbers, clock: SetClock) -> None:
    toml = Path("hsync.toml")
    toml.write_text(toml.read_text() + "[watch]\nservers_down = 2\n")
    worse(numbers, clock, 3, lambda: numbers.rows["web", "a"].update(status="DOWN"))
    assert "no regression" in apply(*WATCH)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("server_down = 1", "hsync.toml:3: unknown key 'watch.server_down'; did you mean 'servers_down'?"),
        ('queue = "x"', "hsync.toml:3: watch.queue: expected a number from 0 on, got 'x'"),
        ("errors_percent = -1", "hsync.toml:3: watch.errors_percent: expected a number from 0 on"),
    ],
)
def test_a_fault_in_a_threshold_has_a_place(line: str, words: str, run: Run, apply: Apply) -> None:
    Path("hsync.toml").write_text(f'target = "edge"\n[watch]\n{line}\n')
    assert words in run("drift", code=1).stderr


def test_probes_have_no_part_in_what_only_a_watch_confirms(
    apply: Apply, no_watcher: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = apply(*UNDO, "--confirm-probe", "true")
    assert "Warning: --confirm-probe has no effect" in told
    (words,) = no_watcher
    assert "--confirm-probe" not in words
