"""What the process that renders does before and after its job, in this process: its limits are written down, not set."""

from __future__ import annotations

import faulthandler
import fcntl
import json
import os
import resource
import signal
from pathlib import Path

import pytest

from hsync.errors import BugError, InputError
from hsync.render import Job, Limits, child
from hsync.render.messages import read_answer, write_job
from hsync.render.notes import Notes

JOB = Job((Path("t.j2"),), (Path(),), Path())
Calls = list[tuple[object, ...]]


class _ExitError(Exception):
    """In place of the end of this process."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What is asked of the system, which does not do it."""
    found: Calls = []

    def fake(module: object, name: str, answer: object = None) -> None:
        def called(*args: object, **_: object) -> object:
            found.append((name, *args))
            return answer

        monkeypatch.setattr(module, name, called)

    fake(resource, "setrlimit")
    fake(resource, "getrlimit", (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    fake(signal, "signal")
    fake(faulthandler, "register")
    fake(faulthandler, "enable")
    fake(fcntl, "fcntl", 0)
    fake(os, "dup2")

    def leave(status: int) -> None:
        raise _ExitError(status)

    monkeypatch.setattr(os, "_exit", leave)
    return found


def piped(data: bytes, *, ended: bool = False) -> tuple[int, int]:
    ends = os.pipe()
    os.write(ends[1], data)
    if ended:
        os.close(ends[1])
    return ends


def test_it_limits_itself_answers_and_leaves(calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.j2").write_text("x")
    request, _ = piped(write_job(JOB, Limits(7, 100, 1)))
    answer, notes = os.pipe(), os.pipe()
    with pytest.raises(_ExitError, match="0"):
        child.main(request, answer[1], notes[1])
    assert read_answer(os.read(answer[0], 65536)).rendered[0].text == "x"
    assert json.loads(os.read(notes[0], 65536).splitlines()[0]) == {"reading": "t.j2"}
    assert [call[1:] for call in calls if call[0] == "setrlimit"] == [
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_CPU, (7, 8)),
        (resource.RLIMIT_AS, (100 << 20, 100 << 20)),
    ]
    assert ("register", signal.SIGXCPU) in calls
    assert ("fcntl", request, fcntl.F_SETOWN, -os.getpgrp()) in calls
    assert ("dup2", 2, 1) in calls


def test_at_the_limit_of_time_an_error_is_raised_once(calls: Calls) -> None:
    child.confine(Limits(7, 100, 1), 1)
    (handler,) = [call[2] for call in calls if call[:2] == ("signal", signal.SIGXCPU)]
    assert callable(handler)
    with pytest.raises(BaseException, match="more than 7 s of CPU time"):
        handler(signal.SIGXCPU, None)
    assert calls[-1] == ("signal", signal.SIGXCPU, signal.SIG_IGN)


@pytest.mark.parametrize("fault", [OSError("not supported"), ValueError("not allowed")])
def test_a_limit_that_the_system_does_not_take_is_left_out(
    fault: Exception, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(what: int, _: object) -> None:
        if what == resource.RLIMIT_AS:
            raise fault

    monkeypatch.setattr(resource, "setrlimit", refuse)
    child.confine(Limits(), 1)
    assert calls


def test_a_limit_that_is_lower_already_stays(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 5))
    child.confine(Limits(), 1)
    assert [call[2] for call in calls if call[0] == "setrlimit"] == [(0, 0), (5, 5), (5, 5)]


def test_a_parent_that_is_dead_ends_it(calls: Calls) -> None:
    with pytest.raises(_ExitError, match="1"):
        child.main(piped(b"half a job", ended=True)[0], 1, 1)
    with pytest.raises(_ExitError, match="1"):
        child.end_with_parent(piped(b"", ended=True)[0])
    assert calls


FAULTS = [
    (MemoryError(), InputError, "v.yaml: this needs more than 400 MB of memory"),
    (Limits().over("seconds"), InputError, "v.yaml: this takes more than 6 s of CPU time"),
    (KeyError("x"), BugError, "rendering failed: KeyError: 'x' (test_child.py:"),
]


@pytest.mark.parametrize(("fault", "kind", "message"), FAULTS)
def test_what_nobody_has_caught_is_told(
    fault: BaseException, kind: type[Exception], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(_: Job, __: Limits, notes: Notes) -> None:
        notes.reading("v.yaml")
        raise fault

    monkeypatch.setattr(child, "work", work)
    with pytest.raises(kind) as caught:
        read_answer(child.answered(JOB, Limits(), Notes()))
    assert str(caught.value).startswith(message)
