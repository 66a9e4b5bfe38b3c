from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hsync.errors import BugError, InputError, StalePlanError
from hsync.plan.plan import Target
from hsync.store.clock import Limit
from hsync.store.pending import Pending
from hsync.store.places import Place
from hsync.store.statefile import (
    HISTORY,
    Applied,
    Journal,
    Record,
    Run,
    State,
    read_state,
    write_state,
)

TARGET = Target(name="edge1", url="https://edge1.example:5555", api="3.2")


def edge1(folder: Path) -> Place:
    return Place(folder, TARGET.name, TARGET.url)


DIGEST = "sha256:" + "4c" * 32
LINEAGE = "b2f4ff9c-6f0a-4d0b-8d5e-0a2f3c1d9e77"

COMMIT = (("sha256", "aa" * 32), ("transaction", "0c1b"))

FULL = State(
    TARGET,
    LINEAGE,
    7,
    Applied(42, "9f" * 32, DIGEST, "2026-11-23-1", "2026-11-23T21:20:04Z"),
    (("backend", "api"), ("global", "")),
    (Record("begin", DIGEST, (), "2026-11-23T21:21:00Z"), Record("commit", DIGEST, COMMIT, "2026-11-23T21:21:01Z")),
    (Run("", "imported", None, "", "2026-11-20T08:00:00Z"), Run(DIGEST, "applied", 42, "2026-11-23-1", "2026-11-23T21:20:04Z")),
    ("http-request set-header X-Key (secret)",),
    Pending(DIGEST, "aa" * 32, DIGEST, Limit(300_000, "2026-11-23T21:20:04Z", "boot", 7), DIGEST, "host 1 2", "oh", "t0"),
)  # fmt: skip


def test_nothing_is_remembered_at_first(tmp_path: Path) -> None:
    assert read_state(edge1(tmp_path / "none")) is None


@pytest.mark.parametrize("state", [FULL, State(TARGET)], ids=["full", "new"])
def test_read_gives_what_was_written_with_the_next_serial(tmp_path: Path, state: State) -> None:
    written = write_state(edge1(tmp_path / "state"), state)
    assert written == replace(state, serial=state.serial + 1)
    assert read_state(edge1(tmp_path / "state")) == written
    again = write_state(edge1(tmp_path / "state"), written)
    assert again.serial == state.serial + 2
    assert again.lineage == state.lineage


def test_the_file_is_written_for_people(tmp_path: Path) -> None:
    write_state(edge1(tmp_path), FULL)
    text = (tmp_path / "edge1.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    assert json.loads(text)["owned"] == ["backend api", "global"]
    assert (tmp_path / "edge1.json").stat().st_mode & 0o777 == 0o600


def test_a_file_of_the_first_release_is_read_and_written_as_one_of_today(tmp_path: Path) -> None:
    write_state(edge1(tmp_path), FULL)
    file = tmp_path / "edge1.json"
    document = json.loads(file.read_text())
    del document["secrets"], document["pending"]
    file.write_text(json.dumps({**document, "format": "hsync-state/1"}))
    state = read_state(edge1(tmp_path))
    assert state == replace(FULL, serial=8, secrets=(), pending=None)
    write_state(edge1(tmp_path), state)
    assert json.loads(file.read_text()) == {**document, "serial": 9, "secrets": [], "pending": None}


def test_the_mode_that_somebody_gave_is_kept(tmp_path: Path) -> None:
    state = write_state(edge1(tmp_path), FULL)
    (tmp_path / "edge1.json").chmod(0o600)
    write_state(edge1(tmp_path), state)
    assert (tmp_path / "edge1.json").stat().st_mode & 0o777 == 0o600


def test_only_the_last_runs_are_remembered(tmp_path: Path) -> None:
    runs = tuple(Run("", f"run {number}") for number in range(HISTORY + 3))
    written = write_state(edge1(tmp_path), replace(FULL, history=runs))
    assert written.history == runs[3:]


def test_two_new_states_are_two_histories() -> None:
    assert State(TARGET).lineage != State(TARGET).lineage


def test_write_refuses_another_lineage(tmp_path: Path) -> None:
    write_state(edge1(tmp_path), FULL)
    with pytest.raises(InputError, match="another history") as caught:
        write_state(edge1(tmp_path), State(TARGET, serial=8))
    assert "keep one of the two" in caught.value.hint


def test_two_first_writes_are_not_two_histories_but_one_too_many(tmp_path: Path) -> None:
    write_state(edge1(tmp_path), State(TARGET))
    with pytest.raises(StalePlanError, match=r"serial 1, this run read 0"):
        write_state(edge1(tmp_path), State(TARGET))


def test_write_refuses_when_the_serial_moved(tmp_path: Path) -> None:
    write_state(edge1(tmp_path), FULL)
    with pytest.raises(StalePlanError, match=r"serial 8, this run read 7") as caught:
        write_state(edge1(tmp_path), FULL)
    assert "hsync plan" in caught.value.hint


def test_a_file_that_vanished_is_written_again(tmp_path: Path) -> None:
    state = write_state(edge1(tmp_path), FULL)
    (tmp_path / "edge1.json").unlink()
    assert write_state(edge1(tmp_path), state).serial == 9


Edit = Callable[[dict[str, Any]], object]

REFUSED: list[tuple[str, Edit, str]] = [
    ("an unknown field", lambda d: d.update(more=1), r"\$\.more: unknown field"),
    (
        "a time that does not exist",
        lambda d: d["pending"]["limit"].update(since="2026-99-99T00:00:00Z"),
        r"\$\.pending\.limit: expected a time that exists",
    ),
    (
        "a time that is too far away",
        lambda d: d["pending"]["limit"].update(within_ms=10**30),
        r"\$\.pending\.limit: expected a time that exists",
    ),
    ("a text before that is none", lambda d: d["pending"].update(before=""), r"pending\.before: expected sha256"),
    ("a missing field", lambda d: d.pop("owned"), r"\$\.owned: missing field"),
    ("a lineage that is none", lambda d: d.update(lineage="x"), r"\$\.lineage: expected a UUID, got 'x'"),
    ("a bool for the serial", lambda d: d.update(serial=True), r"\$\.serial: expected an integer"),
    ("a serial that was never written", lambda d: d.update(serial=0), r"\$\.serial: 0 is less than 1"),
    (
        "a phase that is no text",
        lambda d: d["journal"][0].update(phase=1),
        r"\$\.journal\[0\]\.phase: expected a string",
    ),
    (
        "a fact that is no text",
        lambda d: d["journal"][1]["facts"].update(sha256=1),
        r"\$\.journal\[1\]\.facts\.sha256: expected a string",
    ),
    ("a plan that is no digest", lambda d: d["history"][1].update(plan="x"), r"history\[1\]\.plan: expected sha256"),
    (
        "a text's digest that is none",
        lambda d: d["applied"].update(sha256=""),
        r"applied\.sha256: expected 64 hexadecimal",
    ),
    ("another format", lambda d: d.update(format="x"), r"\$\.format: not a state file of hsync"),
    ("no format", lambda d: d.pop("format"), r"\$\.format: not a state file of hsync"),
    (
        "a newer format",
        lambda d: d.update(format="hsync-state/3"),
        r"hsync-state/3 is a format of another hsync version: update",
    ),
]


@pytest.mark.parametrize(("name", "edit", "what"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_state_that_hsync_did_not_write_is_refused(tmp_path: Path, name: str, edit: Edit, what: str) -> None:
    write_state(edge1(tmp_path), FULL)
    path = tmp_path / "edge1.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError, match=what) as caught:
        read_state(edge1(tmp_path))
    assert "hsync import" in caught.value.hint


def clock() -> str:
    return "now"


def test_a_phase_is_on_disk_before_it_begins(tmp_path: Path) -> None:
    with Journal(edge1(tmp_path), State(TARGET, LINEAGE), DIGEST, clock=clock) as journal:
        for count, (phase, facts) in enumerate([("begin", {}), ("commit", dict(COMMIT[::-1]))], 1):
            journal.phase(phase, facts)
            state = read_state(edge1(tmp_path))
            assert state is not None
            assert len(state.journal) == count
            assert state.journal[-1] == Record(phase, DIGEST, tuple(sorted(facts.items())), "now")
        journal.close("applied")


def test_a_run_that_ended_is_history(tmp_path: Path) -> None:
    applied = Applied(43, "aa" * 32, DIGEST, "r1", "now")
    with Journal(edge1(tmp_path), State(TARGET, LINEAGE, owned=(("backend", "old"),)), DIGEST, clock=clock) as journal:
        journal.phase("begin", {})
        state = journal.close("applied", applied=applied, owned=(("global", ""), ("backend", "api")))
    assert state == read_state(edge1(tmp_path))
    assert state.journal == ()
    assert state.applied == applied
    assert state.owned == (("backend", "api"), ("global", ""))
    assert state.history == (Run(DIGEST, "applied", 43, "r1", "now"),)


def test_a_run_that_changed_nothing_leaves_what_was_applied(tmp_path: Path) -> None:
    state = write_state(edge1(tmp_path), FULL)
    with Journal(edge1(tmp_path), state, DIGEST, clock=clock) as journal:
        closed = journal.close("refused")
    assert (closed.applied, closed.owned, closed.journal) == (FULL.applied, FULL.owned, ())
    assert closed.history == (*FULL.history, Run(DIGEST, "refused", None, "", "now"))


def test_a_run_that_died_leaves_its_records_to_the_next(tmp_path: Path) -> None:
    with suppress(KeyboardInterrupt), Journal(edge1(tmp_path), State(TARGET), DIGEST) as journal:
        journal.phase("begin", {})
        journal.phase("commit", dict(COMMIT))
        raise KeyboardInterrupt
    state = read_state(edge1(tmp_path))
    assert state is not None
    assert [one.phase for one in state.journal] == ["begin", "commit"]
    with Journal(edge1(tmp_path), state, DIGEST) as journal:
        journal.phase("begin", {})
        assert len(journal.state.journal) == 1
        journal.close("applied")


def test_a_run_must_say_how_it_ended(tmp_path: Path) -> None:
    with pytest.raises(BugError, match="without saying how"), Journal(edge1(tmp_path), State(TARGET), DIGEST):
        pass
