"""An apply that is to be confirmed: `apply --confirm-within`, `hsync confirm`, the watcher, and `hsync recover`."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hsync.dataplane import DataplaneClient, Snapshot
from hsync.errors import TargetError
from hsync.plan.snapshot import split_header
from hsync.session import watcher
from hsync.session.confirming import identity_of
from hsync.session.project import Project
from hsync.session.taking_back import take_back, was_in_trouble
from hsync.store import Clock, FileStore, Pending, Place
from hsync.store.stores import Owner, locked
from hsync.trust import Operator
from tests.clocks import SetClock
from tests.unit.cli.conftest import Run
from tests.unit.cli.test_schema import held

FIRST = "# mine\nglobal\n  maxconn 10   # ten\n\nbackend web\n  server a 192.0.2.1:80\n"
SECOND = FIRST.replace("maxconn 10   # ten", "maxconn 20") + "  server b 192.0.2.2:80\n"
THIRD = "global\n  maxconn 30\n"

NOT_CONFIRMED = r"the apply of sha256:\w+ is not confirmed, "

Apply = Callable[..., str]


@pytest.fixture
def apply(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apply:
    """Plans and applies a text on a file with the first one; what was said."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n')
    (tmp_path / "haproxy.cfg").write_text(FIRST)

    def apply(text: str = SECOND, *words: str, code: int = 0) -> str:
        Path("d.cfg").write_text(text)
        run("plan", "--config", "d.cfg", code=None)
        return run("apply", "edge.plan.json", "--auto-approve", *words, code=code).output

    return apply


@pytest.fixture
def no_watcher(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The watcher is alive, and does nothing: it is this process. The words with which watchers were started."""
    started: list[list[str]] = []

    def start(words: list[str], identity: str, variables: dict[str, str]) -> tuple[str, str]:
        started.append(words)
        return identity_of(os.getpid()), ""

    monkeypatch.setattr(watcher, "start", start)
    return started


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """The clocks of this machine, in this process."""
    made = SetClock()
    for name in ("wall", "uptime", "boot", "sleep"):
        monkeypatch.setattr(Clock, name, lambda _, *words, name=name: getattr(made, name)(*words))
    return made


def store() -> FileStore:
    return FileStore(Place(Path("state").absolute(), "edge", f"file:{Path('haproxy.cfg').absolute()}"))


def pending() -> Pending | None:
    state = store().read()
    assert state is not None
    return state.pending


def now() -> str:
    return split_header(Path("haproxy.cfg").read_text())[1].lstrip("\n")


def outcomes() -> list[str]:
    state = store().read()
    assert state is not None
    return [run.outcome for run in state.history]


def kill_watcher() -> None:
    """Record a watcher that has died."""
    state = store().read()
    assert state is not None
    assert state.pending is not None
    dead = f"{identity_of(os.getpid())}0"
    store().write(replace(state, pending=replace(state.pending, watcher=dead)), expected_serial=state.serial)


def waited(until: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


# The whole, with real processes


def test_what_nobody_confirms_is_undone_to_the_byte(run: Run, apply: Apply, tmp_path: Path) -> None:
    assert re.search(
        NOT_CONFIRMED + "the way back is taken in 1 s; keep it: hsync confirm -t edge",
        apply(SECOND, "--confirm-within", "1s"),
    )
    assert now() == SECOND
    waited(lambda: pending() is None)
    assert now() == FIRST
    assert outcomes() == ["applied", "applied"]
    assert re.search(r"undone, not confirmed in time: back to the text before sha256", run("state", "history").stdout)
    assert "The history of edge is whole: 2 runs." in run("state", "history", "--verify").stderr
    told = run("confirm", code=3).stderr
    assert "too late: undone, not confirmed in time: back to the text" in told
    (log,) = (tmp_path / "xdg/hsync/watchers").iterdir()
    waited(lambda: "back to the text before" in log.read_text())
    assert log.stat().st_mode & 0o777 == 0o600


def test_what_is_confirmed_stays_and_the_watcher_ends(run: Run, apply: Apply, tmp_path: Path) -> None:
    apply(SECOND, "--confirm-within", "1h")
    found = pending()
    assert found is not None
    host, pid, started = found.watcher.split()
    assert Path(f"/proc/{pid}").exists()
    assert re.search(r"edge: confirmed: the apply of sha256:\w+ stays", run("confirm").stdout)
    waited(lambda: identity_of(int(pid)) != f"{host} {pid} {started}")
    assert now() == SECOND
    assert outcomes() == ["applied", "confirmed"]
    assert "no apply waits for a confirmation" in run("confirm", code=1).stderr


def test_a_probe_confirms(apply: Apply) -> None:
    apply(SECOND, "--confirm-within", "1h", "--confirm-probe", "test -e d.cfg", "--confirm-times", "2")
    waited(lambda: pending() is None)
    assert now() == SECOND
    state = store().read()
    assert state is not None
    assert (state.history[-1].outcome, state.history[-1].facts.reason) == ("confirmed", "1 probe passed 2 times")


def test_the_terminal_and_hsync_die_and_the_way_back_is_taken(run: Run, apply: Apply, tmp_path: Path) -> None:
    """A session on a pseudo terminal is hung up while the apply is at work; the shell and hsync are killed."""
    (tmp_path / "d.cfg").write_text(SECOND)
    run("plan", "--config", "d.cfg")
    child, terminal = pty.fork()
    if not child:
        command = f"{sys.executable} -m hsync apply edge.plan.json --auto-approve --confirm-within 1s; sleep 60"
        os.execve(
            "/bin/sh", ["sh", "-c", command], {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        )
    waited(lambda: (state := store().read()) and state.pending and state.pending.watcher)
    os.kill(child, signal.SIGKILL)
    os.close(terminal)
    os.waitpid(child, 0)
    waited(lambda: pending() is None)
    waited(lambda: now() == FIRST)


# What is refused meanwhile, and what is told


def test_other_applies_are_refused_until_it_is_confirmed(run: Run, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", "5m")
    told = apply(THIRD, code=3)
    assert re.search(r"an earlier apply to edge is not confirmed \(plan sha256:\w+\): the way back is taken in", told)
    assert "hint: nothing was sent; keep it: hsync confirm -t edge; undo it: hsync rollback -t edge, then" in told
    assert "an earlier apply to edge is not confirmed" in run("import", "-o", "x.cfg", code=3).stderr
    assert now() == SECOND
    run("confirm", "-t", "edge")
    apply(THIRD)
    assert now() == THIRD


def test_a_rollback_is_the_way_back_by_hand(run: Run, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", "5m")
    run("rollback", "-t", "edge")
    assert "not confirmed" not in run("apply", "edge.plan.json", "--auto-approve").stdout
    assert (now(), pending()) == (FIRST, None)


def test_the_same_plan_again_is_no_other_apply(run: Run, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", "5m")
    told = run("apply", "edge.plan.json", "--auto-approve")
    assert "this plan has been applied already" in told.stdout
    assert "the way back is taken in 300 s" in told.stderr


@pytest.mark.parametrize(("verb", "code"), [("plan", 0), ("drift", 0), ("doctor", 1), ("rollback", 0), ("recover", 0)])
def test_every_command_that_looks_at_the_target_tells(
    verb: str, code: int, run: Run, apply: Apply, no_watcher: list[list[str]]
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    words = [verb, "--config", "d.cfg"] if verb == "plan" else [verb]
    told = run(*words, code=code)
    assert re.search(f"Warning: {NOT_CONFIRMED}the way back is taken in", told.stderr)
    kill_watcher()
    if verb == "recover":
        return
    told = run(*words, code=code)
    assert "its watcher has died, so hsync recover -t edge takes over" in told.stderr
    if verb == "doctor":
        assert re.search(rf"error +{NOT_CONFIRMED}it is due in", told.stdout)
        assert "its watcher has died: hsync recover -t edge" in told.stdout


def test_a_state_without_an_apply_that_waits_says_nothing(run: Run, apply: Apply) -> None:
    apply(SECOND)
    for verb in ("plan", "doctor", "drift", "recover"):
        assert "not confirmed" not in run(verb, *(["--config", "d.cfg"] if verb == "plan" else []), code=0).output
    assert "Warning: --confirm-probe has no effect: without --confirm-within" in apply(THIRD, "--confirm-probe", "true")
    assert (
        "Warning: --confirm-times has no effect: only --wait contacts anything"
        in run("confirm", "--confirm-times", "2", code=1).stderr
    )


@pytest.mark.parametrize("time", ["0", "-1s", "x", "8d", "169h", "1.2345s", "1s1"])
def test_a_time_is_more_than_nothing_and_a_week_at_most(time: str, run: Run, apply: Apply) -> None:
    assert "is not a time such as 90s, 5m or 1h" in run("apply", "x", "--confirm-within", time, code=64).stderr


@pytest.mark.parametrize(("time", "seconds"), [("90", 90), ("0.5s", 0.5), ("5m", 300), ("1h", 3600)])
def test_a_time_is_a_number_with_a_unit(time: str, seconds: float, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", time)
    found = pending()
    assert found is not None
    assert found.limit.within_ms == seconds * 1000


def test_the_watcher_gets_the_options_of_the_run(
    run: Run, apply: Apply, no_watcher: list[list[str]], tmp_path: Path
) -> None:
    file = tmp_path.parent / f"{tmp_path.name}.toml"
    file.write_text("")
    file.chmod(0o600)
    more = ("--operator-config", str(file), "--trusted", "--timeout", "7", "--confirm-probe", "curl -f x")
    apply(SECOND, "--confirm-within", "5m", *more)
    probes = ["--confirm-probe", "curl -f x", "--confirm-times", "3"]
    operator = ["--operator-config", str(file), "--trusted"]
    assert no_watcher == [["confirm", "-t", "edge", "--wait", "--timeout", "7.0", *probes, *operator]]


# A way back that cannot be taken is told before anything is sent


def with_secret(text: str) -> str:
    return text + "\nuserlist people\n  user ann insecure-password {{ secret('env:PW') }}\n"


@pytest.fixture
def secret(run: Run, apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target has a secret of a template."""
    monkeypatch.setenv("PW", "hunter2-hunter2")
    Path("t.cfg.j2").write_text(with_secret(FIRST))
    run("plan", "t.cfg.j2")
    run("apply", "edge.plan.json", "--auto-approve")


@pytest.mark.usefixtures("secret")
def test_a_secret_of_the_text_before_has_no_value(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PW")
    told = apply(SECOND, "--confirm-within", "5m", code=1)
    assert "the watcher did not start: " in told
    assert "PW" in told
    assert "hint: nothing was sent; correct this, or apply without --confirm-within" in told
    assert "hunter2-hunter2" in now()
    assert (pending(), outcomes()[-1]) == (None, "failed")


@pytest.mark.usefixtures("secret")
def test_a_secret_that_was_changed_with_the_apply_is_told(
    run: Run, apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PW", "hunter3-hunter3")
    Path("t.cfg.j2").write_text(with_secret(SECOND))
    run("plan", "t.cfg.j2")
    told = run("apply", "edge.plan.json", "--auto-approve", "--confirm-within", "1s").stderr
    assert "Warning: a secret has another value since the apply before, and the way back keeps the new one" in told
    waited(lambda: pending() is None)
    assert now().replace("hunter3-hunter3", "x") == with_secret(FIRST).replace("{{ secret('env:PW') }}", "x")


@pytest.mark.parametrize("fault", ["a program that is none", "a log that is a folder"])
def test_a_watcher_that_cannot_be_started(
    fault: str, apply: Apply, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if fault == "a program that is none":
        monkeypatch.setattr(watcher, "_python", lambda: ["/no/such/python"])
    else:
        (tmp_path / "xdg").write_text("")
    told = apply(SECOND, "--confirm-within", "5m", code=1)
    assert "the watcher cannot be started: " in told
    assert (now(), pending()) == (FIRST, None)


def test_a_watcher_that_says_nothing(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_python", lambda: ["/bin/false"])
    assert "the watcher did not start: it said nothing" in apply(SECOND, "--confirm-within", "5m", code=1)
    monkeypatch.setattr(watcher, "_python", lambda: ["/bin/sh", "-c", "echo oh >&2; exit 1"])
    assert "the watcher did not start: oh" in apply(SECOND, "--confirm-within", "5m", code=1)
    assert (now(), pending()) == (FIRST, None)


# After the watcher has died


def test_recover_takes_the_way_back_that_is_due(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    kill_watcher()
    clock.sleep(301)
    assert "it is overdue; its watcher has died, so hsync recover -t edge takes over" in run("drift").stderr
    told = run("recover", "-t", "edge").stderr
    assert "edge: undone, not confirmed in time: back to the text before" in told
    assert (now(), pending()) == (FIRST, None)
    assert len(no_watcher) == 1


def test_recover_starts_another_watcher_before_it_is_due(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    assert "another watcher" not in run("recover").stderr
    kill_watcher()
    clock.sleep(100)
    assert "edge: another watcher was started: the way back is taken in 200 s" in run("recover").stderr
    assert len(no_watcher) == 2
    assert "the way back is taken in 200 s" in run("drift").stderr
    assert now() == SECOND


def test_a_clock_that_was_moved_neither_loses_nor_prolongs_it(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    kill_watcher()
    for moved in (86400.0, -200000.0):
        clock.now += moved
        assert "it is due in 300 s" in run("drift").stderr
    clock.up += 300
    run("recover")
    assert (now(), pending()) == (FIRST, None)


# What somebody else has changed meanwhile


@pytest.fixture
def changed(run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock) -> str:
    """An apply that was not confirmed in time, and a change by hand; what recover says."""
    apply(SECOND, "--confirm-within", "5m")
    Path("haproxy.cfg").write_text(Path("haproxy.cfg").read_text() + "\nbackend by_hand\n")
    clock.sleep(300)
    return run("recover", code=3).stderr


def test_what_somebody_else_has_changed_is_not_undone_unseen(changed: str, run: Run) -> None:
    assert re.search(r"the apply of sha256:\w+ is not undone: somebody else has changed the target since", changed)
    assert "see what they did: hsync drift -t edge; keep all of it: hsync confirm -t edge; undo all" in changed
    assert "by_hand" in now()
    assert outcomes()[-1].startswith("not undone: somebody else has changed the target")
    told = run("drift", code=2).stderr
    assert re.search(NOT_CONFIRMED + "the way back could not be taken: somebody else has changed", told)
    before = outcomes()
    run("recover", code=3)
    assert outcomes() == before, "it is recorded once"


@pytest.mark.usefixtures("changed")
def test_it_can_be_kept(run: Run) -> None:
    run("confirm", "-t", "edge")
    assert "by_hand" in now()
    assert pending() is None


@pytest.mark.usefixtures("changed")
def test_it_can_be_undone(run: Run) -> None:
    assert "1 of them undoes what somebody else has changed" in run("rollback", "-t", "edge").stdout
    run("apply", "edge.plan.json", "--auto-approve")
    assert (now(), pending()) == (FIRST, None)


@pytest.mark.usefixtures("changed")
def test_when_the_change_is_gone_the_way_back_is_free(run: Run) -> None:
    file = Path("haproxy.cfg")
    file.write_text(file.read_text().replace("\nbackend by_hand\n", ""))
    run("recover", "-t", "edge")
    assert (now(), pending()) == (FIRST, None)


# The watcher in the foreground


def test_a_watcher_in_the_foreground_takes_the_way_back(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    done = run("confirm", "--wait", code=3)
    assert re.search(r"process \d+ watches edge, and takes the way back if nobody confirms", done.stdout)
    assert "edge: undone, not confirmed in time: back to the text before" in done.stderr
    assert sum(clock.slept) == pytest.approx(300, abs=1)
    assert now() == FIRST


@pytest.mark.parametrize("stays", [True, False])
def test_who_ends_the_waiting_ends_the_watcher(
    stays: bool, run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    if not stays:
        run("rollback", "-t", "edge")

    def meanwhile(seconds: float) -> None:
        clock.on_sleep = None
        command = ["confirm"] if stays else ["apply", "edge.plan.json", "--auto-approve"]
        with subprocess.Popen(
            [sys.executable, "-m", "hsync", *command],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ) as other:
            assert other.wait() == 0

    clock.on_sleep = meanwhile
    told = run("confirm", "--wait", code=0 if stays else 3).stderr
    assert re.search(rf"edge: the apply of sha256:\w+ {'is confirmed' if stays else 'was undone'}", told)
    assert now() == (SECOND if stays else FIRST)


def test_probes_confirm_only_when_they_pass_in_a_row(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")

    def meanwhile(_: float) -> None:
        if len(clock.slept) in {3, 6}:
            Path("ok").touch()
        if len(clock.slept) == 5:
            Path("ok").unlink()

    clock.on_sleep = meanwhile
    done = run("confirm", "--wait", "--confirm-probe", "test -e ok", "--confirm-probe", "true", "--confirm-times", "4")
    assert done.stderr.count("a probe has not passed: test -e ok: exit code 1") == 2
    assert "edge: confirmed: the apply of" in done.stderr
    assert len(clock.slept) == 9
    assert now() == SECOND


def test_probes_that_never_pass_confirm_nothing(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    run("confirm", "--wait", "--confirm-probe", "false", code=3)
    assert now() == FIRST


def test_a_probe_that_is_none(run: Run, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", "5s")
    assert (
        "probe 'tcp://x': host and port are needed"
        in run("confirm", "--wait", "--confirm-probe", "tcp://x", code=64).stderr
    )


def test_nothing_to_wait_for(run: Run, apply: Apply) -> None:
    apply(SECOND)
    assert "edge: no apply waits for a confirmation" in run("confirm", "--wait", code=1).stderr


def test_a_target_that_is_away_is_tried_again(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    read = DataplaneClient.at_rest

    def away(this: DataplaneClient) -> Snapshot:
        if clock.now < 1_800_000_060:
            raise TargetError("it does not answer")
        return read(this)

    monkeypatch.setattr(DataplaneClient, "at_rest", away)
    told = run("confirm", "--wait", code=3).stderr
    assert told.count("the way back was not taken yet: it does not answer") == 5
    assert clock.slept[-5:] == [2, 4, 8, 16, 32]
    assert now() == FIRST


def test_what_cannot_be_undone_is_recorded_at_last(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5s")

    def meanwhile(_: float) -> None:
        for kept in Path("state/.kept").rglob("*"):
            if len(kept.name) == 64:
                kept.unlink()

    clock.on_sleep = meanwhile
    assert "no text sha256:" in run("confirm", "--wait", code=1).stderr
    assert 3600 < sum(clock.slept) < 3800
    assert "the way back could not be taken: no text sha256:" in run("drift").stderr
    assert now() == SECOND
    clock.on_sleep = None
    assert "no text sha256:" in run("recover", code=1).stderr


def test_who_holds_the_lock_is_waited_for(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    with store().lock(Owner.here()):
        assert run("confirm", code=5).stderr.startswith("Error: another run of hsync holds the lock of edge")
    tries: list[float] = []
    lock = FileStore.lock

    def held(this: FileStore, owner: Owner, *, timeout: float = 0.0) -> object:
        tries.append(timeout)
        if len(tries) == 1:
            raise locked("edge", None)
        return lock(this, owner, timeout=timeout)

    monkeypatch.setattr(FileStore, "lock", held)
    run("confirm", "--wait", code=3)
    assert len(tries) == 2
    assert now() == FIRST


# An apply that fails leaves nothing to confirm


def test_an_apply_that_stores_nothing_leaves_nothing_to_confirm(
    run: Run, apply: Apply, no_watcher: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> str:
        raise TargetError("it is gone")

    monkeypatch.setattr(DataplaneClient, "commit", lost)
    apply(SECOND, "--confirm-within", "5m", code=1)
    assert (now(), pending(), outcomes()) == (FIRST, None, ["failed"])


def test_a_plan_that_changes_nothing_needs_no_confirmation(apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(FIRST, "--confirm-within", "5m")
    assert no_watcher == []
    apply(SECOND)
    assert pending() is None


def test_a_state_that_is_gone_ends_the_watcher(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5m")
    clock.on_sleep = lambda _: Path("state/edge.json").unlink(missing_ok=True)
    assert re.search(r"the apply of sha256:\w+ was undone", run("confirm", "--wait", code=3).stderr)
    assert now() == SECOND


def test_nothing_is_to_be_taken_back(run: Run, apply: Apply) -> None:
    apply(SECOND)
    project = Project.open(operator=Operator())
    with project.session() as session, session.locked():
        assert take_back(session, project) == "edge: nothing to take back: no apply waits for a confirmation"
        was_in_trouble(session, "the text is not kept")
    assert outcomes() == ["applied"]


def test_a_watcher_tells_when_somebody_else_has_changed_the_target(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    file = Path("haproxy.cfg")
    clock.on_sleep = lambda _: file.write_text(SECOND + "\nbackend by_hand\n")
    assert "is not undone: somebody else has changed the target since" in run("confirm", "--wait", code=3).stderr
    assert "by_hand" in now()


@pytest.mark.usefixtures("secret")
def test_a_watcher_says_what_it_does_not_put_back(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    monkeypatch.setenv("PW", "hunter3-hunter3")
    assert "nobody confirms the apply; but a secret has another value" in run("confirm", "--wait", code=3).stdout


def test_a_time_that_began_again_while_the_lock_was_held(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    lock, again = FileStore.lock, [10.0]

    def held(this: FileStore, owner: Owner, *, timeout: float = 0.0) -> object:
        state = this.read()
        if again and state and state.pending:
            again.pop()
            limit = state.pending.limit.again(clock)
            this.write(replace(state, pending=replace(state.pending, limit=limit)), expected_serial=state.serial)
        return lock(this, owner, timeout=timeout)

    monkeypatch.setattr(FileStore, "lock", held)
    run("confirm", "--wait", code=3)
    assert sum(clock.slept) == pytest.approx(10, abs=1)
    assert now() == FIRST


def test_a_user_without_a_home_has_no_log(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(watcher, "_python", lambda: ["/bin/sh", "-c", "echo oh >&2; exit 1"])
    assert "the watcher did not start: it said nothing" in apply(SECOND, "--confirm-within", "5m", code=1)


def test_a_state_that_cannot_be_read_for_a_while_is_read_again(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    file = Path("state/edge.json")
    text = file.read_text()

    def meanwhile(_: float) -> None:
        if len(clock.slept) < 6:
            file.write_text(text if len(clock.slept) == 5 else "{")

    clock.on_sleep = meanwhile
    told = run("confirm", "--wait", code=3).stderr
    assert told.count("the way back was not taken yet: ") == 4
    assert (now(), pending()) == (FIRST, None)


def test_a_state_that_cannot_be_read_any_more_ends_the_watcher_at_last(
    run: Run, apply: Apply, no_watcher: list[list[str]], clock: SetClock
) -> None:
    apply(SECOND, "--confirm-within", "5s")
    clock.on_sleep = lambda _: Path("state/edge.json").write_text("{")
    assert "state/edge.json" in run("confirm", "--wait", code=1).stderr
    assert sum(clock.slept) > 3600


def test_the_recorded_state_shows_it(run: Run, apply: Apply, no_watcher: list[list[str]]) -> None:
    apply(SECOND, "--confirm-within", "5m")
    assert re.search(
        r"unconfirmed +plan sha256:\w+, until 20\d\d-\S+Z if the clock is right", run("state", "show").stdout
    )
    shown = held("state-show", run("state", "show", "--json"))["unconfirmed"]
    assert (shown["within_ms"], shown["trouble"]) == (300_000, "")
    run("confirm")
    assert held("state-show", run("state", "show", "--json"))["unconfirmed"] is None
