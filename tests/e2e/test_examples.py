"""The example projects: all their environments give configurations that hsync and HAProxy accept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hsync.render.project import load_project

EXAMPLES = Path(__file__).parents[2] / "examples"

ENVIRONMENTS = [
    pytest.param(path.parent, name, id=f"{path.parent.name}-{name}")
    for path in sorted(EXAMPLES.glob("*/hsync.toml"))
    for name in load_project(path).environments
]


def said(folder: Path, *words: str) -> str:
    """The output of a command, which must succeed."""
    command = [sys.executable, "-m", "hsync", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("example", "environment"), ENVIRONMENTS)
def test_an_environment_is_valid_and_planned(example: Path, environment: str, tmp_path: Path) -> None:
    folder = tmp_path / example.name
    shutil.copytree(example, folder)
    said(folder, "validate", "-e", environment)
    assert "to add" in said(folder, "plan", "-e", environment, "-t", "haproxy.cfg", "-o", "it.plan.json")
    said(folder, "apply", "it.plan.json", "-t", "haproxy.cfg", "--auto-approve")
    assert (folder / "haproxy.cfg").read_text(encoding="utf-8").endswith(said(folder, "render", "-e", environment))


def test_there_are_examples() -> None:
    assert len(ENVIRONMENTS) >= 2
