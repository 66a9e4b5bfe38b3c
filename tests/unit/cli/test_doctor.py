"""`hsync doctor`: what is found about a target, and that each remedy helps."""

from __future__ import annotations

import errno
import json
import os
import re
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
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


# Permissions, sockets and programs on this machine


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """A socket of HAProxy, which gives one answer to each request, and what it was asked."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(path))
        door.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = door.accept()
                    with peer:
                        asked.append(peer.recv(1000))
                        peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        door.shutdown(socket.SHUT_RDWR)
    thread.join()


def reloads_by(site: Path, line: str) -> None:
    """Give the target a way to reload HAProxy."""
    (site / "hsync.toml").write_text(f'target = "edge"\n[targets.edge]\npath = "haproxy.cfg"\n{line}\n')


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        yield Path(folder)


def doctor(run: Run, code: int | None = None) -> str:
    run("allow")
    return run("doctor", "--haproxy-bin", "./fake-haproxy", code=code).stdout


def test_a_file_that_can_be_replaced_is_ok(run: Run, site: Path) -> None:
    assert f"ok       {site / 'haproxy.cfg'} can be read and replaced\n" in doctor(run)


@pytest.mark.parametrize(
    ("denied", "what", "remedy"),
    [
        (os.W_OK | os.X_OK, "cannot be written by you, so no file in it can be replaced", "chmod u+w {folder}"),
        (os.R_OK, "haproxy.cfg cannot be read by you", "chmod u+r {folder}/haproxy.cfg"),
    ],
)
def test_a_missing_permission_is_an_error(
    run: Run, site: Path, denied: int, what: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    mine = {site, site / "haproxy.cfg"}
    monkeypatch.setattr(
        "hsync.dataplane.here.os.access",
        lambda path, mode: not (Path(path) in mine and mode == denied) and access(path, mode),
    )
    told = doctor(run, 1)
    assert "error " in told
    assert what in told
    assert remedy.format(folder=site) in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_makes_apply_fail_as_doctor_says(run: Run, site: Path) -> None:
    (site / "lb").mkdir()
    (site / "haproxy.cfg").rename(site / "lb" / "haproxy.cfg")
    (site / "hsync.toml").write_text('target = "edge"\n[targets.edge]\npath = "lb/haproxy.cfg"\n')
    (site / "lb").chmod(0o555)
    assert "cannot be written by you" in doctor(run, 1)
    (site / "lb").chmod(0o755)
    assert "can be read and replaced" in doctor(run)


def test_a_folder_of_files_is_looked_at(run: Run, site: Path) -> None:
    (site / "conf").mkdir()
    (site / "conf" / "a.cfg").write_text(BASE)
    told = run("doctor", "-t", "conf", "--haproxy-bin", "./fake-haproxy", code=None).stdout
    assert f"ok       {site / 'conf'} can be read and replaced" in told


def test_a_master_socket_that_answers(run: Run, site: Path, short: Path) -> None:
    reloads_by(site, f'master_socket = "{short}/m.sock"')
    with answering(short / "m.sock", b"#<PID> <type>\n12 master\n\n") as asked:
        assert f"ok       the master_socket answers ({short}/m.sock)" in doctor(run, 0)
    assert asked == [b"show proc\n"]


@pytest.mark.parametrize(
    ("made", "what", "remedy"),
    [
        ("missing", "does not answer: No such file or directory", "start HAProxy so that it listens on"),
        ("dead", "does not answer: Connection refused", "start HAProxy so that it listens on"),
        ("mute", "does not let you in: it says nothing", "`level admin`"),
        ("operator", "does not let you in: Permission denied", "`level admin`"),
        ("forbidden", "does not answer: Permission denied", "let your user connect to"),
    ],
)
def test_a_master_socket_that_does_not_help_is_an_error(
    run: Run, site: Path, short: Path, made: str, what: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reloads_by(site, f'master_socket = "{short}/m.sock"')
    answer = {"mute": b"\n", "operator": b"Permission denied\n"}.get(made, b"")
    with ExitStack() as open_:
        if answer:
            open_.enter_context(answering(short / "m.sock", answer))
        elif made == "dead":
            with socket.socket(socket.AF_UNIX) as gone:
                gone.bind(f"{short}/m.sock")
        elif made == "forbidden":

            def refuse(_path: str, _request: str) -> str:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

            monkeypatch.setattr("hsync.dataplane.here._asked", refuse)
        told = doctor(run, 1)
    assert f"error    the master_socket {short}/m.sock {what}" in told
    assert remedy in told


def test_the_runtime_socket_of_a_file_is_asked(run: Run, site: Path, short: Path) -> None:
    (site / "haproxy.cfg").write_text(BASE.replace("global\n", f"global\n  stats socket {short}/r.sock level admin\n"))
    reloads_by(site, 'reload_command = "true"')
    run("allow")
    run("import", "--force")
    told = doctor(run, 0)
    assert f"warning  the stats socket {short}/r.sock does not answer" in told
    assert "start HAProxy" in told
    with answering(short / "r.sock", b"Name: HAProxy\nVersion: 3.4.0\n") as asked:
        assert f"ok       the stats socket answers ({short}/r.sock)" in doctor(run, 0)
    assert asked == [b"show info\n"]


def test_a_reload_command_that_is_there(run: Run, site: Path) -> None:
    reloads_by(site, 'reload_command = "true now"')
    assert "ok       the reload_command can be run (true)" in doctor(run, 0)


def test_a_reload_command_that_is_missing_is_an_error(run: Run, site: Path) -> None:
    reloads_by(site, 'reload_command = "/nowhere/reload it"')
    told = doctor(run, 1)
    assert "error    the reload_command cannot be run: there is no program /nowhere/reload" in told
    assert "correct reload_command" in told


def test_the_document_has_the_findings_with_their_remedies(run: Run, site: Path) -> None:
    reloads_by(site, 'reload_command = "/nowhere/reload it"')
    run("allow")
    document = json.loads(run("doctor", "--json", code=1).stdout)
    assert [one["level"] for one in document["findings"] if "reload_command" in one["what"]] == ["error"]
    assert all(one["remedy"] for one in document["findings"] if one["level"] == "error")


def test_the_version_of_the_binary_is_told(run: Run, site: Path) -> None:
    (site / "fake-haproxy").write_text(
        "#!/bin/sh\n[ \"$1\" = -v ] && echo 'HAProxy version 3.4.0 2026/05/28'\nexit 0\n"
    )
    assert f"ok       {site / 'fake-haproxy'} is HAProxy 3.4.0\n" in doctor(run, 0).replace("./", f"{site}/")


def test_a_binary_that_the_system_cannot_run_is_an_error(run: Run, site: Path) -> None:
    (site / "fake-haproxy").write_bytes(b"\x7fELF nothing")
    told = doctor(run, 1)
    assert "fake-haproxy cannot be run: " in told
    assert "hint: give another: --haproxy-bin FILE" in told


@pytest.mark.parametrize(
    ("status", "remedy"), [(401, "set HSYNC_USER and HSYNC_PASSWORD"), (403, "the user is not permitted to do this")]
)
def test_wrong_credentials_are_an_error(server: Server, tmp_path: Path, status: int, remedy: str) -> None:
    made = session(server, tmp_path)
    server.tap.refuse(re.compile("GET "), "no", status=status)
    told = found(made)
    assert re.match(rf"error .*the server answered {status}", told)
    assert f"| {remedy}" in told
