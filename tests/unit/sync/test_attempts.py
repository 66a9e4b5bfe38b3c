from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import httpx
import pytest

from hsync import (
    CommittedError,
    DataplaneClient,
    OutcomeUnknown,
    ReloadFailedError,
    ServerRefused,
    StalePlanError,
    Synchronizer,
    SyncOptions,
    TargetError,
    UnsafePlanError,
    dry_run_options,
)
from hsync.dataplane.embedded.reloads import Outcome
from hsync.testing import damaging
from tests.architecture.source import modules
from tests.unit.sync.runs import DES, FORCE, addresses, checker, run, synchronizer
from tests.unit.sync_server import BASE, Server, is_begin, is_commit, more, same


@pytest.mark.parametrize(
    "desired", [more(2), more(2) + "\nlisten both\n    bind 127.0.0.1:9090\n"], ids=["transaction", "raw"]
)
def test_the_staged_text_is_checked_before_the_commit(tmp_path: Path, desired: str) -> None:
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="backend b2")})
    result = run(server, desired)
    assert not result.success
    assert isinstance(result.error, ServerRefused)
    assert "line is bad" in result.error.server_message
    assert "line is bad" in result.message
    assert (server.version, server.now) == (1, BASE)
    assert not [one for one in server.sent if one.startswith("PUT /v3/services/haproxy/transactions")]
    assert not [one for one in server.sent if "skip_reload" in one]


def test_without_validation_the_commit_is_the_check(tmp_path: Path) -> None:
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="backend b2")})
    result = run(server, options=SyncOptions(validate_before_apply=False))
    assert "line is bad" in result.message
    assert [one for one in server.sent if one.startswith("PUT /v3/services/haproxy/transactions")]
    assert not [one for one in server.sent if "only_validate" in one]


@pytest.mark.parametrize("current", [None, BASE])
@pytest.mark.parametrize("desired", [BASE, DES, BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"])
def test_a_dry_run_sends_no_write_request(current: str | None, desired: str) -> None:
    server = Server()
    options = dataclasses.replace(dry_run_options(), validate_before_apply=True, continue_on_error=True)
    result = run(server, desired, options, current)
    assert result.success
    assert result.has_changes == (desired != BASE)
    assert (result.applied_operations, result.retries) == ((), 0)
    assert [one.split()[0] for one in server.sent] == ["GET"] * len(server.sent)
    assert (len(server.writes), server.version, server.now) == (0, 1, BASE)


def test_a_dry_run_says_what_would_be_sent() -> None:
    result = run(Server(), options=dry_run_options())
    assert result.diff is not None
    assert addresses(result.diff.operations) == ["backends/b1", "backends/b2"]
    assert result.message == "dry run: 2 operations would be sent, nothing was written"


def test_the_library_has_no_comparator_and_no_executor_of_its_own() -> None:
    nodes = [node for module in modules() if module.layer == "sync" for node in module.nodes]
    calls = {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    assert {"snapshot", "commit"} <= calls
    assert not calls & {"send", "push_raw", "validate_raw", "await_reload", "abandon", "draft"}


def test_a_failed_reload_is_no_success() -> None:
    server = Server(options={"reload_command": "false"})
    result = run(server)
    assert isinstance(result.error, ReloadFailedError)
    assert result.message.startswith("committed, but the reload failed")
    assert (result.applied_operations, server.now) == ((), BASE), "the server put the old file back"


def test_a_failed_reload_is_settled_by_a_push_of_the_whole_text() -> None:
    outcomes = [Outcome(ok=True), Outcome(ok=False, response="[ALERT] no memory"), Outcome(ok=True)]
    server = Server(options={"runner": lambda: outcomes.pop(0)})
    run(server)
    assert isinstance(run(server, BASE).error, ReloadFailedError)
    assert server.quiet.snapshot().memory_ahead
    result = synchronizer(server).sync_from_strings(None, BASE, FORCE)
    assert result.success, result.message
    assert not server.quiet.snapshot().split_brain
    assert same(server.now, BASE)


def test_a_target_whose_file_was_edited_unseen_is_left_alone() -> None:
    server = Server()

    def edited(request: httpx.Request) -> httpx.Response | None:
        text = f"# _md5hash={'0' * 32}\n# _version=3\n{BASE}"
        return httpx.Response(200, text=text, headers={"Configuration-Version": "3"})

    server.before = edited
    result = synchronizer(server).sync_from_strings(None, BASE, FORCE)
    assert isinstance(result.error, StalePlanError)
    assert "the file was edited by hand" in result.message
    assert [one.split()[0] for one in server.sent] == ["GET"] * 4


def test_disk_and_memory_that_differ_for_a_moment_are_read_again() -> None:
    server = Server()

    def lag(request: httpx.Request) -> httpx.Response | None:
        if len(server.sent) > 2:
            return None
        headers = {"Configuration-Version": "8"}
        return httpx.Response(200, text=f"# _version=7\n{BASE}", headers=headers, request=request)

    server.before = lag
    result = run(server)
    assert (result.success, result.retries) == (True, 0)


def test_a_reload_that_cannot_be_told_is_no_success() -> None:
    def lose(request: httpx.Request) -> httpx.Response | None:
        if "/reloads/" in str(request.url):
            return httpx.Response(404, json={"code": 404, "message": "gone"}, request=request)
        return None

    def lose_commit(request: httpx.Request) -> None:
        if is_commit(request):
            raise httpx.ReadError("reset", request=request)

    server = Server(before=lose, after=lose_commit)
    result = synchronizer(server).sync_from_strings(None, DES)
    assert (result.success, addresses(result.applied_operations)) == (False, ["backends/b1", "backends/b2"])
    assert isinstance(result.error, CommittedError)
    assert isinstance(result.error.__cause__, OutcomeUnknown)
    assert "committed before: create backends/b1, create backends/b2" in result.message


def test_a_lost_answer_to_the_commit_is_resolved_by_reading() -> None:
    def lose(request: httpx.Request) -> None:
        if is_commit(request):
            raise httpx.ReadError("reset", request=request)

    result = run(Server(after=lose))
    assert (result.success, result.message) == (True, "2 operations applied")


def test_a_staged_text_of_another_meaning_is_not_committed() -> None:
    server = Server(options={"manner": damaging(lambda text: text.replace("balance roundrobin", "balance leastconn"))})
    result = run(server)
    assert isinstance(result.error, UnsafePlanError)
    assert "the staged text differs" in result.message
    assert server.version == 1


def test_a_transaction_that_cannot_be_opened_is_told() -> None:
    def full(request: httpx.Request) -> httpx.Response | None:
        if is_begin(request):
            raise httpx.ConnectError("Connection refused", request=request)
        return None

    result = run(Server(before=full))
    assert (result.success, type(result.error), result.applied_operations) == (False, TargetError, ())
    assert "not sent: Connection refused" in result.message


def test_a_target_that_is_not_there_is_told() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("Connection refused", request=request)

    client = DataplaneClient("http://127.0.0.1:5555", transport=httpx.MockTransport(refuse), sleep=lambda _: None)
    result = Synchronizer(client).sync_from_strings(None, DES)
    assert (result.success, result.diff, result.has_changes) == (False, None, False)
    assert isinstance(result.error, TargetError)
    assert "http://127.0.0.1:5555" in result.message
    assert "success" not in str(result)
