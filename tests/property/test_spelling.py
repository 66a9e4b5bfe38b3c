"""The spellings of a section: all have the same meaning, and each occurs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hsync.sections import grammar, parse
from hsync.syntax import check, decode
from tests.property.spelling import Look, looks, respelled, written
from tests.property.values import ODD

WORDS = {
    "a": {'"a"', "'a'"},
    r"a\ b": {'"a b"', "'a b'", 'a" b"'},
    '"#2"': {r"\#2", "'#2'"},
    "'it \"is\"'": {r'"it \"is\""', r"it\ \"is\""},
    r"\1": {r"\\1", r'"\\1"'},
    "''": {'""'},
    "${HOME}": {r'"\${HOME}"', "'${HOME}'"},
    r"a\r\n": {r'"a\r\n"'},
}
"""Words, with some of their spellings."""

LINES = [f"http-request set-header x-{number} {word}" for number, word in enumerate(ODD)]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_has_several_spellings(word: str) -> None:
    assert set(respelled(word)) >= WORDS[word] | {word}


@pytest.mark.parametrize("word", ODD)
def test_all_spellings_of_a_word_are_decoded_alike(word: str) -> None:
    assert respelled(word)[0] == word
    assert {decode(way) for way in respelled(word)} == {decode(word)}


def test_a_variable_is_not_spelled_in_another_way() -> None:
    assert respelled('"$PWD"') == ('"$PWD"',)


@settings(derandomize=True, database=None)
@given(st.booleans().flatmap(lambda readable: looks(readable=readable)))
def test_a_look_changes_no_meaning(look: Look) -> None:
    plain, made = (parse(written("frontend f", LINES, one)) for one in (Look(), look))
    assert made.sections[-1].meaning == plain.sections[-1].meaning
    assert check(made, grammar()) == []


DEVICES = {
    "comment": "\n  # ",
    "remark": "\t# ",
    "blank line": "\n\n",
    "tab": "\n\t",
    "crlf": "\r\n",
    "quotes": '"set-header"',
}


@pytest.mark.parametrize("part", DEVICES.values(), ids=DEVICES)
def test_each_device_of_a_look_occurs(part: str) -> None:
    every = [Look(seed, remarks=True, blanks=True, quotes=True) for seed in range(50)]
    assert sum(part in written("frontend f", LINES, look) for look in every) > 5


def test_the_first_word_of_a_line_is_never_quoted() -> None:
    for seed in range(20):
        text = written("frontend f", LINES, Look(seed, quotes=True))
        assert [line.split()[0] for line in text.splitlines()] == ["frontend", *["http-request"] * len(LINES)]


def test_a_readable_look_leaves_keywords_without_quotes() -> None:
    for seed in range(20):
        text = written("frontend f", LINES, Look(seed, quotes=True, readable=True))
        assert text.count("  http-request set-header ") == len(LINES)
