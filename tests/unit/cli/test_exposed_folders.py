"""A folder of states or plans that others can write into is told in one line, with the command that ends it."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run


def warned(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("Warning: ")]


COMMANDS = [
    ("state", ["plan"]),
    ("state", ["drift"]),
    ("state", ["import"]),
    ("state", ["apply", "local.plan.json", "--auto-approve"]),
    ("plans here", ["plan", "-o", "plans here/x.plan.json"]),
    ("plans here", ["apply", "plans here/local.plan.json", "--auto-approve"]),
    ("plans here", ["verify", "plans here/local.plan.json"]),
]


@pytest.mark.parametrize(("folder", "command"), COMMANDS)
def test_it_is_told_until_the_command_was_typed(run: Run, applied: Path, folder: str, command: list[str]) -> None:
    (applied / "plans here").mkdir()
    run("plan", "-o", "plans here/local.plan.json")
    assert warned(run(*command).stderr) == []
    (applied / folder).chmod(0o777)
    (line,) = warned(run(*command).stderr)
    words, _, remedy = line.rpartition(": ")
    shown = next(one for one in (str(applied / folder), folder) if shlex.quote(one) in words)
    assert words == (f"Warning: everybody can write to {shlex.quote(shown)}, and so replace the files that hsync reads")
    subprocess.run(shlex.split(remedy), check=True)
    assert warned(run(*command).stderr) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_told(run: Run, applied: Path) -> None:
    os.chown(applied / "state", 65534, 65534)
    (line,) = warned(run("plan").stderr)
    assert "its owner " in line
    subprocess.run(shlex.split(line.rpartition(": ")[2]), check=True)
    assert warned(run("plan").stderr) == []
