"""Several applies of one plan at once, each with a state of its own: one wins; the others exit with 3, or find it applied."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hsync.session import make_plan, read_desired
from hsync.store import planfile
from hsync.testing import Server

RACERS = 6

BASE = "global\n  maxconn 100\n\ndefaults base\n  mode http\n\nfrontend www from base\n  bind 127.0.0.1:18080\n\nbackend web from base\n  server w1 192.0.2.1:80\n"
DESIRED = {
    "transaction": BASE.replace("maxconn 100", "maxconn 7") + "  server w2 192.0.2.2:80\n",
    "raw": f"{BASE}\nlisten mine from base\n  bind 127.0.0.1:10\n",
}


def raced(url: str, plan: Path, folder: Path) -> Counter[tuple[int, bool]]:
    """Exit code of each racer, and whether it says that it has changed something."""
    started = []
    for number in range(RACERS):
        here = folder / f"racer{number}"
        here.mkdir()
        (here / "hsync.toml").write_text("")
        command = [sys.executable, "-m", "hsync", "apply", str(plan), "-t", url, "--auto-approve", "--json"]
        env = {"PATH": "/usr/bin:/bin", "HOME": str(here)}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=here, stdout=pipe, stderr=pipe, text=True, env=env))
    found: Counter[tuple[int, bool]] = Counter()
    for racer, (out, err) in [(racer, racer.communicate(timeout=120)) for racer in started]:
        assert racer.returncode in {0, 3}, err
        found[racer.returncode, '"changed": true' in out] += 1
    return found


def file_target(folder: Path) -> tuple[str, Server]:
    server = Server(BASE, path=folder / "haproxy.cfg", rewrites=False)
    return server.client.identity.removeprefix("file:"), server


def server_target(folder: Path) -> tuple[str, Server]:
    del folder
    server = Server(BASE, listens=True)
    return server.url, server


@pytest.mark.parametrize("lane", DESIRED)
@pytest.mark.parametrize("opened", [file_target, server_target], ids=["file", "server"])
def test_one_wins_and_the_losers_exit_with_3(opened: object, lane: str, tmp_path: Path) -> None:
    assert callable(opened)
    url, server = opened(tmp_path)
    with server:
        target = server.client.as_target("edge")
        desired = read_desired(DESIRED[lane], "d", kept=target.keeps_text)
        path = tmp_path / "edge.plan.json"
        planfile.write(path, make_plan(server.client, desired, target), planfile.Meta())
        found = raced(url, path, tmp_path)
        assert found[0, True] == 1, found
        assert set(found) <= {(0, True), (0, False), (3, False)}, found  # who comes late finds it applied
