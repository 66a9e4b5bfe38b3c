"""The demo, as `make demo` runs it: it succeeds, shows the promised steps, and leaves no process running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsync.dataplane.embedded import find_haproxy

ROOT = Path(__file__).parents[2]
DEMO = "demo/demo.py"
PATIENCE_S = 60
PROCESSES = Path("/proc")

pytestmark = [
    pytest.mark.skipif(find_haproxy() is None, reason="the demo needs an HAProxy binary"),
    pytest.mark.skipif(not PROCESSES.is_dir(), reason="/proc tells what is left running"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name: the path of a unix socket can have about a hundred bytes."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        yield Path(name).resolve()


def start(folder: Path) -> subprocess.Popen[str]:
    """Start the demo, with its temporary folder below ours."""
    return subprocess.Popen(
        [sys.executable, DEMO],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def end(demo: subprocess.Popen[str]) -> str:
    """The output of a finished demo; after a timeout it is interrupted, so that it can clean up."""
    try:
        return demo.communicate(timeout=PATIENCE_S)[0]
    except subprocess.TimeoutExpired:
        demo.send_signal(signal.SIGINT)
        pytest.fail(f"the demo takes more than {PATIENCE_S} s:\n{demo.communicate(timeout=PATIENCE_S)[0]}")


def left_running(folder: Path) -> list[str]:
    """Commands of processes whose working directory is in a folder, or was in a deleted folder below it."""
    found = []
    for process in PROCESSES.glob("[0-9]*"):
        try:
            where = (process / "cwd").readlink()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if where.is_relative_to(folder):
            found.append(f"{process.name} {command}")
    return found


def test_make_demo_runs_it() -> None:
    assert f"\ndemo: $(READY)\n\t$(BIN)/python {DEMO}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_a_process_that_is_left_would_be_seen(folder: Path) -> None:
    (folder / "below").mkdir()
    with subprocess.Popen(["sleep", "60"], cwd=folder / "below") as process:
        (folder / "below").rmdir()
        while not Path(f"/proc/{process.pid}/cmdline").read_bytes():
            pass  # its words are not there yet
        seen = left_running(folder)
        process.kill()
    assert seen == [f"{process.pid} sleep 60 "]


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[int, str, Path]]:
    """Exit code, output and temporary folder of a whole demo."""
    with tempfile.TemporaryDirectory(prefix="hd-") as name:
        demo = start(Path(name).resolve())
        said = end(demo)
        yield demo.returncode, said, Path(name).resolve()


def test_it_ends_well_and_leaves_nothing(played: tuple[int, str, Path]) -> None:
    code, said, folder = played
    assert code == 0, said
    assert "Traceback" not in said
    assert said.rstrip().endswith("== Done: nothing is left running")
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def test_it_shows_changed_traffic_drift_and_a_stale_plan_refused(played: tuple[int, str, Path]) -> None:
    _, *stories = played[1].split("\n== Over ")
    assert len(stories) == 2, "on a file, and over HTTP"
    for story in stories:
        shows_changed_traffic_drift_and_a_stale_plan(story)


def shows_changed_traffic_drift_and_a_stale_plan(story: str) -> None:
    before, _, after = story.partition("$ hsync apply first.plan.json")
    assert "/green\nblue\n" in before
    assert "/green\ngreen\n" in after
    steps = story.split("\n$ ")
    (drift,) = [step for step in steps if step.startswith("hsync drift") and "Drift: " in step]
    assert drift.rstrip().endswith("(exit code 2)")
    (stale,) = [step for step in steps if step.startswith("hsync apply third.plan.json")]
    assert "has changed since the plan was made" in stale
    assert "(exit code 3)" in stale


def test_an_interrupted_one_leaves_nothing(folder: Path) -> None:
    demo = start(folder)
    assert demo.stdout is not None
    for line in demo.stdout:
        if line.startswith("== 2."):
            break
    assert left_running(folder) != []
    demo.send_signal(signal.SIGINT)
    end(demo)
    assert demo.returncode != 0
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []
