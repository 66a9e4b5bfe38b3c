"""The operator's limits of a rendering, on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

BOMB = "a\n{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}\n"


@pytest.mark.usefixtures("renders_apart")
@pytest.mark.parametrize("verb", ["render", "validate", "plan"])
def test_a_bomb_is_an_error_of_every_verb(verb: str, run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "templates" / "haproxy.cfg.j2").write_text(BOMB)
    monkeypatch.setenv("HSYNC_RENDER_SECONDS", "1")
    told = run(verb, code=1)
    assert "Warning" not in told.output
    assert "templates/haproxy.cfg.j2:2: this takes more than 1 s of CPU time" in told.output
    assert "export HSYNC_RENDER_SECONDS=4" in told.output


@pytest.mark.usefixtures("renders_apart")
def test_a_limit_of_the_project_is_none(run: Run, project: Path) -> None:
    (project / "hsync.toml").write_text("[render]\nseconds = 1\n")
    assert "unknown key 'render'" in run("render", code=1).output


def test_a_limit_that_is_none_is_a_wrong_use(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSYNC_RENDER_SECONDS", "soon")
    told = run("render", code=64).output
    assert "HSYNC_RENDER_SECONDS='soon': expected a whole number" in told
    assert "export HSYNC_RENDER_SECONDS=6" in told


@pytest.mark.usefixtures("renders_apart")
def test_the_tour_is_the_same_in_a_process_of_its_own(run: Run, project: Path) -> None:
    assert "server web1" in run("render").output
    run("plan")
    run("apply", "local.plan.json", "--auto-approve")
    assert "No changes" in run("plan").output
