from __future__ import annotations

from typing import Any

import httpx
import pytest

from hsync.dataplane import Reload
from hsync.errors import OutcomeUnknown, ReloadFailedError, ServerRefused, TargetError
from tests.unit.dataplane.script import refusal, script

ID = "2026-01-02-3"
PENDING = (200, {"status": "in_progress"})
DONE = (200, {"id": ID, "status": "succeeded", "response": "[NOTICE] loaded\n"})


def failed(response: str = "[ALERT] cannot bind\n[ALERT] no proxy") -> tuple[int, dict[str, Any]]:
    return 200, {"id": ID, "status": "failed", "response": response}


@pytest.mark.parametrize(
    ("answers", "reload", "polls"),
    [
        ([DONE], Reload("succeeded", "[NOTICE] loaded"), 1),
        ([(200, {"status": "succeeded"})], Reload("succeeded"), 1),
        ([PENDING, PENDING, DONE], Reload("succeeded", "[NOTICE] loaded"), 3),
        ([PENDING, httpx.ConnectTimeout(""), DONE], Reload("succeeded", "[NOTICE] loaded"), 3),
        ([(200, []), (200, {}), DONE], Reload("succeeded", "[NOTICE] loaded"), 3),
    ],
)
def test_a_reload_is_polled_until_it_is_over(answers: list[Any], reload: Reload, polls: int) -> None:
    server = script(*answers)
    assert server.client().await_reload(ID) == reload
    assert server.sent == [f"GET /services/haproxy/reloads/{ID}"] * polls


def test_a_failed_reload_carries_haproxy_s_output() -> None:
    with pytest.raises(ReloadFailedError) as caught:
        script(PENDING, failed()).client().await_reload(ID)
    assert caught.value.server_message == "[ALERT] cannot bind\n[ALERT] no proxy"
    assert (
        caught.value.message
        == f"committed, but HAProxy could not load it (reload {ID}): [ALERT] cannot bind; [ALERT] no proxy"
    )
    assert caught.value.hint.endswith("fix the error, then make the plan again: hsync plan")


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (refusal(404, "does not exist"), OutcomeUnknown, "it may have been restarted"),
        (PENDING, OutcomeUnknown, "has not ended after 5 s: its status is in_progress"),
        ((200, {"status": "odd\x1b"}), OutcomeUnknown, r"its status is odd\\x1b"),
        (httpx.ConnectTimeout(""), OutcomeUnknown, "has not ended after 5 s: .*no connection within 10 s"),
        (refusal(400, "id in path"), ServerRefused, "answered 400: id in path"),
        (refusal(401, "unauthorized"), ServerRefused, "answered 401"),
    ],
)
def test_a_reload_that_cannot_be_told_is_not_called_done(answer: Any, kind: type[TargetError], words: str) -> None:
    with pytest.raises(kind, match=words):
        script(answer).client().await_reload(ID, timeout=5)


def test_pauses_grow_and_patience_ends() -> None:
    waits: list[float] = []
    server = script(PENDING)
    with pytest.raises(OutcomeUnknown):
        server.client().await_reload(ID, timeout=20, on_wait=waits.append)
    assert server.slept[:3] == pytest.approx([0.1, 0.15, 0.225])
    assert max(server.slept) == 2.0
    assert 18 <= sum(server.slept) <= 20
    assert waits[:2] == pytest.approx([0.0, 0.1])
    assert len(waits) == len(server.slept)


def test_an_id_is_one_part_of_the_path() -> None:
    server = script(DONE)
    server.client().await_reload("../x")
    assert server.sent == ["GET /services/haproxy/reloads/..%2Fx"]
