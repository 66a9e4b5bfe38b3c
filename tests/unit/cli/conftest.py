"""A folder with a project, and commands that run in it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hsync.cli.group import cli
from hsync.render import Answer, Job, Limits
from hsync.render.child import answered
from hsync.render.messages import read_answer, read_job, write_job
from hsync.render.notes import Notes
from hsync.session import sources
from hsync.store import Place

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Remove the user's settings, and HAProxy unless a test provides one."""
    for name in [name for name in os.environ if name.startswith("HSYNC_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("HSYNC_HAPROXY_BIN", "none")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("operator")))


@pytest.fixture(autouse=True)
def _renders_here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates are rendered in this process, by the same messages: each process would cost a tenth of a second.

    A test that is marked with `usefixtures("renders_apart")` starts them.
    """
    if "renders_apart" in request.fixturenames:
        return

    def here(job: Job, limits: Limits | None = None) -> Answer:
        line = write_job(job, limits or Limits.of_environment())
        return read_answer(answered(*read_job(line), Notes()))

    monkeypatch.setattr(sources, "render_apart", here)


@pytest.fixture
def renders_apart() -> None:
    """Templates are rendered in processes of their own, as without these tests."""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run hsync in an empty folder: `run("plan", "-t", "haproxy.cfg")`."""
    monkeypatch.chdir(tmp_path)

    def running(*arguments: str, code: int | None = 0, stdin: str = "") -> Result:
        result = CliRunner().invoke(cli, list(arguments), input=stdin)
        assert code in {None, result.exit_code}, result.output
        assert "Traceback" not in result.output
        return result

    return running


@pytest.fixture
def project(run: Run, tmp_path: Path) -> Path:
    """The folder, with the project that `hsync init` writes."""
    run("init")
    return tmp_path


@pytest.fixture
def applied(run: Run, project: Path) -> Path:
    """The project, planned and applied once."""
    run("plan")
    run("apply", "local.plan.json", "--auto-approve")
    return project


def local(folder: Path) -> Place:
    """The state of the project's target."""
    return Place(folder / "state", "local", f"file:{folder / 'haproxy.cfg'}")


def fake_haproxy(folder: Path, *told: str, level: str = "ALERT") -> str:
    """A HAProxy binary that accepts all texts, refuses them with alerts, or warns."""
    file = folder / "fake-haproxy"
    said = "".join("echo '[{}]    (1) : {}' >&2\n".format(level, one.replace("'", "'\\''")) for one in told)
    file.write_text(f"#!/bin/sh\n{said}exit {int(bool(told) and level == 'ALERT')}\n")
    file.chmod(0o755)
    return str(file)
