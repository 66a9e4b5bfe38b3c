"""Input cannot control a terminal or a page."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.model import Address
from hsync.output.look import Look
from hsync.output.safe import (
    ascii_json,
    cell,
    code,
    cut,
    fenced,
    fit,
    hanging,
    made_plain,
    of_plain_text,
    plain,
    prose,
    width_of,
)
from tests.hostile import CHARACTERS, MARKUP, page_of, refuse_tricks, seen

SHOWN = [
    ("server web1 10.0.0.1:80", "server web1 10.0.0.1:80"),
    ("Grüße → ✓ 漢字 Ελλάδα", "Grüße → ✓ 漢字 Ελλάδα"),
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
    ("no\u00a0break", "no\\u00a0break".replace("\\u00", "\\x")),
    ("wide\u3000blank", "wide\\u3000blank"),
    ("braille\u2800blank", "braille\\u2800blank"),
    ("not a character\uffff", "not a character\\uffff"),
    ("private\ue000", "private\\ue000"),
    ("in place of an object\ufffc", "in place of an object\\ufffc"),
    ("e\u0301te\u0301", "e\u0301te\u0301"),
    ("\u0301first", "\\u0301first"),
    ("on a blank \u0301", "on a blank \\u0301"),
    ("a\u0301\u0301\u0301\u0301\u0301", "a\u0301\u0301\u0301\\u0301\\u0301"),
    ("round\u20dd", "round\\u20dd"),
]


@pytest.mark.parametrize(("text", "expected"), SHOWN)
def test_what_acts_or_hides_is_shown_as_an_escape(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize("name", CHARACTERS)
def test_no_such_character_is_left(name: str) -> None:
    refuse_tricks(plain(f"a{CHARACTERS[name]}b {CHARACTERS[name]}"))


@pytest.mark.parametrize(
    "points", [range(0x3000), range(0xD000, 0x11000), range(0x1B000, 0x1E000), range(0xE0000, 0xE1000)]
)
def test_none_is_forgotten(points: range) -> None:
    """Each character of the planes in which such characters are, held against the table of Unicode and that of widths."""
    for point in points:
        refuse_tricks(plain(f"a {chr(point)} b"))


@given(st.text())
def test_plain_text_stays_plain(text: str) -> None:
    assert not {unicodedata.category(character) for character in plain(text)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert plain(plain(text)) == plain(text)


# The door


class Choice(StrEnum):
    A = "a\x1b"


@dataclass(frozen=True)
class Inner:
    text: str
    number: int = 1
    choice: Choice = Choice.A


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()
    table: dict[str, object] = field(default_factory=dict)
    address: Address = field(default_factory=lambda: Address("backends"))


def test_every_text_of_a_value_becomes_plain() -> None:
    made = made_plain(Outer(Inner("\x1b"), (Inner("\n"),), {"\x07": ["\x1b", {"\x00": None}, ("\x7f", 1.5)]}))
    assert made.inner.text == "\\x1b"
    assert made.many[0].text == "\\x0a"
    assert made.table == {"\\x07": ["\\x1b", {"\\x00": None}, ("\\x7f", 1.5)]}
    assert (made.inner.choice, made.inner.number) == (Choice.A, 1)
    assert made_plain(iter(["\x1b"])) == ["\\x1b"]  # type: ignore[comparison-overlap]


def test_what_is_plain_stays_itself() -> None:
    value = Outer(Inner("a"), address=Address("backends", "a\x1b"))
    made = made_plain(value)
    assert made.inner is value.inner
    assert str(made.address) == "backends/a%1B"
    assert made_plain(Look()) == Look()
    assert made_plain(Inner) is Inner


def test_a_function_behind_the_door_gets_plain_texts_only() -> None:
    @of_plain_text
    def joined(one: str, *more: Inner, named: str) -> str:
        """Join."""
        return "".join([one, *(inner.text for inner in more), named])

    assert joined("\x1b", Inner("\n"), named="\x9b") == "\\x1b\\x0a\\x9b"
    assert joined.__doc__ == "Join."


# The exit


@pytest.mark.parametrize(
    ("page", "written"),
    [
        ("one\ntwo\n", "one\ntwo\n"),
        (Look(colour=True).paint("red", "bold", "red") + "\n", "\x1b[1;31mred\x1b[0m\n"),
        ("\x1b[31mred\x1b[0m\x1b[2J", "\x1b[31mred\x1b[0m\\x1b[2J"),
        ("\x1b[7mreverse", "\\x1b[7mreverse"),
        ("\x1b[38;5;1mcolour", "\\x1b[38;5;1mcolour"),
        ("\x1b[m", "\\x1b[m"),
        ("\x1b[1;8mhidden", "\\x1b[1;8mhidden"),
        ("a\rb\x9b2J\u202e", "a\\x0db\\x9b2J\\u202e"),
    ],
)
def test_only_lines_and_our_own_colours_leave(page: str, written: str) -> None:
    assert fit(page) == written
    assert fit(written) == written


@pytest.mark.parametrize(
    ("message", "written"),
    [
        ("one", "one"),
        ("one\n  two\nthree", "one\n  two\n  three"),
        ("one\n\nhint: evil\x1b", "one\n\n  hint: evil\\x1b"),
        ("one\n\thint: evil", "one\n   hint: evil"),
    ],
)
def test_only_the_first_line_of_a_message_begins_at_the_margin(message: str, written: str) -> None:
    assert hanging(message) == written


def test_json_leaves_nothing_to_a_terminal() -> None:
    assert ascii_json({"a": "\x7f\x1b\u202e"}) == '{\n  "a": "\\u007f\\u001b\\u202e"\n}'


# Widths

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


# Markdown


def test_a_fence_is_longer_than_the_backquotes_inside() -> None:
    assert fenced(["a", "````", "b\x1b"], "diff") == ["`````diff", "a", "````", "b\\x1b", "`````"]
    assert fenced([]) == ["```", "```"]


CODES = [
    ("web1", "`web1`"),
    ("a|b", "`a|b`"),
    ("a`b", "``a`b``"),
    ("`a", "`` `a ``"),
    (" a ", "`  a  `"),
    ("", "(empty)"),
    ("  ", "(empty)"),
    ("\x1b", "`\\x1b`"),
]


@pytest.mark.parametrize(("text", "expected"), CODES)
def test_inline_code_cannot_be_left(text: str, expected: str) -> None:
    assert code(text) == expected


CELLS = [
    ("`a|b`", "`a\\|b`"),
    ("`a\\|b`", "`a\\x5c\\|b`"),
    ("`a\\\\|b`", "`a\\\\x5c\\|b`"),
    ("a", "a"),
]


@pytest.mark.parametrize(("markdown", "expected"), CELLS)
def test_a_cell_ends_where_it_should(markdown: str, expected: str) -> None:
    assert cell(markdown) == expected


PROSE = [
    ("plain words, 100 %.", "plain words, 100 %."),
    ("listen sections: it's (not) known; a/b = 5", "listen sections: it's (not) known; a/b = 5"),
    ("<img src=x>", "`<img` `src=x>`".replace("` `", " ")),
    ("see [a](http://b) now", "see `[a](http://b)` now"),
    ("a: www.b.example", "a: `www.b.example`"),
    ("@team *now* `x` #1", "`@team *now*` `x` `#1`"),
    ("mail a@b.example please", "mail `a@b.example` please"),
    ("- one", "`-` one"),
    ("12. one - two", "`12.` one - two"),
    ("=== two", "`===` two"),
    ("  many   blanks ", "many blanks"),
    ("", ""),
    (":skull: a:b", "`:skull:` a:b"),
    ("did you mean `hdr`? no", "did you mean `hdr`? no"),
    ("run `hsync plan`, then `a_b`", "run `hsync plan`, then `a_b`"),
    ("`a` `b`", "`a` `b`"),
    ("a_b `c` d_e", "`a_b` `c` `d_e`"),
    ("a_b`c` d", "`` a_b`c` `` d"),
    ("`a`b", "`` `a`b ``"),
    ("` ` a", "`` ` ` `` a"),
    ("GH-12", "`GH-12`"),
]


@pytest.mark.parametrize(("text", "expected"), PROSE)
def test_words_of_others_are_no_markup(text: str, expected: str) -> None:
    assert prose(text) == expected


CONTEXTS = {
    "alone": ("{prose}", ["p", "/p"]),
    "a point of a list": ("- {prose}", ["ul", "li", "/li", "/ul"]),
    "strong": ("**a {prose} z**", ["p", "strong", "/strong", "/p"]),
    "between words": ("a {prose} z", ["p", "/p"]),
    "code": ("a {code} z", ["p", "/p"]),
    "a heading": ("### a {code}", ["h3", "/h3"]),
    "a table": (
        "| a | b |\n|---|---|\n| {cell} | {words} |",
        [
            "table",
            "thead",
            "tr",
            "th",
            "/th",
            "th",
            "/th",
            "/tr",
            "/thead",
            "tbody",
            "tr",
            "td",
            "/td",
            "td",
            "/td",
            "/tr",
            "/tbody",
            "/table",
        ],
    ),
    "a block": ("<details><summary>a</summary>\n\n{block}\n\n</details>", None),
}


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize("context", CONTEXTS)
def test_a_page_shows_markup_of_others_as_text(context: str, name: str) -> None:
    text, (form, shape) = MARKUP[name], CONTEXTS[context]
    markdown = form.format(
        prose=prose(text),
        code=code(text),
        cell=cell(code(text)),
        words=cell(prose(text)),
        block="\n".join(fenced([plain(line) for line in text.split("\n")], "diff")),
    )
    page = page_of(markdown)
    if shape is not None and (text.strip() or context not in {"alone", "a point of a list"}):
        assert page.shape == shape
    shown = seen(page.text)
    if context == "a block":
        assert all(seen(plain(line)) in shown for line in text.split("\n"))
    else:
        wanted = (seen(plain(text)), seen(plain(text).replace("\\|", "\\x5c|")), seen(plain(text)).replace("`", ""))
        assert any(one in shown for one in wanted)
