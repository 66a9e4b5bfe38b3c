"""The message at the end of an apply is true for a fault at any request, and the next run cleans up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hsync.errors import (
    CommittedError,
    HsyncError,
    InputError,
    OutcomeUnknown,
    ReloadFailedError,
    StalePlanError,
)
from hsync.lanes import current_of
from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.plan import Plan, Target
from hsync.session import make_plan, read_desired
from hsync.session.session import Session
from hsync.store import FileStore, Place, Policy, State, Subject, read_state
from hsync.testing import PUSH, READ, Server, Tap
from tests.contract.memory_store import MemoryStore, Shelf

pytestmark = pytest.mark.attack("faults at every request")

BASE = "global\n  maxconn 100\n\ndefaults base\n  mode http\n\nbackend web from base\n  server w1 192.0.2.1:80\n"
DESIRED = {
    "transaction": BASE.replace("maxconn 100", "maxconn 7") + "  server w2 192.0.2.2:80\n",
    "raw": f"{BASE}\nlisten mine from base\n  bind 127.0.0.1:10\n",
}
DIGEST = f"sha256:{0:064}"
ANY = re.compile("")
"""Any request."""

Fault = Callable[[Tap, int], None]


def dead(tap: Tap, number: int) -> None:
    """A connection on which no request arrives."""
    for _ in range(60):
        tap.lose_request(ANY, number=number)


FAULTS: dict[str, Fault] = {
    "the request is lost": lambda tap, number: tap.lose_request(ANY, number=number),
    "the answer is lost": lambda tap, number: tap.lose_answer(ANY, number=number),
    "a proxy says 502": lambda tap, number: tap.answer(ANY, 502, "<html>bad gateway</html>", number=number),
    "the server says 500": lambda tap, number: tap.refuse(ANY, "disk full", status=500, number=number),
    "half of the answer": lambda tap, number: tap.change_answer(
        ANY, lambda text: text[: len(text) // 2], number=number
    ),
    "the server is dead from here": dead,
}


@pytest.fixture(params=["server", "file"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    path = tmp_path / "haproxy.cfg" if request.param == "file" else None
    with Server(BASE, path=path, rewrites=request.param == "server") as made:
        yield made


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Place:
    return Place(tmp_path / "state", "edge", server.client.identity)


def planned(server: Server, lane: str) -> Plan:
    target = server.client.as_target("edge", "3.4")
    plan = make_plan(server.client, read_desired(DESIRED[lane], "d", kept=target.keeps_text), target)
    server.tap.clear()
    return plan


def session(server: Server, place: Place) -> Session:
    return Session("edge", server.client, FileStore(place))


def ended(server: Server, place: Place, plan: Plan) -> HsyncError | None:
    """Apply, like the command; returns the error."""
    try:
        with session(server, place).locked():
            session(server, place).apply(plan, DIGEST)
    except HsyncError as error:
        return error
    return None


def holds(server: Server, text: str) -> bool:
    """Whether the server's text has the meaning of a text."""
    server.tap.clear()
    return not compare(Configuration.from_text(text), current_of(server.client.snapshot()))


def requests_of(lane: str) -> int:
    """The maximum number of requests of an apply, for a kind of target."""
    return {"transaction": 16, "raw": 12}[lane]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("lane", DESIRED)
def test_the_end_is_told_as_it_is_and_the_next_run_finishes(
    server: Server, place: Place, lane: str, fault: Fault
) -> None:
    for number in range(1, requests_of(lane)):
        server.reset(BASE)
        plan = planned(server, lane)
        fault(server.tap, number)
        error = ended(server, place, plan)
        committed = holds(server, DESIRED[lane])
        told(error, committed=committed, untouched=holds(server, BASE))
        assert bool(state_of(place).applied) == (error is None or isinstance(error, CommittedError))
        finishes(server, place, plan, lane, error)
        shutil.rmtree(place.folder)


def told(error: HsyncError | None, *, committed: bool, untouched: bool) -> None:
    """Assert that message and exit code are true."""
    if error is None:
        assert committed
    elif isinstance(error, CommittedError):
        assert (committed, error.exit_code) == (True, 8), error.message
        assert error.message.startswith("committed"), error.message
    elif not isinstance(error, OutcomeUnknown | ReloadFailedError):
        assert untouched, error.message
        assert "committed, " not in error.message


def finishes(server: Server, place: Place, plan: Plan, lane: str, error: HsyncError | None) -> None:
    """Assert that the same plan succeeds in a second run, with a reload, and without open transactions."""
    again, kinds = ended(server, place, plan), server.tap.kinds
    written_back = error is not None and error.hint.startswith("the old text was restored")
    if isinstance(again, StalePlanError) and (written_back or isinstance(error, OutcomeUnknown)):
        return  # the version has moved: a plan runs once
    assert again is None, (again, error)
    assert holds(server, DESIRED[lane])
    assert server.client.open_transactions(plan.base.version) == ()
    if isinstance(error, CommittedError) and not error.reloaded:
        assert "push" in kinds


def state_of(place: Place) -> State:
    found = read_state(place)
    return found if found is not None else State(Target("edge", place.identity, "3.4"))


@pytest.mark.parametrize("lane", DESIRED)
def test_a_state_that_cannot_be_written_behind_the_commit_changes_no_verdict(
    server: Server, place: Place, lane: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, writes, failed = planned(server, lane), [0], [0]
    write = FileStore.write

    def failing(self: FileStore, state: State, *, expected_serial: int) -> State:
        writes[0] += 1
        if (state.journal and state.journal[-1].phase in {"finish", "reload"}) or (not state.journal and writes[0] > 1):
            failed[0] += 1
            raise InputError(f"{self}: no space left on the device")
        return write(self, state, expected_serial=expected_serial)

    monkeypatch.setattr(FileStore, "write", failing)
    outcome = session(server, place).apply(plan, DIGEST)
    assert failed[0] >= 2
    assert outcome.changed
    assert outcome.notes[0].startswith("the state was not written: ")
    assert holds(server, DESIRED[lane])


def test_a_state_that_cannot_be_written_does_not_keep_the_old_text_from_coming_back(
    place: Place, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, write = planned(server, "raw"), FileStore.write
    server.tap.change_request(PUSH, lambda text: text.replace("192.0.2.1:80", "192.0.2.9:80"))

    def failing(self: FileStore, state: State, *, expected_serial: int) -> State:
        if state.journal and state.journal[-1].phase == "restore":
            raise InputError("no space left on the device")
        return write(self, state, expected_serial=expected_serial)

    monkeypatch.setattr(FileStore, "write", failing)
    with pytest.raises(HsyncError, match="stored text differs from the result that the plan promised") as caught:
        session(server, place).apply(plan, DIGEST)
    assert "no space left" in caught.value.message
    assert "the old text was restored" in caught.value.hint
    assert holds(server, BASE)


def test_somebody_who_writes_behind_the_commit_is_told_as_that(server: Server, place: Place) -> None:
    plan = planned(server, "transaction")
    server.tap.before(READ, lambda: server.write(BASE + "backend other\n"), number=2)
    with pytest.raises(
        CommittedError, match=r"^committed and reloaded, but not confirmed: .* another client has changed it"
    ) as caught:
        session(server, place).apply(plan, DIGEST)
    assert caught.value.exit_code == 8
    state = state_of(place)
    assert state.journal == ()
    assert state.applied
    assert state.applied.sha256 == caught.value.sha256
    assert state.history[-1].outcome == "committed, not confirmed"


def test_a_run_that_another_one_of_the_plan_overtakes_reloads_all_the_same(server: Server, place: Place) -> None:
    """Eight applies at once: one has stored the text, and another one finds it there and is the first to reload it."""
    plan = planned(server, "raw")

    def overtake() -> None:
        now = server.client.snapshot()
        server.client.push_raw(now.body, now.version)

    server.tap.before(PUSH, overtake, number=2)
    outcome = session(server, place).apply(plan, DIGEST)
    assert (outcome.changed, server.tap.kinds.count("push")) == (True, 4)
    assert holds(server, DESIRED["raw"])
    state = state_of(place)
    assert state.journal == ()
    assert state.applied
    assert state.applied.sha256 == outcome.snapshot.sha256


def test_a_run_that_another_text_overtakes_says_that_it_was_committed(server: Server, place: Place) -> None:
    plan = planned(server, "raw")
    server.tap.before(PUSH, lambda: server.write(BASE + "backend other\n"), number=2)
    with pytest.raises(CommittedError, match="the reload could not be requested"):
        session(server, place).apply(plan, DIGEST)


def test_a_session_works_on_any_store(server: Server, place: Place) -> None:
    store = MemoryStore(Subject("edge", place.identity), Policy(), Shelf())
    work = Session("edge", server.client, store)
    plan = planned(server, "transaction")
    with work.locked():
        assert work.apply(plan, DIGEST).changed
    state = store.read()
    assert state is not None
    assert state.applied is not None
    assert state.history[-1].outcome == "applied"
    assert not place.folder.exists()
    assert Session("edge", server.client, store).drift().words == ()
