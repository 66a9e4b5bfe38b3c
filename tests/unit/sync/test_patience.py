from __future__ import annotations

import dataclasses
import threading

import httpx
import pytest

from hsync import SyncCancelledError, Synchronizer, SyncOptions, SyncResult
from tests.unit.sync.runs import DES, FORCE, hook, run, synchronizer
from tests.unit.sync_server import BASE, Server, is_begin, is_commit


def test_a_timeout_ends_a_sync_before_the_commit() -> None:
    server, now = Server(), [0.0]

    def slow(request: httpx.Request) -> None:
        now[0] += 10 if request.method == "POST" else 0

    server.after = slow
    options = SyncOptions(timeout=15)
    result = Synchronizer(server.client(), clock=lambda: now[0]).sync_from_strings(None, DES, options)
    assert (result.success, result.message) == (False, "the time limit of 15 s was reached after 0 retries")
    assert (server.open_transactions, server.now) == ([], BASE)
    assert isinstance(result.error, SyncCancelledError)
    with pytest.raises(SyncCancelledError):
        result.raise_for_failure()


def test_a_timeout_does_not_take_a_commit_back() -> None:
    server, now = Server(), [0.0]

    def slow(request: httpx.Request) -> None:
        now[0] += 100 * is_commit(request)

    server.after = slow
    client = server.client()
    assert Synchronizer(client, clock=lambda: now[0]).sync_from_strings(None, DES, SyncOptions(timeout=15)).success


def test_a_timeout_shortens_the_pause_before_a_retry() -> None:
    server, slept = Server(), list[float]()
    server.before = hook(is_begin, server.bump, 9)
    syncer = Synchronizer(server.client(), sleep=slept.append, clock=lambda: 0.0)
    assert syncer.sync_from_strings(None, DES, SyncOptions(timeout=0.001)).retries == 3
    assert slept == [0.001] * 3


def test_a_cancel_event_ends_a_sync_and_a_waiting_one() -> None:
    cancel = threading.Event()
    server = Server()
    server.before = hook(lambda request: request.url.path.endswith("backends"), cancel.set)
    result = run(server, options=SyncOptions(cancel=cancel))
    assert (result.success, result.message) == (False, "cancelled after 0 retries")
    assert server.now == BASE
    assert len(server.operations) == 1
    result = run(server, options=SyncOptions(cancel=cancel))
    assert result.message == "cancelled after 0 retries"


def test_apply_force_is_ended_by_a_cancel_event() -> None:
    server, cancel, count = Server(), threading.Event(), [0]

    def bump() -> None:
        server.bump()
        count[0] += 1
        if count[0] == 7:
            cancel.set()

    server.before = hook(is_commit, bump, 99)
    result = run(server, options=dataclasses.replace(FORCE, cancel=cancel))
    assert (result.success, result.message, result.retries) == (False, "cancelled after 6 retries", 6)
    assert server.now == BASE


def test_a_sync_that_waits_for_its_turn_can_be_cancelled() -> None:
    server, cancel = Server(), threading.Event()
    syncer = synchronizer(server)
    inside: list[SyncResult] = []

    def second() -> None:
        threading.Timer(0.01, cancel.set).start()
        worker = threading.Thread(
            target=lambda: inside.append(syncer.sync_from_strings(None, BASE, SyncOptions(cancel=cancel)))
        )
        worker.start()
        worker.join()

    server.before = hook(is_commit, second)
    assert syncer.sync_from_strings(None, DES).success
    assert [one.message for one in inside] == ["cancelled after 0 retries"]


def test_pauses_grow_and_are_spread_by_chance() -> None:
    pauses: list[float] = []
    for _ in range(2):
        server = Server()
        server.before = hook(is_begin, server.bump, 8)
        Synchronizer(server.client(), sleep=pauses.append).sync_from_strings(None, DES, FORCE)
    first, second = pauses[:8], pauses[8:]
    assert first != second
    for number, (one, other) in enumerate(zip(first, second, strict=True)):
        middle = min(2.0, 0.05 * 2**number)
        assert all(0.5 * middle <= pause <= 1.5 * middle for pause in (one, other))
