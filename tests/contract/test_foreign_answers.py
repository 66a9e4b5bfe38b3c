"""An answer that is not the Data Plane API's own is never told as a success, at whichever request it comes.

A captive portal, a gateway with a page of its own, a cache: each answers with success in the server's place, or when the
server has done what it was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest

from hsync.dataplane import DataplaneClient
from hsync.errors import HsyncError, OutcomeUnknown, TargetError
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan, Request, Target
from hsync.session import apply_plan, make_plan, read_desired
from hsync.testing import Clock, Server
from tests.contract.test_promises import BASE, DESIRED, RAW_BASE, RAW_DESIRED

pytestmark = pytest.mark.attack("hostile servers")

JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}

FOREIGN: dict[str, Callable[[], httpx.Response]] = {
    "200 with a page": lambda: httpx.Response(200, headers=HTML, content=b"<html>Welcome to the hotel</html>"),
    "202 with a page": lambda: httpx.Response(202, headers=HTML, content=b"<html>ok</html>"),
    "201 with a page": lambda: httpx.Response(201, headers=HTML, content=b"<html>ok</html>"),
    "200 with text": lambda: httpx.Response(200, headers={"Content-Type": "text/plain"}, content=b"OK\n"),
    "202 with text": lambda: httpx.Response(202, headers={"Content-Type": "text/plain"}, content=b"OK\n"),
    "200 with other JSON": lambda: httpx.Response(200, headers=JSON, content=b'{"status": "succeeded"}'),
    "202 with other JSON": lambda: httpx.Response(202, headers=JSON, content=b'{"id": "t", "status": "success"}'),
    "201 with other JSON": lambda: httpx.Response(201, headers=JSON, content=b'{"id": "t"}'),
    "200 with nothing": lambda: httpx.Response(200),
    "202 with nothing": lambda: httpx.Response(202),
    "204": lambda: httpx.Response(204),
    "202 with a reload": lambda: httpx.Response(202, headers={**JSON, "Reload-ID": "2026-01-01-1"}, content=b"{}"),
    "200 with a version that is none": lambda: httpx.Response(
        200, headers={**HTML, "Configuration-Version": "x"}, content=b"<html>"
    ),
    "202 with a page and a version": lambda: httpx.Response(
        202, headers={**HTML, "Configuration-Version": "2"}, content=b"<html>"
    ),
    "202 in a coding": lambda: httpx.Response(
        202, headers={**JSON, "Configuration-Version": "2", "Content-Encoding": "x-br"}, content=b"{}"
    ),
    "404 with a page": lambda: httpx.Response(404, headers=HTML, content=b"<html>none</html>"),
    "403 with a page": lambda: httpx.Response(403, headers=HTML, content=b"<html>no</html>"),
    "409 with a page": lambda: httpx.Response(409, headers=HTML, content=b"<html>no</html>"),
    "302 to a page": lambda: httpx.Response(302, headers={"Location": "https://portal.example/"}),
    "511": lambda: httpx.Response(511, headers=HTML, content=b"<html>log in</html>"),
}


@dataclass
class Portal(httpx.BaseTransport):
    """Stands between a client and its server.

    Args:
        server: the way to it.
        answer: what it says.
        first: the request at which it begins, counted from 1; 0 for never.
        last: the one at which it ends.
        passes: whether requests reach the server nevertheless.
    """

    server: httpx.BaseTransport
    answer: Callable[[], httpx.Response]
    first: int = 0
    last: int = 0
    passes: bool = False
    asked: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(f"{request.method} {request.url.raw_path.decode()}")
        between = self.first <= len(self.asked) <= self.last
        if between and not self.passes:
            return self.answer()
        given = self.server.handle_request(request)
        given.read()
        return self.answer() if between else given


LANES = {"transaction": (BASE, DESIRED), "raw": (RAW_BASE, RAW_DESIRED)}


def planned(server: Server, lane: str) -> Plan:
    text, desired = LANES[lane]
    server.reset(text)
    identity = Target("edge1", server.client.identity, "3.4")
    return make_plan(server.client, read_desired(desired, "haproxy.cfg"), identity)


def requests_of(lane: str) -> int:
    """How many requests an apply makes when all is well."""
    with Server(BASE) as server:
        plan = planned(server, lane)
        portal = Portal(server.tap, FOREIGN["204"])
        assert apply_plan(through(portal, server), plan).changed
    return len(portal.asked)


def through(portal: Portal, server: Server) -> DataplaneClient:
    clock = Clock()
    return DataplaneClient(server.url, transport=portal, sleep=clock.sleep, clock=clock)


def means(server: Server, text: str) -> bool:
    return compare(Configuration.from_text(server.client.snapshot().text), Configuration.from_text(text)) == ()


COUNTS = {lane: requests_of(lane) for lane in LANES}
CASES = [
    pytest.param(lane, number, lasting, passes, id=f"{lane}-{number}{'-on' * lasting}{'-passes' * passes}")
    for lane, count in COUNTS.items()
    for number in range(1, count + 1)
    for lasting in (False, True)
    for passes in (False, True)
]


def test_each_request_of_both_lanes_is_struck() -> None:
    assert COUNTS == {"transaction": 7, "raw": 5}


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize(("lane", "number", "lasting", "passes"), CASES)
def test_a_foreign_answer_is_no_success(what: str, lane: str, number: int, *, lasting: bool, passes: bool) -> None:
    """Applied is said only of what is applied: where an answer to a question was foreign, and was asked again."""
    with Server(BASE) as server:
        plan = planned(server, lane)
        portal = Portal(server.tap, FOREIGN[what], number, 10**9 if lasting else number, passes)
        try:
            assert apply_plan(through(portal, server), plan).changed
        except HsyncError as error:
            said = f"{error.message} {error.hint}"
            if "nothing was changed" in said or "nothing was sent" in said:
                assert means(server, LANES[lane][0]), said
        else:
            assert not lasting
            assert means(server, LANES[lane][1])


@pytest.mark.parametrize("what", FOREIGN)
def test_a_foreign_answer_to_a_write_that_was_not_done_is_told_as_a_loss(what: str) -> None:
    with Server(BASE) as server:
        client = through(Portal(server.tap, FOREIGN[what], 1, 10**9), server)
        with pytest.raises(TargetError):
            client.begin(1)
        with pytest.raises(TargetError):
            client.send(Request("POST", "/services/haproxy/configuration/backends", (), {"name": "x"}), "t")
        for call in (lambda: client.commit("t"), lambda: client.push_raw("global\n", 1)):
            with pytest.raises(OutcomeUnknown):
                call()
        with pytest.raises(TargetError):
            client.validate_raw("global\n")
        with pytest.raises(TargetError):
            client.transaction_status("t")
        with pytest.raises(TargetError):
            client.await_reload("2026-01-01-1")
        assert client.left_open == "", "one may be open that nobody knows"
