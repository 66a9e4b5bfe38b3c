"""The attributes of fields."""

from __future__ import annotations

from hsync.schema import Field
from hsync.schema.reader import units_of


def test_a_field_has_a_unit_when_every_form_says_so() -> None:
    fields = [
        Field("a", unit="ms"),
        Field("b", unit="B"),
        Field("c"),
        Field("a", unit="ms"),
        Field("b"),
        Field("d.e", unit="B"),
    ]
    assert units_of(fields) == {"a": "ms", "d.e": "B"}
    assert units_of(reversed(fields)) == {"a": "ms", "d.e": "B"}
