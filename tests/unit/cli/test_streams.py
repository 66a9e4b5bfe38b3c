"""Closed or full standard streams: a command is done or not done, and its exit code says that output was lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hsync.cli import questions
from hsync.cli.group import exit_code
from hsync.errors import OutputError
from hsync.output import console
from hsync.output.progress import progress_on
from hsync.process import streams
from tests.unit.cli.conftest import Run

OUTPUT = 74


def shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    text = f"exec {sys.executable} -m hsync {command}"
    return subprocess.run(["sh", "-c", text], cwd=folder, capture_output=True, text=True, check=False)


CLOSED = {">&-": "it is closed", "> /dev/full": "No space left on device"}


@pytest.mark.parametrize("how", CLOSED)
def test_output_that_nobody_gets_is_an_error_of_its_own(how: str, project: Path) -> None:
    done = shell(project, f"plan {how}")
    assert (done.returncode, done.stdout) == (OUTPUT, "")
    assert f"\nError: cannot write to standard output: {CLOSED[how]}\nhint: " in done.stderr
    assert (project / "local.plan.json").exists()


@pytest.mark.parametrize("how", CLOSED)
@pytest.mark.parametrize("form", ["", "--json"])
def test_an_apply_is_done_and_recorded_all_the_same(how: str, form: str, run: Run, project: Path) -> None:
    run("plan")
    done = shell(project, f"apply local.plan.json --auto-approve {form} {how}")
    assert done.returncode == OUTPUT
    assert "\nError: local: applied: 1 operation, version" in done.stderr
    assert f"\n  cannot write to standard output: {CLOSED[how]}\n" in done.stderr
    state = json.loads((project / "state" / "local.json").read_text())
    assert (state["history"][-1]["outcome"], state["journal"]) == ("applied", [])
    assert "already" in run("apply", "local.plan.json", "--auto-approve").stdout


@pytest.mark.parametrize(("how", "code"), [("2>&-", 0), ("2> /dev/full", 0), (">&- 2>&-", OUTPUT), ("<&- 2>&-", 0)])
def test_words_that_nobody_gets_change_nothing(how: str, code: int, run: Run, project: Path) -> None:
    run("plan")
    done = shell(project, f"apply local.plan.json --auto-approve {how}")
    assert (done.returncode, done.stderr) == (code, "")
    assert "\nglobal\n" in (project / "haproxy.cfg").read_text()
    assert json.loads((project / "state" / "local.json").read_text())["journal"] == []


def test_an_error_keeps_its_code_where_it_cannot_be_told(project: Path) -> None:
    assert shell(project, "plan --frobnicate > /dev/full 2> /dev/full").returncode == 64
    assert shell(project, "show no.plan.json >&- 2>&-").returncode == 1


def test_nobody_is_asked_on_a_standard_input_that_is_closed(run: Run, project: Path) -> None:
    run("plan")
    done = shell(project, "apply local.plan.json <&-")
    assert (done.returncode, "approval is required, but standard input is not a terminal" in done.stderr) == (64, True)
    assert not (project / "haproxy.cfg").exists()


def test_missing_streams_are_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def closed(_: int) -> None:
        raise OSError

    system = SimpleNamespace(fstat=closed, open=lambda name, _: opened.append(name), devnull=os.devnull, O_RDWR=2)
    monkeypatch.setattr(streams, "os", system)
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    streams.complete_streams()
    assert opened == [os.devnull] * 3
    console.say("nobody hears this")
    with pytest.raises(OutputError, match="it is closed"):
        console.out("nobody gets this")
    assert not questions.is_interactive()
    for stream in (sys.stdin, sys.stderr):
        stream.close()


class Hung(io.StringIO):
    """A terminal that hung up."""

    def isatty(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        raise OSError(5, f"Input/output error: {len(text)}")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_progress_goes_on_when_its_terminal_has_gone() -> None:
    done = 0
    with progress_on(Hung()) as progress:
        for number in range(3):
            progress("words", number, 3)
            done += 1
    assert done == 3


def test_a_path_with_a_nul_is_refused(run: Run, project: Path) -> None:
    assert project.exists()
    assert "has a NUL character in it" in run("show", "a\0b", code=64).stderr
    assert "control character" in run("plan", "-t", "http://a\0b:1", code=64).stderr
    assert "control character" in run("drift", "-t", "a\0b.cfg", code=64).stderr


def test_a_result_that_cannot_be_written_is_told_with_the_error(
    run: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("plan")

    def full(_: str) -> None:
        raise OutputError("no room", hint="make some")

    monkeypatch.setattr(console, "out", full)
    done = run("apply", "local.plan.json", "--auto-approve", code=OUTPUT)
    assert "Error: local: applied: 1 operation" in done.stderr
    assert done.stderr.endswith("\n  no room\nhint: make some\n")
    assert (project / "haproxy.cfg").exists()


class Gone(io.StringIO):
    """A standard output whose reader has closed it."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(len(text))


def test_a_reader_that_has_gone_is_told_by_the_exit_code_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Gone())
    assert exit_code(lambda: console.out("data")) == OUTPUT
    monkeypatch.undo()
    assert capsys.readouterr().err == ""
