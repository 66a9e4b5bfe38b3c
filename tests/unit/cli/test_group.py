"""Each end of a run has an exit code and a message, and never a traceback."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from hsync import errors
from hsync.cli.group import VERBS, cli, exit_code
from tests.unit.cli.conftest import Run

ENDS: list[tuple[BaseException, int, str]] = [
    (errors.InputError("wrong\x1b[31m", hint="do this"), 1, "Error: wrong\\x1b[31m\nhint: do this\n"),
    (errors.ConfigError("faults:", [errors.Fault("f:1", "bad")]), 1, "Error: faults:\n  f:1: bad\n"),
    (errors.StalePlanError("moved"), 3, "Error: moved\n"),
    (errors.UnsafePlanError("unsafe"), 4, "Error: unsafe\n"),
    (errors.LockedError("locked"), 5, "Error: locked\n"),
    (errors.ReloadFailedError("reload"), 6, "Error: reload\n"),
    (errors.TargetsFailedError("some"), 7, "Error: some\n"),
    (errors.UsageError("usage"), 64, "Error: usage\n"),
    (click.UsageError("no such option"), 64, "Error: no such option\nhint: hsync --help\n"),
    (click.ClickException("click"), 1, "Error: click\n"),
    (click.Abort(), 130, "Error: interrupted\n"),
    (KeyboardInterrupt(), 130, "Error: interrupted\n"),
    (PermissionError(13, "Permission denied", "file"), 1, "Error: file: Permission denied\n"),
    (OSError("odd"), 1, "Error: odd\n"),
    (ValueError("bug"), 1, "Error: hsync has a bug: ValueError: bug\n"),
]


@pytest.mark.parametrize(("end", "code", "words"), ENDS)
def test_exit_codes(end: BaseException, code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    def running() -> None:
        raise end

    assert exit_code(running) == code
    told = capsys.readouterr()
    assert told.err.startswith(words)
    assert told.out == ""


@pytest.mark.parametrize(("value", "code"), [(None, 0), (0, 0), (2, 2)])
def test_a_verb_returns_its_code(value: int | None, code: int) -> None:
    assert exit_code(lambda: value) == code


def test_a_bug_shows_its_traceback_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HSYNC_DEBUG", "1")
    assert exit_code(lambda: 1 // 0) == 1
    assert "Traceback" in capsys.readouterr().err


class Gone(io.StringIO):
    """A standard output whose reader has closed it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self.descriptor = descriptor

    def flush(self) -> None:
        raise BrokenPipeError

    def fileno(self) -> int:
        return self.descriptor


@pytest.mark.parametrize("end", [None, errors.InputError("wrong")])
def test_a_reader_that_has_gone_is_no_news(
    end: Exception | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def running() -> None:
        if end is not None:
            raise end

    with (tmp_path / "out").open("wb") as file:
        gone = Gone(os.dup(file.fileno()))
    monkeypatch.setattr(sys, "stdout", gone)
    assert exit_code(running) == (1 if end else 74)
    os.close(gone.descriptor)
    assert capsys.readouterr().err == ("Error: wrong\n" if end else "")
    monkeypatch.undo()


def test_a_broken_pipe_is_silent(run: Run, tmp_path: Path) -> None:
    (tmp_path / "big.cfg").write_text("backend b\n" + "  # line\n" * 100_000)
    command = f"{sys.executable} -m hsync render --config big.cfg | head -n 1"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("backend b\n", "")


def test_unknown_verbs_and_options_are_usage_errors(run: Run) -> None:
    assert "Error: no command 'frobnicate'\nhint: hsync --help\n" in run("frobnicate", code=64).stderr
    assert "Error: no command 'plann'; did you mean 'plan'?\n" in run("plann", code=64).stderr
    result = run("plan", "--frobnicate\x1b", code=64)
    assert result.stderr.startswith("Usage: hsync plan")
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("verb", [[], ["state"]], ids=["hsync", "state"])
def test_a_group_without_a_verb_shows_its_help_and_no_error(verb: list[str], run: Run) -> None:
    told = run(*verb, code=64).stderr
    assert told.strip() == run(*verb, "--help").stdout.strip()


def test_every_verb_has_help(run: Run) -> None:
    listed = run("--help").stdout
    for verb in VERBS:
        assert f"\n  {verb} " in listed
        assert run(verb, "--help").stdout.startswith(f"Usage: hsync {verb}")


@pytest.mark.parametrize("width", [60, 80, 100])
def test_help_splits_no_option(width: int, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for verb in ("", *VERBS):
        assert "-\n" not in run(*filter(None, [verb]), "--help").stdout


def test_every_option_has_its_variable() -> None:
    context = click.Context(cli)
    for verb in VERBS:
        command = cli.get_command(context, verb)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                long = next(name for name in parameter.opts if name.startswith("--"))
                assert parameter.envvar == "HSYNC_" + long[2:].replace("-", "_").upper()


def test_the_version(run: Run) -> None:
    assert run("--version").stdout.startswith("hsync 0.")


HEAVY = ("rich", "httpx", "jinja2", "ruamel")
REPLAYED = "httpx"
"""What the replay of a plan loads: `show` compares what a plan shows with what it sends."""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--version"], ""),
        (["show", "local.plan.json"], REPLAYED),
        (["show", "--json", "local.plan.json"], REPLAYED),
    ],
)
def test_fast_verbs_load_nothing_heavy(arguments: list[str], loaded: str, run: Run, project: Path) -> None:
    run("plan")
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: sys.stderr.write(' '.join(sorted({{*{HEAVY!r}}} & {{*sys.modules}}))))\n"
        f"sys.argv = ['hsync', *{arguments!r}]\n"
        "from hsync.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, loaded)


def test_the_module_runs(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hsync", "--version"], cwd=project, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("hsync ")
