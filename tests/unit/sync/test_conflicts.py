from __future__ import annotations

from typing import Any

import httpx
import pytest

from hsync import StalePlanError
from tests.unit.sync.runs import DES, FORCE, addresses, hook, run
from tests.unit.sync_server import BASE, RAW, Server, is_begin, is_commit, more


def test_a_conflict_is_read_and_compared_again_and_stale_operations_are_never_sent() -> None:
    server = Server()
    server.before = hook(is_begin, lambda: server.become(more(1)))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b2"]
    assert [one for one in server.operations if "POST" in one] == [
        "POST /v3/services/haproxy/configuration/backends"
    ], "b1 was there when the operations were sent"


def test_a_conflict_at_the_commit_is_read_and_compared_again() -> None:
    server = Server()
    server.before = hook(is_commit, lambda: server.become(BASE.replace("maxconn 100", "maxconn 1")))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2", "global"]


@pytest.mark.parametrize("when", [is_begin, is_commit])
def test_a_target_that_became_the_desired_configuration_has_no_changes(when: Any) -> None:
    server = Server()
    server.before = hook(when, lambda: server.become(DES))
    result = run(server)
    assert (result.success, result.retries, result.message) == (True, 1, "no changes")
    assert (result.diff, result.applied_operations) == (None, ())


def test_apply_stops_after_three_retries_with_both_versions() -> None:
    server = Server()
    server.before = hook(is_commit, server.bump, 99)
    result = run(server)
    assert (result.success, result.retries, result.applied_operations) == (False, 3, ())
    assert "version conflict after 3 retries: expected version 4, the target has version 5" in result.message
    assert isinstance(result.error, StalePlanError)
    assert result.has_changes
    assert server.now == BASE


def test_apply_force_goes_on_without_limit() -> None:
    server = Server()
    server.before = hook(is_commit, server.bump, 20)
    result = run(server, options=FORCE)
    assert (result.success, result.retries) == (True, 20)


def test_a_commit_that_was_overtaken_is_followed_by_another() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(more(1)))
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/b1", "backends/b2", "backends/b2"]


def test_a_commit_that_others_have_built_on_is_told_as_applied() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(DES + "# their comment\n"))
    result = run(server)
    assert (result.success, result.retries, result.message) == (True, 1, "2 operations applied")
    assert result.has_changes


def test_a_commit_that_is_always_overtaken_is_no_success() -> None:
    server = Server()
    server.after = hook(is_commit, lambda: server.become(more(1)), 99)
    result = run(server)
    assert (result.success, result.retries) == (False, 3)
    assert addresses(result.applied_operations) == ["backends/b1", *["backends/b2"] * 4]
    assert "committed before: create backends/b1, create backends/b2" in result.message


def test_what_another_has_written_meanwhile_is_not_mistaken_for_the_desired_configuration() -> None:
    # The target holds all that the plan writes, and something else besides.
    server = Server()
    reads = [0]

    def second_read(request: httpx.Request) -> None:
        if request.method == "GET" and request.url.path == RAW:
            reads[0] += 1
            if reads[0] == 2:
                server.become(DES + "\nbackend stranger\n")

    server.before = second_read
    result = run(server)
    assert (result.success, result.retries) == (True, 1)
    assert addresses(result.applied_operations) == ["backends/stranger"]


def test_a_conflict_in_the_raw_lane_is_read_and_compared_again() -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server()
    server.before = hook(lambda request: request.method == "POST" and "version=" in str(request.url), server.bump, 2)
    result = run(server, desired)
    assert (result.success, result.retries) == (True, 2)
    assert addresses(result.applied_operations) == ["raw"]


def test_a_raw_push_that_was_overtaken_before_its_reload_is_told_as_applied() -> None:
    desired = BASE + "\nlisten both\n    bind 127.0.0.1:9090\n"
    server = Server()
    server.after = hook(lambda request: "skip_reload" in str(request.url), server.bump)
    result = run(server, desired)
    assert (result.success, result.retries, addresses(result.applied_operations)) == (True, 0, ["raw"])
