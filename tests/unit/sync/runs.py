"""Syncs with the embedded server, with checks after each."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

from hsync import Operation, OperationError, Synchronizer, SyncOptions, SyncPolicy, SyncResult, make_plan
from tests.unit.sync_server import BASE, Server, more, same, times

DES = more(2)
FORCE = SyncOptions(policy=SyncPolicy.APPLY_FORCE)
GO_ON = SyncOptions(continue_on_error=True)


def synchronizer(server: Server) -> Synchronizer:
    return Synchronizer(server.client(), sleep=lambda _: None)


def run(
    server: Server, desired: str = DES, options: SyncOptions | None = None, current: str | None = None
) -> SyncResult:
    """Run a sync, and check that no transaction is left and that the result agrees with the target."""
    result = synchronizer(server).sync_from_strings(current, desired, options)
    assert server.open_transactions == []
    if result.policy.should_apply:
        assert result.success == same(server.now, desired)
    return result


def addresses(operations: tuple[Any, ...]) -> list[str]:
    return [one.operation.address if isinstance(one, OperationError) else one.address for one in operations]


def operations_to(desired: str, current: str = BASE) -> tuple[Operation, ...]:
    return make_plan(Server(current).client(), desired).operations


def hook(match: Any, act: Any, count: int = 1) -> Any:
    """A `before` hook: call a function at the first matching requests, and let them pass."""
    return times(count, match, act)


def checker(folder: Path, *, refuse_with: str = "", refuse_without: str = "") -> str:
    """A HAProxy binary that refuses one word."""
    path = folder / "haproxy"
    test = f'grep -q "{refuse_with}" "$3"' if refuse_with else f'! grep -q "{refuse_without}" "$3"'
    words = "line is bad" if refuse_with else "line is missing"
    path.write_text(f'#!/bin/sh\nif {test}; then echo "[ALERT] (1) : config : {words}" >&2; exit 1; fi\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


OPERATION = operations_to(more(1))[0]
