from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest

from hsync import (
    ConfigError,
    Configuration,
    DataplaneClient,
    StalePlanError,
    Synchronizer,
    SyncOptions,
    SyncResult,
    UsageError,
    dry_run_options,
)
from hsync.dataplane.embedded import EmbeddedTransport, serve
from hsync.dataplane.embedded import server as embedded_server
from tests.unit.sync.runs import DES, FORCE, GO_ON, addresses, run, synchronizer
from tests.unit.sync_server import BASE, Server, is_begin, more, refusing, same


def test_new_takes_a_client_of_a_server_or_of_a_file(tmp_path: Path) -> None:
    assert isinstance(Synchronizer(DataplaneClient("http://127.0.0.1:5555", auth=("admin", "secret"))), Synchronizer)
    path = tmp_path / "haproxy.cfg"
    path.write_text(BASE)
    with DataplaneClient.embedded(path) as client:
        assert Synchronizer(client).sync(None, Configuration.from_text(DES)).success
    assert same(path.read_text(), DES)


@pytest.mark.parametrize("current", [None, BASE, "# a comment changes nothing\n" + BASE])
def test_sync_brings_the_target_to_the_desired_configuration(current: str | None) -> None:
    server = Server()
    given = None if current is None else Configuration.from_text(current)
    result = synchronizer(server).sync(given, Configuration.from_text(DES))
    assert (result.success, result.retries, result.has_failures, result.error) == (True, 0, False, None)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2"]
    assert result.message == "2 operations applied"
    assert same(server.now, DES)
    assert len([one for one in server.sent if "/transactions" in one]) == 2  # begun once, committed once
    result.raise_for_failure()


def test_sync_of_the_same_meaning_writes_nothing() -> None:
    server = Server()
    result = run(server, BASE.replace("    ", "\t") + "# a comment\n")
    assert (result.success, result.diff, result.has_changes, result.message) == (True, None, False, "no changes")
    assert server.writes == []


def test_a_current_that_the_target_does_not_run_is_a_version_conflict() -> None:
    server = Server()
    result = run(server, current=more(5))
    assert (result.success, result.retries) == (True, 1)
    server = Server(BASE)
    result = run(server, current="# _version=41\n" + more(1), options=dry_run_options())
    assert not result.success
    assert isinstance(result.error, StalePlanError)
    assert "expected version 41, the target has version 1" in result.message
    assert "does not run the current configuration that was given: backends/b1" in result.message


def test_sync_wants_a_configuration() -> None:
    with pytest.raises(UsageError, match="is a str, not a Configuration"):
        Synchronizer(Server().client()).sync(None, DES)  # type: ignore[arg-type]


def test_sync_from_strings_parses_both_texts() -> None:
    assert run(Server(), DES, current=BASE).success


@pytest.mark.parametrize(
    ("current", "desired", "place"),
    [
        (
            BASE,
            BASE + "backend web\n    balance leastconn\n",
            "desired:16:1: duplicate section: backend web is already at line 14",
        ),
        (BASE, BASE + '    http-request set-header X "open\n', "desired:16:31: unmatched"),
        (BASE + "frontend\n", BASE, "current:16:1: frontend without a name"),
    ],
)
@pytest.mark.parametrize("options", [None, dry_run_options(), FORCE])
def test_a_parse_error_is_raised(current: str, desired: str, place: str, options: SyncOptions | None) -> None:
    server = Server()
    with pytest.raises(ConfigError, match=place):
        Synchronizer(server.client()).sync_from_strings(current, desired, options)
    assert server.sent == []


def test_with_logger_returns_a_synchronizer_that_logs(caplog: pytest.LogCaptureFixture) -> None:
    server = Server()
    logger = logging.getLogger("my.controller")
    first = synchronizer(server)
    other = first.with_logger(logger)
    assert isinstance(other, Synchronizer)
    with caplog.at_level(logging.DEBUG):
        other.sync_from_strings(None, DES)
    told = [(one.name, one.levelname, one.message) for one in caplog.records if one.name != "httpx"]
    assert ("my.controller", "INFO", "sync of http://127.0.0.1:5555, policy apply") in told
    assert ("my.controller", "DEBUG", "create backends/b2 (1 of 2)") in told
    assert told[-1] == ("my.controller", "INFO", "sync: 2 operations applied")
    assert {name for name, _, _ in told} == {"my.controller"}


@pytest.mark.parametrize("options", [None, GO_ON])
def test_no_secret_is_logged_or_told(caplog: pytest.LogCaptureFixture, options: SyncOptions | None) -> None:
    secret = "$5$salt$hunter2hunter2"
    desired = more(1) + f"\nuserlist people\n    user joe password {secret}\n"
    server = Server(before=refusing({"/users": f"bad password {secret} of joe", "userlists": f"no {secret}"}))
    with caplog.at_level(logging.DEBUG):
        result = run(server, desired, options)
    assert result.has_failures
    told = f"{caplog.text}{result}{result.message}{[str(one) for one in result.failed_operations]}"
    assert "(secret)" in told
    assert secret not in told
    assert "hunter2" not in told


def test_sync_in_asyncio_runs_in_a_thread() -> None:
    server = Server()

    async def main() -> SyncResult:
        return await asyncio.to_thread(synchronizer(server).sync_from_strings, None, DES)

    assert asyncio.run(main()).success


def test_threads_share_a_synchronizer() -> None:
    server = Server()
    opened: list[int] = []
    server.after = lambda request: opened.append(len(as_list(server.open_transactions))) if is_begin(request) else None
    syncer = synchronizer(server)
    desired = [more(number) for number in range(8)]
    results: dict[int, SyncResult] = {}

    def work(number: int) -> None:
        for turn in range(3):
            used = syncer if turn % 2 else syncer.with_logger(logging.getLogger(f"worker{number}"))
            results[number] = used.sync_from_strings(None, desired[number])

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [(one.success, one.retries) for one in results.values()] == [(True, 0)] * 8
    assert set(opened) <= {1}, "one sync at a time"
    assert any(same(server.now, one) for one in desired)


def as_list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_a_sync_keeps_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    connections: list[object] = []
    setup = embedded_server._Handler.setup

    def counting(handler: Any) -> None:
        connections.append(handler.client_address)
        setup(handler)

    monkeypatch.setattr(embedded_server._Handler, "setup", counting)
    with serve(EmbeddedTransport(text=BASE)) as url, DataplaneClient(url, auth=("admin", "secret")) as client:
        syncer = Synchronizer(client)
        assert [syncer.sync_from_strings(None, text).success for text in (DES, BASE, DES)] == [True] * 3
    assert len(connections) == 1
