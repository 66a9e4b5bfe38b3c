"""Attributes in outputs: different values always look different."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.output.safe import plain, width_of
from hsync.output.values import attribute_rows, shown, told_apart
from hsync.schema import Json

VALUES: list[tuple[Json, str]] = [
    (None, "(unset)"),
    (True, "true"),
    (50, "50"),
    ("http", "http"),
    ("", '""'),
    (" padded ", '" padded "'),
    (["a", 1], '["a", 1]'),
    ({"k": "é"}, '{"k": "é"}'),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_values(value: Json, expected: str) -> None:
    assert shown(value) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (2000, "ms", "2s"),
        (1500, "ms", "1500ms"),
        (0, "ms", "0ms"),
        (51200, "B", "50k"),
        (1000, "B", "1000"),
        (None, "ms", "(unset)"),
        ("(secret)", "ms", "(secret)"),
    ],
)
def test_numbers_with_a_unit_are_written_as_haproxy_does(value: Json, unit: str, expected: str) -> None:
    assert shown(value, unit) == expected


def test_units_belong_to_attributes() -> None:
    rows = attribute_rows({"a": 1000, "b": 1000}, {"a": 2000, "c": 1024}, 80, {"a": "ms", "c": "B"})
    assert [text for _, text in rows] == ["a  1s → 2s", "b  1000 → (unset)", "c  (unset) → 1k"]


def test_an_update_names_both_sides() -> None:
    rows = list(attribute_rows({"weight": 100, "check": "enabled"}, {"weight": 50, "inter": 2000}, 80))
    assert rows == [
        (" ", "check   enabled → (unset)"),
        (" ", "inter   (unset) → 2000"),
        (" ", "weight  100 → 50"),
    ]


@pytest.mark.parametrize("sides", [({"mode": "http"}, None), (None, {"mode": "http"})])
def test_one_side_has_no_arrow(sides: tuple[dict[str, Json] | None, dict[str, Json] | None]) -> None:
    assert list(attribute_rows(*sides, 80)) == [(" ", "mode  http")]


def test_nothing_to_show() -> None:
    assert list(attribute_rows(None, {}, 80)) == []
    assert list(attribute_rows(None, None, 80)) == []


def test_long_values_take_a_line_each_with_the_difference_in_sight() -> None:
    before, after = "x" * 200 + " old tail", "x" * 200 + " new tail"
    rows = list(attribute_rows({"log_format": before}, {"log_format": after}, 40))
    assert rows == [
        (" ", "log_format"),
        ("-", "  …xxxxxxxxxxx old tail"),
        ("+", "  …xxxxxxxxxxx new tail"),
    ]


def test_a_difference_near_the_beginning_stays_in_sight() -> None:
    old, new = told_apart("a" + "x" * 50, "b" + "x" * 50, 20)
    assert (old, new) == ("a" + "x" * 18 + "…", "b" + "x" * 18 + "…")


@given(st.text(max_size=80).map(plain), st.text(max_size=80).map(plain), st.integers(30, 60))
def test_two_values_that_differ_never_look_alike(before: str, after: str, room: int) -> None:
    old, new = told_apart(before, after, room)
    assert (old == new) == (before == after)
    assert max(width_of(old), width_of(new)) <= room
