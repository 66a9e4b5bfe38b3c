"""A storm of conflicts: five writers increase the version at random while a hundred syncs run. Each result is compared with
the history of all texts of the server.

Each sync has a mark of its own, so that its commits can be recognized. "No changes" and success mean that the
server had the desired configuration during the sync; a failure without applied operations means that it never had.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from hsync import DataplaneClient, StalePlanError, Synchronizer, SyncOptions, SyncPolicy, SyncResult
from hsync.dataplane.embedded import EmbeddedTransport
from hsync.dataplane.embedded.storage import MemoryStorage
from hsync.errors import HsyncError
from tests.unit.sync_server import BASE, same

WRITERS = 5


class History(MemoryStorage):
    """Records all texts of the server."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.texts = [text]

    def write(self, text: str) -> None:
        self.texts.append(text)
        super().write(text)


@dataclass
class Storm:
    """A server, and writers that increase its version, with the same text or with a change of their own."""

    history: History = field(default_factory=lambda: History(BASE))
    stop: threading.Event = field(default_factory=threading.Event)
    bumps: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.transport = EmbeddedTransport(storage=self.history)

    def client(self) -> DataplaneClient:
        return DataplaneClient("http://127.0.0.1:5555", transport=self.transport)

    @contextmanager
    def blowing(self) -> Iterator[None]:
        writers = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]
        for one in writers:
            one.start()
        try:
            yield
        finally:
            self.stop.set()
            for one in writers:
                one.join()

    def write(self, number: int) -> None:
        chance, client = random.Random(number), self.client()
        while not self.stop.is_set():
            now = client.snapshot()
            text = now.body
            if chance.random() < 0.3 and f"backend noise{number}\n" not in text:
                text += f"\nbackend noise{number}\n"
            try:
                client.push_raw(text, now.version)
            except StalePlanError:
                continue
            self.bumps.append(number)
            time.sleep(chance.uniform(0, 0.3))


def wanted(number: int) -> str:
    return BASE + f"    server mark{number} 192.0.2.2:80\n"


def hold(result: SyncResult, desired: str, mark: str, seen: list[str]) -> None:
    """Assert that the result agrees with the texts of the server during the sync."""
    reached = any(same(text, desired) for text in seen)
    written = any(mark in text for text in seen)
    if result.success:
        assert reached, f"{result}\nbut the desired configuration was never run"
        assert written == bool(result.applied_operations)
    else:
        assert written == bool(result.applied_operations), f"{result}\nbut the history says otherwise"
        assert isinstance(result.error, HsyncError)
        assert result.retries == 3
        assert "version conflict after 3 retries" in result.message


@pytest.mark.parametrize("syncs", [30, pytest.param(200, marks=pytest.mark.torture)])
@pytest.mark.parametrize("policy", [SyncPolicy.APPLY, SyncPolicy.APPLY_FORCE])
def test_every_result_of_a_conflict_storm_agrees_with_the_server(policy: SyncPolicy, syncs: int) -> None:
    storm = Storm()
    syncer = Synchronizer(storm.client(), sleep=lambda seconds: time.sleep(seconds / 20))
    results = []
    with storm.blowing():
        for number in range(syncs):
            before = len(storm.history.texts) - 1
            result = syncer.sync_from_strings(None, wanted(number), SyncOptions(policy=policy))
            hold(result, wanted(number), f"mark{number} ", storm.history.texts[before:])
            results.append(result)
    assert storm.client().get_json("/services/haproxy/transactions") == []
    assert len(set(storm.bumps)) == WRITERS
    assert sum(one.retries for one in results) > 0, "there was a storm"
    assert any(one.success for one in results)
    if policy is SyncPolicy.APPLY_FORCE:
        assert all(one.success for one in results)
    # When the storm is over, what was said last is what the server runs.
    last = syncer.sync_from_strings(None, wanted(syncs), SyncOptions(policy=policy))
    assert (last.success, last.retries) == (True, 0)
    assert same(storm.client().snapshot().body, wanted(syncs))
