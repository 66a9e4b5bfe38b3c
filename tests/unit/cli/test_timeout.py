"""`--timeout`: a command ends in its time, whatever its target does, and says what has become of the target."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from hsync.dataplane.embedded import EmbeddedSettings
from hsync.store import lock
from hsync.store.planfile import dump, load
from hsync.testing import BEGIN, COMMIT, OPERATION, PUSH, STAGED, Server
from tests.bounded import within
from tests.raw_server import drip, serving_raw
from tests.unit.cli.conftest import Run, local

BASE = """\
global
  maxconn 1000

defaults d
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s

backend web from d
  server w1 127.0.0.1:18081 weight 10
"""
DESIRED = BASE.replace("weight 10", "weight 20")
LISTEN = "\nlisten l from d\n  bind 127.0.0.1:18082\n  server s 127.0.0.1:18083\n"
LANES = {"transaction": (BASE, DESIRED), "raw": (BASE, BASE + LISTEN)}

LATE_S = 3.0
"""How late an answer comes; longer than the command has."""


@pytest.mark.parametrize(
    "verb", [["plan", "--config", "x.cfg"], ["import"], ["apply", "x.plan.json", "--auto-approve"]]
)
def test_a_server_that_drips_is_left_in_time(verb: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text(BASE)
    with serving_raw(drip(b"HTTP/1.1 200 OK")) as port:
        url = f"http://127.0.0.1:{port}"
        if verb[0] == "apply":
            planned_for(url, run, tmp_path)
        started = time.monotonic()
        with within(8):
            told = run(*verb, "-t", url, "--timeout", "0.5", code=1).stderr
    assert time.monotonic() - started < 4
    assert "the time limit of the command, 0.5 s, is reached\nhint: allow more time: --timeout SECONDS" in told


def planned_for(url: str, run: Run, folder: Path) -> None:
    """A plan for a URL where no server has been yet."""
    with Server(BASE, listens=True) as server:
        (folder / "desired.cfg").write_text(DESIRED)
        run("plan", "--config", "desired.cfg", "-t", server.url, "-o", "x.plan.json")
    rebound(folder / "x.plan.json", url)


def rebound(plan: Path, url: str) -> None:
    """Make a plan one for another URL, as if it had been made there."""
    made, meta, _ = load(plan.read_text(encoding="utf-8"), "x")
    plan.write_text(dump(replace(made, target=replace(made.target, url=url)), meta), encoding="utf-8")


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with Server(BASE, listens=True, settings=EmbeddedSettings(reload_delay_s=getattr(request, "param", 0.0))) as one:
        yield one


def apply(run: Run, folder: Path, server: Server, lane: str) -> Result:
    """Apply a plan on a server, with one second for it."""
    (folder / "desired.cfg").write_text(LANES[lane][1])
    run("plan", "--config", "desired.cfg", "-t", server.url, "-o", "x.plan.json")
    command = ("apply", "x.plan.json", "-t", server.url, "--auto-approve", "--timeout", "1", "--reload", "batched")
    with within(12):
        return run(*command, code=None)


@pytest.mark.parametrize("request_", [BEGIN, OPERATION, STAGED], ids=["begin", "operation", "staged"])
def test_before_the_commit_nothing_is_changed_and_nothing_is_left(
    request_: re.Pattern[str], run: Run, tmp_path: Path, server: Server
) -> None:
    before = server.text
    server.tap.answer_late(request_, LATE_S)
    result = apply(run, tmp_path, server, "transaction")
    assert result.exit_code == 1
    assert "the time limit of the command, 1 s, is reached" in result.stderr
    assert server.text == before
    if request_ is BEGIN:
        assert "list them with GET" in result.stderr, "one may be open whose name has not come"
    else:
        assert server.client.get_json("/services/haproxy/transactions") == []


@pytest.mark.parametrize(("lane", "request_"), [("transaction", COMMIT), ("raw", PUSH)], ids=LANES)
def test_when_the_answer_of_a_commit_comes_too_late_the_target_is_read(
    lane: str, request_: re.Pattern[str], run: Run, tmp_path: Path, server: Server
) -> None:
    server.tap.answer_late(request_, LATE_S)
    result = apply(run, tmp_path, server, lane)
    if result.exit_code == 0:
        assert ": applied: " in result.stdout
        assert "weight 20" in server.text
    else:
        assert "nothing was changed" not in result.stderr


@pytest.mark.parametrize("server", [60.0], indirect=True)
@pytest.mark.parametrize("lane", LANES)
def test_a_reload_that_is_not_over_is_told_as_committed(lane: str, run: Run, tmp_path: Path, server: Server) -> None:
    result = apply(run, tmp_path, server, lane)
    assert result.exit_code not in {0, 2}
    assert "committed" in result.stderr
    assert "not ended at the time limit of the command, 1 s" in result.stderr
    assert ("weight 20" if lane == "transaction" else "listen l") in server.text


def test_waiting_for_another_run_ends_with_the_time(run: Run, applied: Path) -> None:
    with lock(local(applied)), within(6):
        told = run(
            "apply", "local.plan.json", "--auto-approve", "--lock-timeout", "60", "--timeout", "0.5", code=5
        ).stderr
    assert "holds" in told or "lock" in told


def test_haproxy_s_check_ends_with_the_time(run: Run, project: Path) -> None:
    slow = project / "slow-haproxy"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    with within(8):
        told = run("plan", "--haproxy-bin", "./slow-haproxy", "--timeout", "0.7", code=None).output
    assert "no end within" in told


def test_without_a_limit_there_is_time(run: Run, project: Path) -> None:
    run("plan", "--timeout", "0")
    run("apply", "local.plan.json", "--auto-approve", "--timeout", "0")
