"""Time and record of reloads, and the three ways to reload."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hsync.dataplane.deadline import Deadline, running
from hsync.dataplane.embedded import reloads as reloads_module
from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.reloads import Outcome, Reloads, by_command, by_master_socket, by_nothing
from hsync.processes import MAX_OUTPUT
from tests.bounded import within

DAY = datetime(2026, 11, 24, tzinfo=UTC)
STAMP = int(DAY.timestamp())


class Haproxy:
    """A HAProxy with prepared answers."""

    def __init__(self) -> None:
        self.outcome = Outcome(ok=True)
        self.settled: list[Outcome] = []
        self.now = 0.0

    def reloads(self, delay_s: float) -> Reloads:
        return Reloads(lambda: self.outcome, delay_s, lambda: self.now, self.settled.append, lambda: DAY)


def test_without_a_delay_a_reload_runs_at_once() -> None:
    reloads = Haproxy().reloads(0)
    name = reloads.schedule()
    assert name == "2026-11-24-0"
    assert reloads.one(name) == {"id": name, "reload_timestamp": STAMP, "status": "succeeded"}
    assert reloads.schedule() == "2026-11-24-1"


def test_commits_within_the_delay_share_a_reload() -> None:
    haproxy = Haproxy()
    reloads = haproxy.reloads(5)
    name = reloads.schedule()
    haproxy.now = 4
    assert reloads.schedule() == name
    reloads.tick()
    assert (reloads.one(name), reloads.all()) == ({"status": "in_progress"}, [{"id": name, "status": "in_progress"}])
    haproxy.now = 5
    reloads.tick()
    assert reloads.all() == [{"id": name, "reload_timestamp": STAMP, "status": "succeeded"}]
    reloads.tick()
    assert haproxy.settled == [Outcome(ok=True)]


def test_only_the_last_success_and_every_failure_is_kept() -> None:
    haproxy = Haproxy()
    reloads = haproxy.reloads(0)
    first, second = reloads.schedule(), reloads.schedule()
    haproxy.outcome = Outcome(ok=False, response="[ALERT] no")
    third, fourth = reloads.schedule(), reloads.schedule()
    failed = {"reload_timestamp": STAMP, "status": "failed", "response": "[ALERT] no"}
    assert reloads.all() == [
        {"id": second, "reload_timestamp": STAMP, "status": "succeeded"},
        {"id": third, **failed},
        {"id": fourth, **failed},
    ]
    assert reloads.one(first) == {"id": first, "status": "succeeded"}


@pytest.mark.parametrize(("name", "status"), [("abc", 400), ("2026-11-24-7", 404), ("2027-01-01-0", 404)])
def test_ids_that_were_never_given_out(name: str, status: int) -> None:
    with pytest.raises(Refusal) as refusal:
        Haproxy().reloads(0).one(name)
    assert refusal.value.status == status


def test_a_forced_reload_takes_a_pending_one_along() -> None:
    haproxy = Haproxy()
    reloads = haproxy.reloads(5)
    name = reloads.schedule()
    reloads.force()
    assert reloads.one(name) == {"id": name, "reload_timestamp": STAMP, "status": "succeeded"}


def test_a_forced_reload_that_fails_is_refused_and_not_listed() -> None:
    haproxy = Haproxy()
    haproxy.outcome = Outcome(ok=False, response="port in use")
    reloads = haproxy.reloads(5)
    with pytest.raises(Refusal, match="Reload failed: failed to reload configuration, port in use"):
        reloads.force()
    assert reloads.all() == []
    assert haproxy.settled == [haproxy.outcome]


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        ("sh -c 'echo done'", Outcome(ok=True, response="done")),
        ("sh -c 'echo no >&2; exit 3'", Outcome(ok=False, response="no")),
        ("true", Outcome(ok=True)),
    ],
)
def test_a_command_s_exit_status_decides(command: str, outcome: Outcome) -> None:
    assert by_command(command)() == outcome


def test_a_command_that_is_not_there_has_failed() -> None:
    outcome = by_command("/nowhere/reload")()
    assert not outcome.ok
    assert "/nowhere/reload" in outcome.response


def test_nothing_always_succeeds() -> None:
    assert by_nothing() == Outcome(ok=True)


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("Success=1\n--\n[NOTICE] new worker\n", Outcome(ok=True, response="[NOTICE] new worker")),
        ("Success=0\n--\n[ALERT] cannot bind\n", Outcome(ok=False, response="[ALERT] cannot bind")),
        ("Unknown command\n", Outcome(ok=False, response="Unknown command")),
    ],
)
def test_the_master_socket_says_how_it_went(tmp_path: Path, said: str, outcome: Outcome) -> None:
    path = str(tmp_path / "master.sock")
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen(1)

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(100))
                connection.sendall(said.encode())

        thread = threading.Thread(target=answer)
        thread.start()
        assert by_master_socket(path)() == outcome
        thread.join()
    assert asked == [b"reload\n"]


@contextmanager
def master(path: Path, *said: bytes, pause: float = 0.0) -> Iterator[None]:
    """A master socket that says this, and leaves the connection open until the block ends."""
    over = threading.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen(1)

        def answer() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                for piece in said:
                    connection.sendall(piece)
                    over.wait(pause)
                over.wait(10)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("said", [[], [b"x"] * 1000], ids=["silent", "dripping"])
def test_a_master_socket_has_so_much_time_however_slowly_it_speaks(tmp_path: Path, said: list[bytes]) -> None:
    with master(tmp_path / "m", *said, pause=0.05), within(5), running(Deadline.after(0.4)):
        outcome = by_master_socket(str(tmp_path / "m"))()
    assert not outcome.ok
    assert outcome.response.startswith(f"{tmp_path / 'm'}: ")


def test_a_master_socket_without_an_end_is_read_up_to_a_bound(tmp_path: Path) -> None:
    with master(tmp_path / "m", b"Success=1\n--\n", *[b"x" * 65536] * 100), within(5):
        outcome = by_master_socket(str(tmp_path / "m"))()
    assert outcome.ok
    assert MAX_OUTPUT - 100 < len(outcome.response) < MAX_OUTPUT + 65536


def test_without_time_a_master_socket_is_not_asked(tmp_path: Path) -> None:
    with running(Deadline.after(0)):
        assert by_master_socket(str(tmp_path / "none"))() == Outcome(
            False, f"{tmp_path / 'none'}: no answer within 0 s"
        )


def test_a_command_that_hangs_has_failed_and_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloads_module, "TIMEOUT_S", 0.3)
    with within(5):
        outcome = by_command(f"sh -c 'echo $$ > {tmp_path}/pid; sleep 60 & wait'")()
    assert outcome == Outcome(ok=False, response="sh: no end within 0.3 s")
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_a_master_socket_that_is_not_there_has_failed(tmp_path: Path) -> None:
    outcome = by_master_socket(str(tmp_path / "none.sock"))()
    assert not outcome.ok
    assert "No such file" in outcome.response
