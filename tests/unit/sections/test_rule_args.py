"""The args of rules: accepted words, and their fields."""

from __future__ import annotations

import pytest

from hsync.schema import Arg, Enum, Fields, Flag, Int, Mismatch, Reader
from hsync.sections.rule_args import SCOPED, Blank, Expression, Solid, Some, Suffixed, Unsigned, Whole, Zero

BOTH_WAYS: list[tuple[str, Arg, list[str], Fields]] = [
    ("a solid word", Solid("a"), ["x"], {"a": "x"}),
    ("an empty word is absent", Blank("a"), [""], {}),
    ("a word that may be empty", Blank("a"), ["x"], {"a": "x"}),
    ("an expression", Expression("a"), ["src,lower"], {"a": "src,lower"}),
    ("a small number", Unsigned("a", high=255), ["255"], {"a": "255"}),
    ("an expression where a number may stand", Unsigned("a"), ["src"], {"a": "src"}),
    ("all words", Whole("a"), ["int(1)"], {"a": "int(1)"}),
    ("zero is absent", Zero("a"), ["0"], {}),
    ("another number", Zero("a"), ["-5"], {"a": -5}),
    ("a word with a beginning", Suffixed("lua.", Solid("a")), ["lua.x"], {"a": "x"}),
    ("a number with a beginning", Suffixed("track-sc", Int("a")), ["track-sc0"], {"a": 0}),
    ("one of some", Some(Flag("a"), Flag("b")), ["b"], {"b": "enabled"}),
    ("scope and name", SCOPED, ["txn.a"], {"var_scope": "txn", "var_name": "a"}),
    ("a name with a dot", SCOPED, ["txn.a.b"], {"var_scope": "txn", "var_name": "a.b"}),
]

REFUSED: list[tuple[str, Arg, list[str]]] = [
    ("a blank, quoted or not", Solid("a"), ['"x y"']),
    ("a number is another field", Expression("a"), ["10"]),
    ("a signed number is one too", Expression("a"), ["-1"]),
    ("no word at all", Expression("a"), []),
    ("a number above the bound", Unsigned("a", high=255), ["256"]),
    ("a negative number", Unsigned("a"), ["-1"]),
    ("a condition", Whole("a"), ["int(1)", "if", "x"]),
    ("no number", Zero("a"), ["x"]),
    ("a number out of its bounds", Zero("a", high=5), ["6"]),
    ("another beginning", Suffixed("lua.", Solid("a")), ["use-service"]),
    ("a beginning alone", Suffixed("lua.", Solid("a")), ["lua."]),
    ("nothing of some", Some(Flag("a")), []),
    ("no name", SCOPED, ["txn."]),
    ("no scope", SCOPED, [".a"]),
    ("no dot", SCOPED, ["txn"]),
]


@pytest.mark.parametrize(("arg", "words", "fields"), [row[1:] for row in BOTH_WAYS], ids=[row[0] for row in BOTH_WAYS])
def test_words_become_fields_and_go_back(arg: Arg, words: list[str], fields: Fields) -> None:
    into: Fields = {}
    reader = Reader(words)
    arg.read(reader, into)
    reader.done()
    assert into == fields
    assert arg.write(into) == words


@pytest.mark.parametrize(("arg", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_the_server_would_lose_does_not_fit(arg: Arg, words: list[str]) -> None:
    with pytest.raises(Mismatch):
        arg.read(Reader(words), {})


@pytest.mark.parametrize("arg", [Solid("a"), Suffixed("lua.", Solid("a")), SCOPED, Expression("a")])
def test_an_absent_field_cannot_be_written(arg: Arg) -> None:
    assert arg.write({}) is None


def test_a_lone_number_in_an_expression_of_two_words_is_not_bounded() -> None:
    into: Fields = {}
    Unsigned("a", high=1).read(Reader(["9", "x"]), into)
    assert into == {"a": "9 x"}


def test_every_arg_names_its_fields() -> None:
    args: list[Arg] = [SCOPED, Suffixed("x", Enum("a", "y")), Zero("b"), Blank("c")]
    assert [field.path for arg in args for field in arg.fields()] == ["var_scope", "var_name", "a", "b", "c"]
