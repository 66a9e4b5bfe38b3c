"""The shapes of proxies: rows that exclude each other, objects that may be empty, lists of statuses, conditions."""

from __future__ import annotations

import pytest

from hsync.schema import Arg, Const, Enum, Fields, Int, Mismatch, Reader, Row, Word
from hsync.sections.balancing import SOURCE
from hsync.sections.lists import LOG_TARGETS, Written, sample
from hsync.sections.proxy_shapes import Codes, Condition, Either, Present, Unmodelled
from hsync.sections.proxy_stats import user_and_password

STATE = Either(Row("on", Const(state="on"), Word("by")), Row("off", Const(state="off"), Enum("why", "a", "b")))

LINES: list[tuple[str, list[list[str]], Fields]] = [
    ("the first row", [["on", "x"]], {"state": "on", "by": "x"}),
    ("the second row", [["off", "a"]], {"state": "off", "why": "a"}),
    (
        "a line of one row takes away what a line of the other set",
        [["on", "x"], ["off", "b"]],
        {"state": "off", "why": "b"},
    ),
    ("and the other way round", [["off", "b"], ["on", "x"]], {"state": "on", "by": "x"}),
]

BOTH_WAYS: list[tuple[str, Arg, list[str], Fields]] = [
    ("one status", Codes("codes"), ["404"], {"codes": [404]}),
    ("several statuses, in their order", Codes("codes"), ["503", "404"], {"codes": [503, 404]}),
    ("an object that stays empty", Present("params"), [], {"params": {}}),
    ("if", Condition("x"), ["if", "a"], {"x": {"cond": "if", "cond_test": "a"}}),
    ("unless, in fields of other names", Condition("x", "c", "t"), ["unless", "a"], {"x": {"c": "unless", "t": "a"}}),
]

REFUSED: list[tuple[str, Arg, list[str]]] = [
    ("no status", Codes("codes"), []),
    ("a status without an error page", Codes("codes"), ["404", "418"]),
    ("a word that is no status", Codes("codes"), ["teapot"]),
    ("no condition", Condition("x"), []),
    ("a condition without a test", Condition("x"), ["if"]),
    ("another word than if and unless", Condition("x"), ["when", "a"]),
]


@pytest.mark.parametrize(("lines", "body"), [case[1:] for case in LINES], ids=[case[0] for case in LINES])
def test_the_last_line_of_rows_that_exclude_each_other_counts(lines: list[list[str]], body: Fields) -> None:
    into: Fields = {}
    for words in lines:
        STATE.read(words, into)
    assert into == body
    assert STATE.write(body) == [lines[-1]]


def test_rows_that_exclude_each_other_name_each_field_once() -> None:
    assert [field.path for field in STATE.fields()] == ["state", "by", "why"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["off", "c"], "a or b"), (["off", "a", "b"], "the end of the line"), (["away"], "another keyword")],
)
def test_the_reason_is_that_of_the_row_with_the_keyword(words: list[str], expected: str) -> None:
    with pytest.raises(Mismatch) as refused:
        STATE.read(words, {})
    assert refused.value.expected == expected


@pytest.mark.parametrize(
    ("arg", "words", "body"), [case[1:] for case in BOTH_WAYS], ids=[case[0] for case in BOTH_WAYS]
)
def test_words_become_fields_and_go_back(arg: Arg, words: list[str], body: Fields) -> None:
    into: Fields = {}
    reader = Reader(words)
    arg.read(reader, into)
    reader.done()
    assert into == body
    assert arg.write(body) == words


@pytest.mark.parametrize(("arg", "words"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_such_shape_is_refused(arg: Arg, words: list[str]) -> None:
    with pytest.raises(Mismatch):
        arg.read(Reader(words), {})


def test_absent_statuses_are_no_words() -> None:
    assert Codes("codes").write({}) is None


def test_a_line_without_a_field_is_taken_whole_and_never_written() -> None:
    into: Fields = {}
    reader = Reader(["a", "b"])
    Unmodelled().read(reader, into)
    reader.done()
    assert into == {}
    assert Unmodelled().write({"a": "b"}) is None
    assert list(Unmodelled().fields()) == []


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (["len", "0"], {}),
        (["len", "5"], {"length": 5}),
    ],
)
def test_zero_is_written_for_an_absent_number_and_read_as_absent(words: list[str], body: Fields) -> None:
    into: Fields = {}
    Written("len", Int("length")).read(Reader(words), into)
    assert into == body
    assert Written("len", Int("length")).write(body) == words


def test_a_number_that_may_be_missing_is_read_from_nothing() -> None:
    into: Fields = {}
    Written("len", Int("length"), optional=True).read(Reader([]), into)
    assert into == {}
    with pytest.raises(Mismatch):
        Written("len", Int("length")).read(Reader([]), into)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"source": {"address": "10.0.0.1"}}, "10.0.0.1"),
        ({"source": {"address": "10.0.0.1", "port": 80}}, "10.0.0.1:80"),
        ({"source": {"port": 80}}, None),
    ],
)
def test_a_source_is_an_address_with_or_without_a_port(body: Fields, word: str | None) -> None:
    assert SOURCE.write(body) == ([] if word is None else [["source", word]])


@pytest.mark.parametrize(("body", "word"), [({"user": "a", "passwd": "b"}, "a:b"), ({"user": "a"}, None)])
def test_a_user_without_a_password_is_no_word(body: Fields, word: str | None) -> None:
    assert user_and_password(body) == word


@pytest.mark.parametrize(
    ("body", "word"), [({"sample_range": "1-5", "sample_size": 6}, "1-5:6"), ({"sample_range": "1-5"}, None)]
)
def test_a_sample_without_its_size_is_no_word(body: Fields, word: str | None) -> None:
    assert sample(body) == word


def test_a_log_target_without_a_facility_cannot_be_written() -> None:
    assert LOG_TARGETS.write({"address": "127.0.0.1:514"}) is None
