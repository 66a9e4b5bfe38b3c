"""On a terminal there are colours, unless NO_COLOR is set, and questions."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.unit.cli.conftest import Run

NOTHING: Mapping[str, str] = MappingProxyType({})


def on_terminal(
    folder: Path, *arguments: str, typed: bytes = b"", environment: Mapping[str, str] = NOTHING
) -> tuple[int, bytes]:
    """Run hsync on a terminal with 80 columns; returns exit code and output."""
    ours, theirs = os.openpty()
    os.write(ours, typed)
    variables = {**os.environ, "COLUMNS": "80", "TERM": "xterm", **environment}
    done = subprocess.Popen(
        [sys.executable, "-m", "hsync", *arguments],
        cwd=folder, env=variables, stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 65536):
            shown += chunk
    except OSError:
        # The other end is closed: on Linux this is how a terminal says that it is over.
        pass
    os.close(ours)
    return done.wait(timeout=30), shown


@pytest.mark.parametrize(("variables", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
def test_colours(variables: dict[str, str], colour: bool, run: Run, project: Path) -> None:
    run("plan")
    code, shown = on_terminal(project, "show", "local.plan.json", environment=variables)
    assert code == 0
    assert (b"\x1b[" in shown) is colour


def test_a_plan_is_applied_after_a_typed_yes(run: Run, project: Path) -> None:
    run("plan")
    code, shown = on_terminal(project, "apply", "local.plan.json", typed=b"yes\n")
    assert code == 0
    assert b"Plan: 7 to add" in shown
    assert b"local: applied: 1 operation" in shown
    assert (project / "haproxy.cfg").exists()
