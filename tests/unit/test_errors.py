"""Messages of errors with several faults."""

from __future__ import annotations

import pytest

from hsync.errors import MANY, ConfigError, Fault


@pytest.mark.parametrize(
    ("number", "last"), [(1, "  f:1: bad"), (MANY, f"  f:{MANY}: bad"), (MANY + 2, "  and 2 more")]
)
def test_a_message_shows_as_many_faults_as_somebody_reads(number: int, last: str) -> None:
    error = ConfigError("faults:", [Fault(f"f:{line + 1}", "bad") for line in range(number)])
    assert error.message.splitlines()[0] == "faults:"
    assert error.message.splitlines()[-1] == last
    assert len(error.faults) == number


@pytest.mark.parametrize("end", ["\f", "\v", "\x1c", "\x85", "\u2028"])
def test_a_character_that_ends_lines_elsewhere_stays_in_its_line(end: str) -> None:
    fault = Fault("f:1:2", "bad", "", f"a{end}b\n", 2)
    assert ConfigError("faults:", [fault]).message.split("\n")[1:] == ["  f:1:2: bad", f"      a{end}b", "       ^"]
