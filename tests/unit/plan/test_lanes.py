"""What no operation can say travels as text."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.plan.lanes import obstacles

BACKEND = "backend a\n  server s 10.0.0.1:80\n"


def reasons(before: str, after: str) -> list[str]:
    deltas = compare(Configuration.from_text(before), Configuration.from_text(after))
    return [one.reason for one in obstacles(deltas, "3.4")]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("", "backend ..\n  mode http\n", "the API has no place for a section called '..'"),
        ("", "backend a/b\n  mode http\n", "the API has no place for a section called 'a/b'"),
        ("cache é\n  max-age 5\n", "", "the API has no place for a section called 'é'"),
        (BACKEND, BACKEND + "  server .. 10.0.0.2:80\n", "the API has no place for a name like '..'"),
        (BACKEND + "  server . 10.0.0.2:80\n", BACKEND, "the API has no place for a name like '.'"),
    ],
)
def test_a_name_that_no_path_can_hold_is_pushed_as_text(before: str, after: str, reason: str) -> None:
    assert reasons(before, after) == [reason]


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "...", "a?b", "lines[0]", "é"])
def test_other_names_are_encoded(name: str) -> None:
    assert reasons(BACKEND, f"{BACKEND}  server {name} 10.0.0.2:80\n") == []
