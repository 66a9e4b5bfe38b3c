"""A disk that is full, at every place where hsync writes: nothing is half-written, and the message says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
from hsync.cli import main
sys.argv[0] = "hsync"
main()
"""
"""hsync in a process whose files may not grow beyond a size: the system refuses a write as it does on a full disk."""


def limited(folder: Path, size: int, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(size), *words], cwd=folder, capture_output=True, text=True, check=False
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file() and not one.name.endswith(".lock") and ".kept" not in one.parts
    }


VERBS = {
    "plan": ["plan"],
    "apply": ["apply", "local.plan.json", "--auto-approve"],
    "import": ["import", "-o", "x.cfg"],
    "init": ["init", "new"],
}


@pytest.mark.parametrize(
    ("verb", "size"), [*((verb, size) for verb in VERBS for size in (0, 200)), ("plan", 700), ("apply", 700)]
)
def test_a_write_that_does_not_fit_changes_nothing(run: Run, project: Path, verb: str, size: int) -> None:
    config = project / "haproxy.cfg"
    config.write_text("global\n  maxconn 1\n" + "# a line that takes some room\n" * 50)
    run("plan")
    if verb != "apply":
        run("apply", "local.plan.json", "--auto-approve")
        config.write_text(config.read_text() + "# edited\n")
    before = contents(project)
    done = limited(project, size, *VERBS[verb])
    assert done.returncode == 1, done.stderr
    assert "File too large" in done.stderr
    assert "hint: " in done.stderr
    after = contents(project)
    assert {name: after[name] for name in before} == before
    assert after.keys() == before.keys()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KB; only root can have one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if mount is None or os.geteuid() != 0 or subprocess.run([mount, *options], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield disk
    os.chdir(tmp_path)
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("room", [0, 4096, 8192, 12288, 16384, 20480, 24576])
def test_a_disk_that_fills_up_during_an_apply_leaves_whole_files(
    run: Run, small_disk: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.chdir(small_disk)
    run("init")
    config = small_disk / "haproxy.cfg"
    config.write_text("global\n  maxconn 1\n")
    run("plan")
    plan = (small_disk / "local.plan.json").read_bytes()
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left on device"):  # noqa: PT012
        while True:
            file.write(b"x" * 4096)
    os.truncate(ballast, max(ballast.stat().st_size - room, 0))
    result = run("apply", "local.plan.json", "--auto-approve", code=None)
    assert result.exit_code == 0 or "No space left on device" in result.output
    assert "has a bug" not in result.output
    assert (small_disk / "local.plan.json").read_bytes() == plan
    assert b"maxconn 1\n" in config.read_bytes() or b"maxconn 1000\n" in config.read_bytes()
    ballast.unlink()
    assert "applied" in run("apply", "local.plan.json", "--auto-approve").output
    assert not [one for one in small_disk.rglob(".hsync-*") if one.name.endswith(".tmp")]
