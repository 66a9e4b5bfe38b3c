"""A job, an answer and an error come out as they went in; nothing else is taken for an answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hsync.errors import BugError, ConfigError, Fault, HsyncError, InputError, NotAllowedError, UsageError
from hsync.render import Answer, Job, Limits, Rendered
from hsync.render.messages import read_answer, read_job, write_answer, write_error, write_job
from hsync.render.taken import Taken, token
from hsync.trust.reach import Reach

NOT_UTF8 = "\udce9\u2028\n\0"

JOBS = [
    Job((Path("a.j2"),), (Path("t"), Path("/u")), Path()),
    Job(
        (),
        (),
        Path("/r"),
        (Path(f"v{NOT_UTF8[0]}.yaml"),),
        (f"a={NOT_UTF8}",),
        ("b=[1]",),
        "1.1",
        Path("f.py"),
        as_ansible=True,
        reach=Reach(Path("/r"), (Path("/o"), Path("/p")), frozenset({"env:A"})),
    ),
    Job((), (), Path(), reach=Reach(Path("/r"), (), frozenset())),
]


@pytest.mark.parametrize("job", JOBS)
def test_a_job_arrives_as_it_was_sent(job: Job) -> None:
    line = write_job(job, Limits(7, 8, 9))
    assert line.count(b"\n") == 1
    assert read_job(line) == (job, Limits(7, 8, 9))


ANSWERS = [
    Answer(()),
    Answer((Rendered("", (), ()),)),
    Answer(
        (
            Rendered(f"a{NOT_UTF8}", ("x:1", "y:2", "x:1"), (("variables", "00"), ("x", "11"))),
            Rendered(
                "b", ("x:1",), (), (Taken("env:A"), Taken("hash", f"{token(0)}{NOT_UTF8}", ("sha1",), "x:1", "b"))
            ),
        ),
    ),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_arrives_as_it_was_sent(answer: Answer) -> None:
    line = write_answer(answer)
    assert line.count(b"\n") == 1
    assert read_answer(line) == answer


ERRORS: list[HsyncError] = [
    InputError("a: b\n    c\n    ^", hint="d"),
    UsageError("--var x", hint=""),
    BugError("e"),
    NotAllowedError("m", claims=[("file:/a", "t.j2:1", "secret file:/a")], hint="h"),
    NotAllowedError("m"),
    ConfigError("heading", [Fault("a:1:2", "b", "c", "line", 2, 7), Fault(NOT_UTF8, "x")], hint="h"),
    ConfigError("many\nlines", [Fault(f"a:{n}", "b") for n in range(60)]),
]


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_arrives_as_it_was_raised(error: HsyncError) -> None:
    with pytest.raises(type(error)) as caught:
        read_answer(write_error(error))
    assert type(caught.value) is type(error)
    assert (caught.value.message, str(caught.value), caught.value.hint) == (error.message, str(error), error.hint)
    for name in ("faults", "claims"):
        assert getattr(caught.value, name, ()) == getattr(error, name, ())


GOOD = {"text": "a", "sources": ["x:1"], "lines": [0], "digests": [["a", "b"]], "taken": []}


def answer(**changed: object) -> bytes:
    return json.dumps({"rendered": [{**GOOD, **changed}]}).encode()


NONE = [
    b"",
    b"x",
    b"\xff",
    b"[]",
    b"{}",
    b"null",
    b"[" * 100_000,
    b'{"rendered":{}}',
    b'{"rendered":[1]}',
    b'{"error":"SystemExit","message":"","hint":"","faults":[]}',
    b'{"error":"InputError","message":1,"hint":"","faults":[]}',
    b'{"error":"InputError","message":""}',
    b'{"error":"ConfigError","message":"","hint":"","faults":[["a"]]}',
    b'{"error":"NotAllowedError","message":"","hint":"","faults":[],"claims":[["a"]]}',
    b'{"error":"ConfigError","message":"","hint":"","faults":[["a","b","c","d",-1,0]]}',
    answer(text=1),
    answer(lines=[1]),
    answer(lines=[-1]),
    answer(lines=[True]),
    answer(lines=["0"]),
    answer(sources="x"),
    answer(digests=[["a"]]),
    answer(digests=[["a", 1]]),
    answer(taken=[1]),
    answer(taken=[["env:A"]]),
    answer(taken=[[1, None, [], "", ""]]),
    answer(taken=[["env:A", 1, [], "", ""]]),
    answer(taken=[["env:A", None, [1], "", ""]]),
]


@pytest.mark.parametrize("line", NONE)
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(BugError, match="gave a malformed answer") as caught:
        read_answer(line)
    assert caught.value.hint
    assert len(caught.value.message) < 300


def test_the_answer_that_the_others_are_made_from_is_one() -> None:
    assert read_answer(answer()).rendered == (Rendered("a", ("x:1",), (("a", "b"),)),)
