"""The library against the engine (tests/engine), for cases in which the embedded server might differ from a real one."""

from __future__ import annotations

import json
import random

import httpx
import pytest

from hsync import DataplaneClient, Synchronizer, SyncOptions, SyncPolicy, SyncResult
from tests.oracle.engine import Engine, engine
from tests.unit.sync_server import BASE, is_commit, more, same

__all__ = ["engine"]

AUTH = ("admin", "adminpwd")


class Line(httpx.BaseTransport):
    """A transport to the engine with hooks."""

    def __init__(self) -> None:
        self.under = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self.under.handle_request(self.changed(request))

    def changed(self, request: httpx.Request) -> httpx.Request:
        return request

    def close(self) -> None:
        self.under.close()


class Refused(Line):
    """Make the engine itself refuse a backend, by the name of an unknown defaults section."""

    def changed(self, request: httpx.Request) -> httpx.Request:
        if request.method != "POST" or b'"b2"' not in request.content:
            return request
        body = json.dumps({**json.loads(request.content), "from": "nowhere"}).encode()
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        return httpx.Request(request.method, request.url, headers=headers, content=body)


class Stormy(Line):
    """Let another client write before some commits."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine, self.chance = engine, random.Random(7)

    def changed(self, request: httpx.Request) -> httpx.Request:
        if is_commit(request) and self.chance.random() < 0.6:
            with self.engine.client() as other:
                now = other.snapshot()
                noise = f"\nbackend noise{now.version}\n" if self.chance.random() < 0.5 else ""
                other.push_raw(now.body + noise, now.version)
        return request


def run(line: Line, engine: Engine, desired: str, options: SyncOptions) -> SyncResult:
    with DataplaneClient(engine.url, auth=AUTH, transport=line) as client:
        result = Synchronizer(client, sleep=lambda _: None).sync_from_strings(None, desired, options)
        assert client.get_json("/services/haproxy/transactions") == []
        return result


def text(engine: Engine) -> str:
    with engine.client() as client:
        return client.snapshot().body


def test_a_refused_write_leaves_no_half_of_itself_behind(engine: Engine) -> None:
    engine.reset(BASE)
    result = run(Refused(), engine, more(3), SyncOptions(continue_on_error=True))
    assert [one.operation.address for one in result.failed_operations] == ["backends/b2"]
    assert [one.address for one in result.applied_operations] == ["backends/b1", "backends/b3"]
    assert same(text(engine), more(3).replace("\nbackend b2\n    balance roundrobin\n", ""))


def test_the_first_refused_write_leaves_the_engine_untouched(engine: Engine) -> None:
    engine.reset(BASE)
    before = text(engine)
    result = run(Refused(), engine, more(3), SyncOptions())
    assert "operation 2 of 3, create backends/b2, was refused" in result.message
    assert text(engine) == before


@pytest.mark.parametrize("policy", [SyncPolicy.APPLY, SyncPolicy.APPLY_FORCE])
def test_every_result_agrees_with_what_the_engine_runs(engine: Engine, policy: SyncPolicy) -> None:
    engine.reset(BASE)
    line = Stormy(engine)
    results = []
    for number in range(20):
        desired = BASE + f"    server mark{number} 192.0.2.2:80\n"
        result = run(line, engine, desired, SyncOptions(policy=policy))
        assert result.success == same(text(engine), desired)
        assert result.success == bool(result.applied_operations)
        results.append(result)
    assert sum(one.retries for one in results) > 0
    assert all(one.success for one in results) or policy is SyncPolicy.APPLY
