"""Input cannot control a terminal or a page."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.output.safe import code, cut, fenced, plain, plain_lines, prose, width_of

SHOWN = [
    ("server web1 10.0.0.1:80", "server web1 10.0.0.1:80"),
    ("Grüße → ✓", "Grüße → ✓"),
    ("a\tb", "a b"),
    ("a\nb", "a\\x0ab"),
    ("a\r\n", "a\\x0d\\x0a"),
    ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
    ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
    ("\x9b2J", "\\x9b2J"),
    ("nul\x00del\x7f", "nul\\x00del\\x7f"),
    ("latin \udce9", "latin \\xe9"),
    ("\ud800", "\\ud800"),
    ("user\u202egpj.exe", "user\\u202egpj.exe"),
    ("zero\u200bwidth", "zero\\u200bwidth"),
    ("tag\U000e0041", "tag\\U000e0041"),
]


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_what_acts_or_hides_is_shown_as_an_escape(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_plain_text_holds_no_control_format_or_surrogate_character(text: str) -> None:
    assert not {unicodedata.category(character) for character in plain(text)} & {"Cc", "Cs", "Zl", "Zp"}
    assert plain(plain(text)) == plain(text)


def test_lines_keep_their_line_feeds_and_nothing_else() -> None:
    assert plain_lines("one\x1b\n\ttwo\r\n") == "one\\x1b\n two\\x0d\n"


CUTS = [
    ("short", 10, "short"),
    ("exactly10!", 10, "exactly10!"),
    ("eleven char", 10, "eleven ch…"),
    ("漢字漢字", 8, "漢字漢字"),
    ("漢字漢字", 7, "漢字漢…"),
    ("漢字漢字", 6, "漢字…"),
    ("any", 0, "…"),
]


@pytest.mark.parametrize(("text", "room", "expected"), CUTS)
def test_a_text_is_cut_to_columns(text: str, room: int, expected: str) -> None:
    assert cut(text, room) == expected


@given(st.text().map(plain), st.integers(1, 40))
def test_a_cut_text_fits(text: str, room: int) -> None:
    assert width_of(cut(text, room)) <= room


def test_combining_characters_take_no_column() -> None:
    assert width_of("e\u0301") == 1


def test_a_fence_is_longer_than_the_backquotes_inside() -> None:
    assert fenced(["a", "````", "b\x1b"], "diff") == ["`````diff", "a", "````", "b\\x1b", "`````"]
    assert fenced([]) == ["```", "```"]


CODES = [
    ("web1", "`web1`"),
    ("a|b", "`a\\|b`"),
    ("a`b", "`` a`b ``"),
    ("", "(empty)"),
    ("\x1b", "`\\x1b`"),
]


@pytest.mark.parametrize(("text", "expected"), CODES)
def test_inline_code_cannot_be_left(text: str, expected: str) -> None:
    assert code(text) == expected


PROSE = [
    ("plain words, 100 %.", "plain words, 100 %."),
    ("<img src=x>", "\\<img src=x\\>"),
    ("[a](http://b)", "\\[a\\](http\\://b)"),
    ("a: www.b.example", "a: www\\.b.example"),
    ("@team *now* `x` #1", "\\@team \\*now\\* \\`x\\` \\#1"),
]


@pytest.mark.parametrize(("text", "expected"), PROSE)
def test_words_of_others_are_no_markup(text: str, expected: str) -> None:
    assert prose(text) == expected
