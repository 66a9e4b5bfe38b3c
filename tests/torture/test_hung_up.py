"""The terminal of an apply that must be confirmed is hung up, and hsync is killed with it, sooner and later: real processes.

The watcher that the apply has started is the only one that is left; if it was not started yet, there is `hsync recover`.
"""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.plan.snapshot import split_header
from tests.torture.traffic import waited

BASE = "# mine\nglobal\n  maxconn 10   # ten\n\nbackend web\n  server a 192.0.2.1:80\n"
DESIRED = BASE.replace("maxconn 10   # ten", "maxconn 20") + "  server b 192.0.2.2:80\n"

MOMENTS_S = [number * 0.1 for number in range(20)]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A project with a plan, in this folder; the environment for hsync."""
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n')
    (tmp_path / "haproxy.cfg").write_text(BASE)
    (tmp_path / "d.cfg").write_text(DESIRED)
    own = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    python = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, **own, "PYTHONPATH": python, "HSYNC_HAPROXY_BIN": "none", "HSYNC_UNTRUSTED": "0"}


def hsync(folder: Path, environment: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "hsync", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


def hung_up(folder: Path, environment: dict[str, str], after_s: float) -> None:
    """Begin an apply on a terminal, which is gone after a while, with the shell and hsync."""
    child, terminal = pty.fork()
    if not child:
        os.chdir(folder)
        command = f"{sys.executable} -m hsync apply edge.plan.json --auto-approve --confirm-within 2s; sleep 60"
        os.execve("/bin/sh", ["sh", "-c", command], environment)
    reading = threading.Thread(target=read_all, args=(terminal,))
    reading.start()
    threading.Event().wait(after_s)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    reading.join()
    os.close(terminal)


def read_all(terminal: int) -> None:
    """What a terminal does with the output, until nobody has it open any more."""
    try:
        while os.read(terminal, 4096):
            pass
    except OSError:
        return


@pytest.mark.parametrize(
    "after_s",
    [pytest.param(one, marks=() if number == 12 else pytest.mark.torture) for number, one in enumerate(MOMENTS_S)],
)
def test_what_a_terminal_has_left_is_undone(
    after_s: float, tmp_path: Path, environment: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    hsync(tmp_path, environment, "plan", "--config", "d.cfg")
    hung_up(tmp_path, environment, after_s)
    state = tmp_path / "state" / "edge.json"

    def pending() -> dict[str, str] | None:
        found: dict[str, str] | None = json.loads(state.read_text())["pending"] if state.exists() else None
        return found

    found = pending()
    if found and found["watcher"]:
        waited(lambda: pending() is None)
    else:
        hsync(tmp_path, environment, "recover")
        waited(lambda: pending() is None)
    assert split_header((tmp_path / "haproxy.cfg").read_text())[1].lstrip("\n") == BASE
    assert re.search("nothing to recover", hsync(tmp_path, environment, "recover"))
    record_property("torture", ("terminals that were hung up", 1))
