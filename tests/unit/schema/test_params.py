"""Params, Twins, Nested: parameters in any order, fields that share a word, fields of an inner object."""

from __future__ import annotations

import pytest

from hsync.schema import (
    Const,
    Enum,
    Fields,
    Flag,
    Int,
    Key,
    Lit,
    Loose,
    Many,
    Mismatch,
    Nested,
    OneOf,
    Params,
    Reader,
    Seq,
    Twins,
    Unsaid,
    Word,
)

TWINS = Twins(
    Flag("tlsv10", "force", no="no", since="3.1"),
    Flag("force_tlsv10", "force", on=True),
    Flag("no_tlsv10", "no", on=True),
)

PARAMS = Params(
    Flag("ssl"),
    Flag("check", no="no-check"),
    Key("maxconn", Int("maxconn")),
    Key("mode", Enum("mode", "tcp", "http")),
    Many("files", Key("file", Word("name")), item="name"),
    TWINS,
)


def read(text: str, args: Params | Nested = PARAMS) -> Fields:
    fields: Fields = {}
    reader = Reader(text.split())
    args.read(reader, fields)
    reader.done()
    return fields


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", {}),
        ("maxconn 5 ssl", {"ssl": "enabled", "maxconn": 5}),
        ("ssl ssl maxconn 5 maxconn 5", {"ssl": "enabled", "maxconn": 5}),
        ("file a file b", {"files": ["a", "b"]}),
        ("force", {"tlsv10": "enabled", "force_tlsv10": True}),
        ("no", {"tlsv10": "disabled", "no_tlsv10": True}),
    ],
)
def test_parameters_are_read_in_any_order(text: str, fields: Fields) -> None:
    assert read(text) == fields


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("maxconn 5 maxconn 6", 2, "maxconn at most once"),
        ("check ssl no-check", 2, "no-check at most once"),
        ("force no", 1, "no at most once"),
        ("ssl mode udp", 2, "tcp or http"),
        ("ssl other", 1, "the end of the line"),
        ("ssl maxconn", 2, "a"),
    ],
)
def test_a_mismatch_names_the_word_and_what_would_fit(text: str, at: int, expected: str) -> None:
    with pytest.raises(Mismatch) as raised:
        read(text)
    assert raised.value.at == at
    assert expected in raised.value.expected


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, ""),
        ({"files": ["a", "b"], "maxconn": 5, "ssl": "enabled"}, "ssl maxconn 5 file a file b"),
        ({"tlsv10": "enabled"}, "force"),
        ({"no_tlsv10": True}, "no"),
        ({"unknown": 1}, ""),
    ],
)
def test_parameters_are_written_in_the_order_of_the_table(fields: Fields, text: str) -> None:
    assert PARAMS.write(fields) == text.split()


def test_a_parameter_that_needs_no_field_is_always_written() -> None:
    assert Params(OneOf(Flag("a"), Const(b=None)), Key("always")).write({}) == ["always"]


def test_twins_do_not_take_a_word_that_none_of_them_knows() -> None:
    with pytest.raises(Mismatch):
        TWINS.read(Reader(["other"]), {})


def test_nested_fields_live_in_the_inner_object() -> None:
    nested = Nested("default_server", PARAMS, since="3.1")
    assert read("ssl maxconn 5", nested) == {"default_server": {"ssl": "enabled", "maxconn": 5}}
    assert nested.write({"default_server": {"maxconn": 5}}) == ["maxconn", "5"]
    assert nested.write({"default_server": {}}) == []
    assert nested.write({"maxconn": 5}) is None
    assert {field.path: field.since for field in nested.fields()}["default_server.maxconn"] == "3.1"


def test_nested_needs_a_word() -> None:
    with pytest.raises(Mismatch, match="a parameter"):
        read("", Nested("default_server", PARAMS))


LOOSE = Loose(
    *PARAMS.args,
    Seq(Flag("expose", on=True), Lit("all")),
    Key("ktls", Enum("ktls", "on", "off")),
    values="odd",
    strict="expose ktls",
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "maxconn many maxconn 5",
        "force no ssl check no-check",
        "file a file b odd ssl",
        "expose all ktls on",
    ],
)
def test_as_text_any_value_fits_and_as_often_as_it_likes(text: str) -> None:
    reader, fields = Reader(text.split()), Fields()
    LOOSE.read(reader, fields)
    assert (reader.peek(), fields) == (None, {})


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ssl other", "other"),
        ("ssl maxconn", "maxconn"),
        ("maxconn 5 5", "5"),
        ("odd", "odd"),
        ("ktls maybe ssl", "ktls"),
        ("expose some", "expose"),
        ("ssl(a)", "ssl(a)"),
    ],
)
def test_as_text_a_keyword_must_be_known_and_have_its_value(text: str, left: str) -> None:
    reader = Reader(text.split())
    LOOSE.read(reader, {})
    assert reader.peek() == left


@pytest.mark.parametrize("arg", [LOOSE, Unsaid()])
def test_what_no_field_holds_is_never_written(arg: Loose | Unsaid) -> None:
    assert (arg.write({"a": "b"}), list(arg.fields())) == (None, [])


def test_a_word_that_no_field_holds_may_not_be_one_of_these() -> None:
    with pytest.raises(Mismatch) as raised:
        Unsaid(not_in=("if",), rest=True).read(Reader(["if", "x"]), {})
    assert raised.value.at == 0
