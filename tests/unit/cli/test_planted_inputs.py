"""Where hsync reads a file, a pipe, a device, a folder or a file without end is refused at once, by its path."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bounded import within
from tests.unit.cli.conftest import Run

pytestmark = pytest.mark.attack("planted files")

INPUTS: dict[str, tuple[str, tuple[str, ...]]] = {
    # Where it is read, and by what.
    "plan file of apply": ("x.plan.json", ("apply", "x.plan.json", "--auto-approve")),
    "plan file of verify": ("x.plan.json", ("verify", "x.plan.json")),
    "plan file of show": ("x.plan.json", ("show", "x.plan.json")),
    "plan file that is written over": ("x.plan.json", ("plan", "-o", "x.plan.json")),
    "template": ("templates/haproxy.cfg.j2", ("plan",)),
    "template of an include": ("templates/more.j2", ("plan", "including.j2")),
    "variables": ("vars/common.yaml", ("plan",)),
    "variables of an option": ("more.yaml", ("plan", "--vars", "more.yaml")),
    "configuration": ("x.cfg", ("plan", "--config", "x.cfg")),
    "text to convert": ("x.cfg", ("convert", "x.cfg")),
    "secret": ("secret.txt", ("plan", "secret.j2")),
    "target": ("haproxy.cfg", ("plan",)),
    "state": ("state/local.json", ("state", "show", "-t", "local")),
}
"""Each file that a command reads."""


def big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(65 * 1024 * 1024)


PLANTED: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "terminal": lambda path: path.symlink_to("/dev/tty"),
    "large": big,
}


def put(path: Path, what: str) -> None:
    path.parent.mkdir(exist_ok=True)
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    PLANTED[what](path)


READ_AS_FOLDER = {"configuration", "target", "template"}
"""What may as well be a folder, see docs/targets.md."""


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("name", INPUTS)
def test_whatever_is_no_file_is_refused(run: Run, applied: Path, name: str, what: str) -> None:
    if what == "folder" and name in READ_AS_FOLDER:
        return
    place, command = INPUTS[name]
    (applied / "including.j2").write_text('{% include "more.j2" %}\n', encoding="utf-8")
    (applied / "secret.j2").write_text('# {{ secret("file:secret.txt") }}\n', encoding="utf-8")
    put(applied / place, what)
    with within(10):
        result = run(*command, code=None)
    assert result.exit_code not in {0, 2}, result.output
    assert Path(place).name in result.stderr or str((applied / place).resolve()) in result.stderr


@pytest.mark.parametrize("what", PLANTED)
def test_the_file_of_a_password_is_a_file(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    put(project / "password", what)
    monkeypatch.setenv("HSYNC_PASSWORD_FILE", "password")
    with within(10):
        result = run("plan", "-t", "https://127.0.0.1:1", "--user", "u", code=1)
    assert "HSYNC_PASSWORD_FILE password: " in result.stderr
    assert "give a file with the password in its first line" in result.stderr
