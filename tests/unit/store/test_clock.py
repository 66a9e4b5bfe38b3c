"""A time limit that holds beyond the life of a process: whoever moves a clock neither ends nor prolongs it."""

from __future__ import annotations

import pytest

from hsync.errors import InputError
from hsync.store import Clock, Limit, clock
from tests.clocks import SetClock

DAY = 86400.0

MOVED = [
    ("nothing but the time", {}, 300.0, 0.0),
    ("a part of the time", {"up": 100.0, "now": 100.0}, 200.0, 0.0),
    ("the wall clock is set forward", {"now": DAY}, 300.0, 0.0),
    ("the wall clock is set back", {"now": -DAY, "up": 200.0}, 100.0, 0.0),
    ("the machine slept", {"now": 400.0, "up": 400.0}, 0.0, 0.0),
    ("a restart, in time", {"id": "boot-2", "up": -4990.0, "now": 60.0}, 240.0, 0.0),
    ("a restart, too late", {"id": "boot-2", "up": -4990.0, "now": 301.0}, 0.0, 0.0),
    ("a restart, and the wall clock was set back", {"id": "boot-2", "up": 9.0, "now": -DAY}, 0.0, 0.0),
    ("a system without boots", {"id": "", "up": -4990.0, "now": 60.0}, 240.0, 0.0),
    ("another machine with the same boot, which cannot be", {"up": -4000.0}, 0.0, 0.0),
]


@pytest.mark.parametrize(("moves", "left"), [row[1:3] for row in MOVED], ids=[row[0] for row in MOVED])
def test_what_is_left_of_a_limit(moves: dict[str, float | str], left: float) -> None:
    now = SetClock()
    limit = Limit.after(300, now)
    for name, move in moves.items():
        setattr(now, name, move if isinstance(move, str) else getattr(now, name) + move)
    assert limit.left_s(now) == pytest.approx(left)


def test_the_same_limit_begins_again() -> None:
    now = SetClock()
    limit = Limit.after(300, now)
    now.sleep(200)
    assert limit.again(now).left_s(now) == 300
    assert limit.until == "2027-01-15T08:05:00Z"


def test_the_clocks_of_this_machine() -> None:
    real = Clock()
    limit = Limit.after(60, real)
    real.sleep(0)
    assert 59 < limit.left_s(real) <= 60
    assert real.boot() == real.boot()


def test_a_system_without_an_id_of_its_boot(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> str:
        raise InputError("no such file")

    monkeypatch.setattr(clock, "read_text", missing)
    assert Clock().boot() == ""
