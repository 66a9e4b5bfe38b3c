"""A program runs for a limited time with limited output, and nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from hsync import processes
from hsync.processes import MAX_OUTPUT, Ended, StartError, detach, environment, run
from tests.bounded import TooSlowError, within


def python(code: str) -> list[str]:
    return [sys.executable, "-I", "-S", "-c", code]


def shell(code: str) -> list[str]:
    return ["/bin/sh", "-c", code]


def is_alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and was not waited for by anybody does not."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return False


@pytest.fixture(params=[True, False], ids=["waitid", "poll"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `waitid`, and without it as on a Mac."""
    if not request.param:
        monkeypatch.delattr(os, "waitid")


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize(
    ("words", "ended"),
    [
        (shell("echo out; echo err >&2; exit 3"), Ended(3, b"out\n", b"err\n")),
        (shell("kill -9 $$"), Ended(-9)),
        (shell("exec >&- 2>&-; sleep 0.1; exit 4"), Ended(4)),
        (shell("cat; exit 0"), Ended(0)),
        (["/bin/true"], Ended(0)),
    ],
)
def test_how_a_program_ended_is_told(words: list[str], ended: Ended) -> None:
    with within(5):
        assert run(words, seconds=5) == ended


def test_a_program_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError, match="/nowhere/x"):
        run(["/nowhere/x"], seconds=5)


def test_without_time_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="touch: no end within 0 s"):
        run(["touch", str(tmp_path / "file")], seconds=0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_is_kept_up_to_a_bound_and_the_program_goes_on(stream: str) -> None:
    code = f"import sys; sys.{stream}.write('x' * {8 * MAX_OUTPUT}); sys.exit(7)"
    with within(10):
        ended = run(python(code), seconds=10)
    assert ended.code == 7
    assert getattr(ended, stream) == b"x" * MAX_OUTPUT


def test_output_without_end_ends_with_the_time() -> None:
    with within(5), pytest.raises(TimeoutError, match=r"no end within 0\.3 s"):
        run(shell("yes"), seconds=0.3)


STAYING = {
    "a child in the background": "sleep 60 & echo $! > pid; wait",
    "one that ignores signals": "(trap '' TERM INT HUP; sleep 60 & echo $! > pid; wait) & wait",
    "a pipeline": "sleep 60 | cat & echo $! > pid; wait",
}
"""Programs with children."""

LEFT = {name: code.replace("; wait", "; true").replace("& wait", "& sleep 0.2") for name, code in STAYING.items()}
"""The same, and their first process ends."""


def child(folder: Path) -> int:
    return int((folder / "pid").read_text(encoding="ascii"))


def gone(pid: int) -> bool:
    """Whether a process has ended, or does so at once: a kill takes a moment."""
    for _ in range(50):
        if not is_alive(pid):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize("what", LEFT)
def test_what_a_program_leaves_running_is_killed_at_its_end(tmp_path: Path, what: str) -> None:
    with within(5):
        assert run(shell(LEFT[what]), seconds=5, cwd=tmp_path).code == 0
    assert gone(child(tmp_path))


@pytest.mark.parametrize("what", STAYING)
def test_all_of_it_is_killed_when_its_time_is_over(tmp_path: Path, what: str) -> None:
    with within(5), pytest.raises(TimeoutError):
        run(shell(STAYING[what]), seconds=0.4, cwd=tmp_path)
    assert gone(child(tmp_path))


@pytest.mark.parametrize("what", STAYING)
def test_all_of_it_is_killed_by_an_interrupt(tmp_path: Path, what: str) -> None:
    with pytest.raises(TooSlowError), within(0.4):
        run(shell(STAYING[what]), seconds=60, cwd=tmp_path)
    assert gone(child(tmp_path))


def test_a_daemon_may_stay(tmp_path: Path) -> None:
    code = "import os, time\nif os.fork() == 0:\n os.setsid(); open('pid', 'w').write(str(os.getpid()))\n [os.close(n) for n in (1, 2)]; time.sleep(60)\nwhile not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)"
    with within(5):
        assert run(python(code), seconds=5, cwd=tmp_path).code == 0
    assert is_alive(child(tmp_path))
    os.kill(child(tmp_path), signal.SIGKILL)


def test_a_group_that_may_not_be_killed_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_pid: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "killpg", refuse)
    assert run(["/bin/true"], seconds=5) == Ended(0)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_PASSWORD", "hunter2")
    monkeypatch.setenv("OTHER", "x")


@pytest.mark.usefixtures("own")
def test_no_program_gets_the_variables_of_hsync() -> None:
    told = run(["env"], seconds=5).stdout.decode()
    assert "OTHER=x" in told
    assert "HSYNC_" not in told
    assert "hunter2" not in told
    assert set(os.environ) - set(environment()) == {name for name in os.environ if name.startswith("HSYNC_")}


@pytest.mark.usefixtures("own")
def test_a_program_gets_the_variables_that_it_is_given_and_no_others() -> None:
    assert run(["/usr/bin/env"], seconds=5, variables={"A": "b"}).stdout == b"A=b\n"
    assert run(["/usr/bin/env"], seconds=5, variables={}).stdout == b""


READING = {
    "all of it": ("wc -c", 3_000_000, b"3000000\n"),
    "and answering all the time": ("cat", 300_000, b"x" * 300_000),
    "a little of it": ("head -c 3", 3_000_000, b"xxx"),
    "nothing of it": ("true", 3_000_000, b""),
    "nothing, and going on": ("exec <&-; sleep 0.2; echo done", 3_000_000, b"done\n"),
    "one byte": ("cat", 1, b"x"),
}
"""What programs do with their standard input, its size, and what they answer."""


@pytest.mark.parametrize("what", READING)
def test_a_program_reads_what_it_is_given_and_no_more_than_it_wants(what: str) -> None:
    code, size, answer = READING[what]
    with within(10):
        assert run(shell(code), seconds=10, stdin=b"x" * size) == Ended(0, answer)


def test_a_program_that_reads_nothing_and_does_not_end_is_killed_in_time() -> None:
    with within(5), pytest.raises(TimeoutError):
        run(shell("sleep 60"), seconds=0.3, stdin=b"x" * 3_000_000)


# A program that outlives this process


def log_of(folder: Path) -> int:
    return os.open(folder / "log", os.O_WRONLY | os.O_CREAT, 0o600)


def test_a_detached_program_has_a_session_of_its_own_and_goes_on(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    code = "echo ready; echo oh >&2; read line; echo $line $A $(ps -o sid= -p $$) > done.new; mv done.new done"
    pid, said = detach(
        ["/bin/sh", "-c", f"cd {tmp_path}; {code}"], {"A": "b", "PATH": "/bin:/usr/bin"}, log=log, seconds=10
    )
    os.close(log)
    assert said == "ready"
    os.waitpid(pid, 0)
    assert (tmp_path / "done").read_text().split() == ["b", str(pid)]
    assert (tmp_path / "log").read_text() == "oh\n"


@pytest.mark.parametrize(
    ("code", "said"), [("exit 1", ""), ("printf half", "half"), ("sleep 60", ""), ("printf x; sleep 60 & wait", "x")]
)
def test_a_program_that_does_not_say_a_line_is_killed(code: str, said: str, tmp_path: Path) -> None:
    log = log_of(tmp_path)
    with within(10), pytest.raises(StartError) as caught:
        detach(["/bin/sh", "-c", code], {"PATH": "/bin:/usr/bin"}, log=log, seconds=0.3)
    os.close(log)
    assert str(caught.value) == said


def test_a_program_that_is_none_cannot_be_detached(tmp_path: Path) -> None:
    log = log_of(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        detach(["/no/such/program"], {}, log=log, seconds=1)
    os.close(log)


def test_programs_are_run_here_only() -> None:
    from tests.architecture.source import imported, modules

    users = {module.name for module in modules() if "subprocess" in imported(module)}
    # git only tells a commit; the process that renders is a part of hsync
    assert users == {processes.__name__, "hsync.render.apart"}
