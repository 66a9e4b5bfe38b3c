"""Patterns of one field: accepted words, and facts about older servers in their fields."""

from __future__ import annotations

import pytest

from hsync.schema import (
    Arg,
    Enum,
    Field,
    Fields,
    Flag,
    Int,
    Late,
    Mismatch,
    Option,
    Reader,
    Rest,
    Row,
    Rule,
    Size,
    Word,
)
from hsync.schema import rules as forms_of


def read(arg: Arg, text: str) -> Fields:
    fields: Fields = {}
    arg.read(Reader(text.split()), fields)
    return fields


@pytest.mark.parametrize("text", ["400", "400 500-599"])
def test_matching_is_about_all_remaining_words(text: str) -> None:
    assert read(Rest("codes", matching=r"[0-9 -]+"), text) == {"codes": text}


@pytest.mark.parametrize("arg", [Rest("codes", matching=r"[0-9 -]+"), Rest("codes", not_in=("400 x",))])
def test_remaining_words_that_do_not_match_are_refused_at_the_first(arg: Rest) -> None:
    with pytest.raises(Mismatch) as raised:
        read(arg, "400 x")
    assert raised.value.at == 0


LATE = Late("3.4", "x|512")


@pytest.mark.parametrize("arg", [Word("a", late=LATE), Int("a", late=LATE), Enum("a", "x", "y", late=LATE)])
def test_late_values_make_a_fact_about_these_values_only(arg: Arg) -> None:
    (field,) = arg.fields()
    assert (field.since, field.written, field.of) == ("", "3.4", "x|512")


@pytest.mark.parametrize("arg", [Size("a", written="3.3"), Flag("a", written="3.3")])
def test_a_pattern_that_older_servers_write_wrongly_says_so(arg: Arg) -> None:
    (field,) = arg.fields()
    assert (field.since, field.written, field.gated) == ("", "3.3", True)


def test_a_row_gives_its_facts_to_the_fields_that_have_none() -> None:
    row = Row("x", Word("a"), Word("b", since="3.1"), Size("c", written="3.2"), since="3.0", written="3.3")
    assert [(one.path, one.since, one.written) for one in row.fields()] == [
        ("a", "3.0", "3.3"),
        ("b", "3.1", "3.3"),
        ("c", "3.0", "3.2"),
    ]
    assert [one.written for one in Option("x", written="3.3").fields()] == ["3.3"]


def test_a_rule_gives_its_facts_to_its_form() -> None:
    (form,) = forms_of("http-request", Rule("x", Word("a"), written="3.3"))
    assert [(one.path, one.written) for one in form.gated] == [
        ("type", "3.3"),
        ("a", "3.3"),
        ("cond", "3.3"),
        ("cond_test", "3.3"),
    ]


def test_a_field_without_facts_works_on_every_line() -> None:
    assert not Field("a").gated
