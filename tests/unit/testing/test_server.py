"""The servers of the test kit: each fault, in the process and over a socket, affects exactly one request, at the right time."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import hsync.testing
from hsync import (
    EmbeddedSettings,
    OutcomeUnknown,
    ReloadFailedError,
    Request,
    ServerRefused,
    StalePlanError,
    Synchronizer,
    TargetError,
)
from hsync.testing import BEGIN, CHECK, COMMIT, OPERATION, READ, STAGED, Clock, Server

RUNNING = "backend web\n  server s1 192.0.2.1:80\n"
WANTED = RUNNING + "  server s2 192.0.2.2:80\n\nbackend api\n  server s1 192.0.2.3:80\n"
INVALID = "backend web\n  server s1 192.0.2.1:80 nonsense\n"

Start = Callable[..., Server]


@pytest.fixture(params=[False, True], ids=["in the process", "on a socket"])
def server(hsync_server: Start, request: pytest.FixtureRequest) -> Server:
    return hsync_server(RUNNING, listens=request.param, timeout=0.5, clock=None if request.param else Clock())


def synchronize(server: Server, wanted: str = WANTED) -> object:
    """The message of the first failed operation, or of the run; None after a success."""
    now = server.client.snapshot().body
    return Synchronizer(server.client).sync_from_strings(now, wanted).message


def begin(server: Server) -> str:
    return server.client.begin(server.client.snapshot().version)


def test_a_server_is_one_to_plans_when_it_rewrites(hsync_server: Start, tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    rewriting, keeping = hsync_server(RUNNING), hsync_server(RUNNING, rewrites=False)
    assert (rewriting.client.traits.keeps_text, keeping.client.traits.keeps_text) == (False, True)
    assert (rewriting.url, keeping.url) == ("http://rewriting.invalid", "file:/memory")
    assert hsync_server(path=file, rewrites=False).url == f"file:{file}"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", hsync_server(listens=True, rewrites=False).url)


def test_a_server_writes_as_it_is_told(hsync_server: Start) -> None:
    text = "backend web\n  server s1 192.0.2.1:80\n  mode http\n"
    for options, stored in (
        ({}, "backend web\n  mode http\n  server s1 192.0.2.1:80\n"),
        ({"rewrites": False}, text),
        ({"damage": lambda text: text.replace("http", "tcp")}, "backend web\n  mode tcp\n  server s1 192.0.2.1:80\n"),
        ({"rewrites": False, "damage": lambda text: text.replace("http", "tcp")}, text.replace("http", "tcp")),
    ):
        server = hsync_server(**options)
        server.write(text)
        assert server.client.snapshot().body.lstrip("\n") == stored


def test_a_file_is_served_and_written(hsync_server: Start, tmp_path: Path) -> None:
    file = tmp_path / "haproxy.cfg"
    server = hsync_server(RUNNING, path=file, rewrites=False)
    assert file.read_text() == RUNNING
    server.write(WANTED)
    assert file.read_text().endswith(WANTED)
    assert hsync_server(path=file).client.snapshot().version == 2
    server.reset(RUNNING)
    assert (server.text, server.client.snapshot().version) == (RUNNING, 1)


def test_requests_are_noted_in_order(server: Server) -> None:
    synchronize(server)
    assert [kind for kind in server.tap.kinds if kind in {"begin", "write", "staged", "commit"}] == [
        *("begin", "write", "write", "staged", "commit")
    ]
    assert all(one.method != "GET" for one in server.tap.writes)
    server.client.get_json("/info")
    assert server.tap.kinds[-1] == "GET /v3/info"
    server.tap.lose_request(READ)
    server.tap.clear()
    server.client.snapshot()
    assert server.tap.kinds == ["read"]


def test_a_refusal_strikes_the_request_of_its_number_and_no_other(server: Server) -> None:
    server.tap.refuse(OPERATION, "no such thing", status=404, number=2)
    told = str(synchronize(server))
    assert told.startswith("operation 2 of 2, ")
    assert "the server answered 404: no such thing" in told
    assert server.tap.kinds.count("write") == 2
    assert server.text == RUNNING
    assert str(synchronize(server)).startswith("2 operations applied")


def test_faults_for_several_requests_strike_each(server: Server) -> None:
    server.tap.refuse(BEGIN, "first")
    server.tap.refuse(BEGIN, "second")
    server.tap.refuse(BEGIN, "fourth", number=4)
    for words in ("first", "second", "", "fourth", ""):
        if words:
            with pytest.raises(ServerRefused, match=words):
                begin(server)
        else:
            assert begin(server)


def test_requests_are_counted_from_1(server: Server) -> None:
    with pytest.raises(ValueError, match="number must be at least 1, not 0"):
        server.tap.lose_answer(READ, number=0)


def test_a_lost_answer_leaves_its_effect(server: Server) -> None:
    server.tap.lose_answer(COMMIT)
    with pytest.raises(OutcomeUnknown):
        server.client.commit(begin(server))
    assert server.client.snapshot().version == 2


def test_a_lost_request_leaves_none(server: Server) -> None:
    transaction = begin(server)
    server.tap.lose_request(OPERATION)
    with pytest.raises(OutcomeUnknown, match="the answer is lost"):
        server.client.send(
            Request("POST", "/services/haproxy/configuration/backends", (), {"name": "new"}), transaction
        )
    assert "write" not in server.tap.kinds
    assert "backend new" not in server.client.snapshot(transaction).text


def test_a_late_answer_is_waited_for_as_long_as_the_client_does(server: Server) -> None:
    server.tap.answer_late(READ, 0.01)
    assert server.client.snapshot().body
    server.tap.answer_late(READ, 1.0)
    with pytest.raises(TargetError, match=r"no answer within 0\.5 s"):
        server.client.snapshot()


def test_time_passes_at_once_in_the_process() -> None:
    clock = Clock()
    with Server(RUNNING, clock=clock) as server:
        server.tap.answer_late(READ, 60.0)
        server.client.snapshot()
    assert clock() == 60.0
    server.close()


def test_a_body_is_changed_on_either_way(server: Server) -> None:
    server.tap.change_answer(STAGED, lambda text: text.replace("s2", "s3"))
    assert "the staged text differs" in str(synchronize(server))
    server.tap.change_request(OPERATION, lambda body: body.replace("192.0.2.3", "192.0.2.9"))
    assert "the staged text differs" in str(synchronize(server))
    assert (server.text, server.client.get_json("/services/haproxy/transactions")) == (RUNNING, [])


def test_a_proxy_answers_in_the_place_of_the_server(server: Server) -> None:
    server.tap.answer(BEGIN, 502, "<html>bad gateway")
    with pytest.raises(TargetError, match="502"):
        begin(server)
    assert "begin" not in server.tap.kinds


def test_somebody_else_writes_before_the_commit(server: Server) -> None:
    transaction = begin(server)
    server.tap.before(COMMIT, lambda: server.write(WANTED))
    with pytest.raises(StalePlanError):
        server.client.commit(transaction)
    assert server.client.snapshot().body.count("backend") == 2


def test_a_write_that_haproxy_refuses_says_so(hsync_server: Start, tmp_path: Path) -> None:
    checker = tmp_path / "haproxy"
    checker.write_text("#!/bin/sh\nexit 1\n")
    checker.chmod(0o755)
    server = hsync_server(RUNNING, settings=EmbeddedSettings(haproxy_bin=str(checker)))
    with pytest.raises(ServerRefused):
        server.write(INVALID)


@pytest.mark.parametrize("delay", [0.0, 5.0])
def test_reloads_fail_while_they_are_told_to(hsync_server: Start, delay: float) -> None:
    server = hsync_server(RUNNING, settings=EmbeddedSettings(reload_delay_s=delay))
    with server.failing_reloads("cannot bind socket"):
        done = server.client.commit(begin(server))
        with pytest.raises(ReloadFailedError, match="cannot bind socket"):
            server.client.await_reload(str(done.reload_id))
    done = server.client.commit(begin(server))
    assert server.client.await_reload(str(done.reload_id)).status == "succeeded"


def test_the_way_to_reload_in_the_settings_is_taken(hsync_server: Start, tmp_path: Path) -> None:
    server = hsync_server(RUNNING, settings=EmbeddedSettings(reload_command=f"touch {tmp_path / 'seen'}"))
    server.write(WANTED)
    assert (tmp_path / "seen").exists()


@pytest.mark.parametrize("delay", [0.0, 5.0])
@pytest.mark.parametrize("rewrites", [True, False])
@pytest.mark.parametrize("written", [True, False], ids=["written by the server", "written by hand"])
def test_memory_and_disk_disagree(hsync_server: Start, delay: float, rewrites: bool, written: bool) -> None:
    server = hsync_server(RUNNING, rewrites=rewrites, settings=EmbeddedSettings(reload_delay_s=delay))
    if written:
        server.write(RUNNING)
    server.split_brain(WANTED)
    snapshot = server.client.snapshot()
    assert snapshot.memory_ahead
    assert (snapshot.text_version, snapshot.version) == (2, 3)
    assert "s2" not in snapshot.body
    assert "s2" in str(server.client.get_json("/services/haproxy/configuration/backends/web/servers"))


def test_the_check_of_a_text_is_a_kind_of_its_own(server: Server) -> None:
    server.tap.refuse(CHECK, "HAProxy does not accept this")
    assert "HAProxy does not accept this" in str(synchronize(server))


def test_the_kit_has_its_names_and_no_other() -> None:
    assert all(getattr(hsync.testing, name) is not None for name in hsync.testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'Servers'"):
        hsync.testing.Servers  # noqa: B018


def test_the_plugin_costs_other_runs_next_to_nothing() -> None:
    code = (
        "import sys, hsync.testing.pytest_plugin; print([name for name in ('httpx', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
