from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx
import pytest

from hsync import Configuration, ServerRefused, SyncOptions, TargetError, UnsafePlanError
from tests.unit.sync.runs import GO_ON, addresses, checker, hook, operations_to, run
from tests.unit.sync_server import BASE, Server, is_commit, more, refusing


def test_the_first_error_ends_a_sync_and_leaves_the_target_untouched() -> None:
    server = Server(before=refusing({"b2": "no such luck"}))
    result = run(server, more(4))
    assert (result.success, addresses(result.failed_operations), result.applied_operations) == (
        False,
        ["backends/b2"],
        (),
    )
    assert "operation 2 of 4, create backends/b2, was refused" in result.message
    assert "nothing was changed" in result.message
    assert (server.version, server.now, len(server.operations)) == (1, BASE, 2)


def test_failed_operations_are_set_aside_and_the_others_replayed_in_a_fresh_transaction() -> None:
    server = Server(before=refusing({"b2": "no b2", "b4": "no b4"}))
    result = run(server, more(5), GO_ON)
    assert (result.success, result.retries) == (False, 0)
    assert addresses(result.failed_operations) == ["backends/b2", "backends/b4"]
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b3", "backends/b5"]
    assert [str(one.cause).rpartition(" ")[2] for one in result.failed_operations] == ["b2", "b4"]
    assert len({one for one in server.writes if one.startswith("POST /v3/services/haproxy/transactions")}) == 1
    assert len(server.poisoned) == 2
    assert set(Configuration.from_text(server.now).sections) >= {("backend", f"b{n}") for n in (1, 3, 5)}
    assert server.version == 2


def test_what_was_and_was_not_applied_is_in_the_message() -> None:
    result = run(Server(before=refusing({"b2": "no b2"})), more(2), GO_ON)
    assert result.message.startswith("applied: create backends/b1; not applied: create backends/b2: ")
    assert "no b2" in result.message
    assert result.error is result.failed_operations[0]
    assert result.has_changes
    many = run(Server(before=refusing({"b13": "no"})), more(13), GO_ON)
    assert "create backends/b7 and 2 more; not applied: create backends/b13" in many.message


def test_what_is_left_is_committed_only_if_the_server_finds_it_valid(tmp_path: Path) -> None:
    desired = more(2).replace("default_backend web", "default_backend b1")
    server = Server(
        options={"haproxy_bin": checker(tmp_path, refuse_without="backend b1")}, before=refusing({"b1": "no"})
    )
    result = run(server, desired, dataclasses.replace(GO_ON, validate_before_apply=False))
    assert (result.success, result.applied_operations, server.now) == (False, (), BASE)
    assert "backends/b1" in addresses(result.failed_operations)
    assert "nothing was applied: 2 operations failed" in result.message
    assert "line is missing" in result.message
    assert server.version == 1


def test_nothing_is_committed_when_nothing_is_left() -> None:
    server = Server(before=refusing({"backends": "no"}))
    result = run(server, options=GO_ON)
    assert (len(result.failed_operations), result.applied_operations, server.version) == (2, (), 1)
    assert result.message.startswith("applied: nothing; not applied: create backends/b1")


def test_children_fall_with_the_section_that_was_not_created() -> None:
    desired = more(1) + "\nbackend pool\n    balance roundrobin\n    server z 192.0.2.2:80\n    server a 192.0.2.3:80\n"
    assert [str(one) for one in addresses(operations_to(desired))] == [
        "backends/b1",
        "backends/pool",
        "backends/pool/servers/z",
        "backends/pool/servers/a",
    ]
    server = Server(before=refusing({'"pool"': "no pool"}))
    result = run(server, desired, GO_ON)
    assert addresses(result.applied_operations) == ["backends/b1"]
    assert addresses(result.failed_operations) == [
        "backends/pool",
        "backends/pool/servers/z",
        "backends/pool/servers/a",
    ]
    assert result.failed_operations[2].cause is result.failed_operations[0]
    assert not [one for one in server.operations if "/servers" in one], "they were not even sent"


def test_a_server_that_is_deleted_and_created_again_is_not_lost() -> None:
    current = BASE + "    server s2 192.0.2.2:80\n    server s3 192.0.2.3:80\n"
    desired = BASE + "    server new 192.0.2.9:80\n    server s2 192.0.2.2:80\n    server s3 192.0.2.3:80\n"
    assert [(one.action, one.address.rpartition("/")[2]) for one in operations_to(desired, current)] == [
        ("delete", "s3"),
        ("delete", "s2"),
        ("create", "new"),
        ("create", "s2"),
        ("create", "s3"),
    ]
    server = Server(current, before=refusing({'"s2"': "no s2"}))
    result = run(server, desired, GO_ON)
    assert addresses(result.failed_operations) == ["backends/web/servers/s2"] * 2
    assert [line.split()[1] for line in server.now.splitlines() if "server s" in line or "server n" in line] == [
        "s1",
        "s2",
        "new",
        "s3",
    ]


def test_a_section_that_is_deleted_and_created_again_goes_as_a_whole() -> None:
    current = BASE + "\nuserlist people\n    group staff\n    user joe password x1 groups staff\n"
    desired = more(1) + "\nuserlist people\n    group staff\n    group admin\n    user joe password x2 groups admin\n"
    plan = operations_to(desired, current)
    told = [(str(one.action), one.address) for one in plan]
    server = Server(current, before=refusing({"/users": "no user"}))
    result = run(server, desired, GO_ON)
    assert ("backends/b1" in addresses(result.applied_operations)) == (("create", "backends/b1") in told)
    assert "user joe password x1" in server.now
    assert len(result.applied_operations) + len(result.failed_operations) == len(plan)


def test_what_is_left_and_changes_nothing_is_not_committed() -> None:
    current = BASE + "    server s2 192.0.2.2:80\n"
    desired = BASE + "    server new 192.0.2.9:80\n    server s2 192.0.2.2:80\n"
    server = Server(current, before=refusing({'"new"': "no"}))
    result = run(server, desired, GO_ON)
    assert (server.version, result.applied_operations) == (1, ())
    assert addresses(result.failed_operations) == ["backends/web/servers/new"]
    assert result.message.startswith("applied: nothing; ")


def test_what_is_left_and_cannot_be_proved_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ServerRefused("the copy says no", status=400)

    monkeypatch.setattr("hsync.sync.attempts.reduced", refuse)
    server = Server(before=refusing({"b1": "no"}))
    result = run(server, options=GO_ON)
    assert isinstance(result.error, UnsafePlanError)
    assert "the remaining operations cannot be proved on a copy: the copy says no" in result.message
    assert server.version == 1


def test_a_conflict_after_a_failure_starts_from_the_beginning() -> None:
    server = Server()
    refuse, bump = refusing({"b1": "no b1"}), hook(is_commit, server.bump)

    def both(request: httpx.Request) -> httpx.Response | None:
        bump(request)
        return refuse(request)

    server.before = both
    result = run(server, options=GO_ON)
    assert (result.retries, len(server.poisoned)) == (1, 2)
    assert addresses(result.failed_operations) == ["backends/b1"]
    assert addresses(result.applied_operations) == ["backends/b2"]


def test_a_lost_answer_is_no_failed_operation() -> None:
    def lose(request: httpx.Request) -> None:
        if request.url.path.endswith("/backends"):
            raise httpx.ReadError("reset", request=request)

    server = Server(after=lose)
    result = run(server, options=GO_ON)
    assert (type(result.error), result.failed_operations, server.now) == (TargetError, (), BASE)
    assert "the answer is lost" in result.message


def test_a_refused_raw_push_is_a_failed_operation(tmp_path: Path) -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server(options={"haproxy_bin": checker(tmp_path, refuse_with="listen")})
    result = run(server, desired, SyncOptions(continue_on_error=True, validate_before_apply=False))
    assert addresses(result.failed_operations) == ["raw"]
    assert "line is bad" in str(result.failed_operations[0])
    assert (result.applied_operations, server.now) == ((), BASE)
