from __future__ import annotations

import threading
from math import inf

import pytest

from hsync.dataplane.deadline import NEVER, Deadline, left, running
from hsync.dataplane.timing import Timing


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_is_left_gets_less_and_ends_at_nothing() -> None:
    clock = Clock()
    deadline = Deadline.after(5, clock)
    assert (deadline.left, deadline.is_over, str(deadline)) == (5, False, "5 s")
    clock.now += 4.5
    assert deadline.left == 0.5
    clock.now += 100
    assert (deadline.left, deadline.is_over) == (0, True)


def test_without_a_deadline_there_is_no_end() -> None:
    assert (NEVER.left, NEVER.is_over) == (inf, False)
    assert Deadline.after(inf).left == inf
    assert (left(), left(7)) == (inf, 7)


def test_the_nearest_deadline_holds() -> None:
    clock = Clock()
    with running(Deadline.after(5, clock)):
        assert (left(), left(3), left(9)) == (5, 3, 5)
        with running(Deadline.after(2, clock)):
            assert left() == 2
        with running(Deadline.after(50, clock)):
            assert left() == 5, "an inner one cannot give time back"
        assert left() == 5
    assert left() == inf


def test_a_deadline_ends_with_its_block_also_by_an_error() -> None:
    with pytest.raises(KeyError), running(Deadline.after(1)):
        raise KeyError
    assert left() == inf


def test_another_thread_has_no_deadline_of_this_one() -> None:
    found: list[float] = []
    with running(Deadline.after(1)):
        thread = threading.Thread(target=lambda: found.append(left()))
        thread.start()
        thread.join()
    assert found == [inf]


@pytest.mark.parametrize(
    ("answer", "command", "grace", "seconds"),
    [
        (90, inf, 0, 90),
        (90, 60, 0, 60),
        (90, 0, 0, 0),
        (90, 0, 5, 5),
        (90, 60, 5, 65),
        (3, 0, 5, 3),
        (inf, inf, 5, inf),
    ],
)
def test_a_request_ends_with_its_command_but_what_tidies_up_has_a_grace(
    answer: float, command: float, grace: float, seconds: float
) -> None:
    clock = Clock()
    timing = Timing(answer=answer, clock=clock, command=Deadline.after(command, clock))
    assert timing.request(grace).left == seconds
    clock.now += 1000
    assert timing.request(grace).left == (answer if command == inf else 0), "the grace has an end, too"


def test_a_pause_ends_with_the_command() -> None:
    clock, slept = Clock(), list[float]()
    timing = Timing(sleep=slept.append, clock=clock, command=Deadline.after(2, clock))
    timing.pause(1)
    timing.pause(3)
    clock.now += 3
    timing.pause(1)
    assert slept == [1, 2, 0]
