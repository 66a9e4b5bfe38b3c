"""`hsync doctor`: what is found about a target, and that each remedy helps."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import pytest

from hsync.dataplane import DataplaneClient
from hsync.session.doctor import Level, examine
from hsync.session.session import Session
from hsync.store import FileStore, Place
from hsync.testing import Server
from tests.unit.cli.conftest import Run, fake_haproxy

BASE = "global\n  maxconn 100\n\nbackend web\n  server a 192.0.2.1:80\n"


@pytest.fixture
def site(run: Run, tmp_path: Path) -> Path:
    """A file that hsync has taken over, with a binary that checks it."""
    fake_haproxy(tmp_path)
    (tmp_path / "haproxy.cfg").write_text(BASE)
    (tmp_path / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n')
    run("import")
    return tmp_path


def test_a_target_that_is_well(run: Run, site: Path) -> None:
    told = run("doctor", "--haproxy-bin", "./fake-haproxy").stdout
    assert "error" not in told
    assert "ok       HAProxy accepts the present configuration" in told
    assert "nothing tells HAProxy to reload" in told
    assert told.endswith("edge: 1 warning\n")
    assert json.loads(run("doctor", "--json").stdout)["findings"][0]["level"] == "ok"


def edited(site: Path) -> None:
    (site / "haproxy.cfg").write_text(f"{BASE}\nbackend by_hand\n")


def forgotten(site: Path) -> None:
    for one in (site / "state").glob("*.json"):
        one.unlink()


def died(site: Path) -> None:
    (file,) = (site / "state").glob("*.json")
    state = json.loads(file.read_text())
    state["journal"] = [{"facts": {}, "phase": "begin", "plan": f"sha256:{0:064}", "when": "now"}]
    file.write_text(json.dumps(state))


def exposed(site: Path) -> None:
    (site / "state").chmod(0o777)


ODD: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "edited by hand": (edited, "it was changed since the last apply or import", "hsync drift"),
    "a lost state": (forgotten, "there is no state of it", "hsync import"),
    "a run that died": (died, "a run was interrupted in phase begin", "hsync recover"),
    "a folder for everybody": (exposed, "everybody can write", "chmod go-w"),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_has_a_remedy(name: str, run: Run, site: Path) -> None:
    make, what, remedy = ODD[name]
    make(site)
    told = run("doctor", "--haproxy-bin", "./fake-haproxy").stdout
    assert f"warning  {what}" in told or f" {what}" in told
    assert remedy in told


@pytest.mark.parametrize(
    ("arguments", "what", "remedy"),
    [
        (["-t", "http://127.0.0.1:1"], "connection refused", ""),
        (["-t", "nowhere/x.cfg"], "there is no folder|does not exist|no such", ""),
        (["-t", "edgy"], "no target 'edgy'", "give a name"),
        (["-t", "http://192.0.2.1:5555"], "with plain http", "--allow-plaintext"),
        (["--haproxy-bin", "/nowhere/haproxy"], "cannot be run", "give its path"),
    ],
)
def test_what_would_make_an_apply_fail_is_exit_code_1(
    arguments: list[str], what: str, remedy: str, run: Run, site: Path
) -> None:
    told = run("doctor", *arguments, code=1).stdout
    assert any(one in told for one in what.split("|")), told
    assert remedy in told


def test_a_configuration_that_haproxy_refuses_is_an_error(run: Run, site: Path) -> None:
    fake_haproxy(site, "config : bad")
    told = run("doctor", "--haproxy-bin", "./fake-haproxy", code=1).stdout
    assert "error    HAProxy refuses the present configuration" in told


@pytest.fixture
def server() -> Any:
    with Server(BASE) as made:
        yield made


def found(session: Session) -> str:
    return "\n".join(f"{one.level} {one.what} | {one.remedy}" for one in examine(session))


def session(server: Server, folder: Path) -> Session:
    return Session("edge", server.client, FileStore(Place(folder / "state", "edge", server.client.identity)))


def test_open_transactions_are_named(server: Server, tmp_path: Path) -> None:
    opened = server.client.begin(server.client.snapshot().version)
    assert f"working now: {opened} | " in found(session(server, tmp_path))
    server.client.abandon(opened)
    assert "ok no transaction is open" in found(session(server, tmp_path))


def test_a_failed_reload_is_an_error(server: Server, tmp_path: Path) -> None:
    server.split_brain(BASE.replace("100", "7"))
    assert "| hsync recover" in found(session(server, tmp_path))


def test_a_lock_of_another_run_is_an_error(server: Server, tmp_path: Path) -> None:
    with session(server, tmp_path).locked():
        assert "error another run of hsync holds the lock of edge" in found(session(server, tmp_path))


def told_by(answers: dict[str, Any], folder: Path, date: float = 1_000_000.0) -> str:
    """The findings about a server that answers so, and has a clock of its own."""

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"Configuration-Version": "3", "Date": formatdate(date, usegmt=True)}
        path = request.url.path.removeprefix("/v3")
        if path.endswith("/raw"):
            return httpx.Response(200, text=f"# _version=3\n{BASE}", headers={**headers, "Content-Type": "text/plain"})
        if path not in answers:
            return httpx.Response(500, json={"code": 500, "message": "no runtime socket"}, headers=headers)
        return httpx.Response(200, json=answers[path], headers=headers)

    with DataplaneClient("http://127.0.0.1:5555", transport=httpx.MockTransport(answer)) as client:
        return found(Session("edge", client, FileStore(Place(folder / "state", "edge", client.identity))))


SERVICES = "/services/haproxy"
WELL: dict[str, Any] = {
    "/specification": {"info": {"version": "3.4"}},
    f"{SERVICES}/transactions": [],
    f"{SERVICES}/configuration/version": 3,
    f"{SERVICES}/runtime/info": {"info": {"version": "3.4.0", "uptime": 100}},
    f"{SERVICES}/reloads": [{"status": "succeeded", "reload_timestamp": 999_905}],
}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({}, "ok HAProxy 3.4.0 runs, for 100 s"),
        ({f"{SERVICES}/runtime/info": [{"info": {"version": "2.8.9", "uptime": 100}}]}, "ok HAProxy 2.8.9 runs"),
        (
            {f"{SERVICES}/runtime/info": {"info": {"version": "3.4.0", "uptime": 5000}}},
            "error HAProxy runs for 5000 s, and its last reload was reported as succeeded 4905 s after it started",
        ),
        (
            {
                f"{SERVICES}/runtime/info": {"info": {"version": "3.4.0", "uptime": 5000}},
                f"{SERVICES}/reloads": [{"status": "failed", "reload_timestamp": 999_905}],
            },
            "ok HAProxy 3.4.0 runs, for 5000 s",
        ),
        ({f"{SERVICES}/reloads": None}, "ok HAProxy 3.4.0 runs"),
    ],
)
def test_a_reload_that_only_pretends_is_found_out(change: dict[str, Any], what: str, tmp_path: Path) -> None:
    told = told_by({**WELL, **change}, tmp_path)
    assert what in told
    assert ("without a reload" in told) == what.startswith("error")


def test_a_server_without_a_runtime_socket_is_told(tmp_path: Path) -> None:
    told = told_by({path: answer for path, answer in WELL.items() if "runtime" not in path}, tmp_path)
    assert "warning the runtime of HAProxy cannot be asked" in told
    assert "stats socket" in told


def test_a_clock_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hsync.session.doctor.clock.time.time", lambda: 1_000_030.0)
    assert "ok the clocks agree" in told_by(WELL, tmp_path)
    monkeypatch.setattr("hsync.session.doctor.clock.time.time", lambda: 1_000_300.0)
    assert "warning the clock of the server is 300 s behind of the one here" in told_by(WELL, tmp_path)
    monkeypatch.setattr("hsync.session.doctor.clock.time.time", lambda: 999_000.0)
    assert "1000 s ahead" in told_by(WELL, tmp_path)


def test_levels_are_those_of_the_schema() -> None:
    assert {*Level} == {"ok", "warning", "error"}
