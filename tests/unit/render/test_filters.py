from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.errors import InputError
from hsync.render import render
from hsync.render.filters import quote
from hsync.syntax import decode


def value(expression: str, folder: Path) -> str:
    path = folder / "t.j2"
    path.write_text("{{ " + expression + " }}", encoding="utf-8")
    return render(path, variables={"servers": [{"n": "s10"}, {"n": "s9"}, {"n": "s"}], "none": None}).text


VALUES = [
    ("'abc'|quote", "abc"),
    ("''|quote", "''"),
    ("'a b'|quote", "'a b'"),
    ("'$x#'|quote", "'$x#'"),
    ("'a\\\\b'|quote", "'a\\b'"),
    ('"it\'s $5"|quote', '"it\'s \\$5"'),
    ("'a\\nb\\tc'|quote", '"a\\nb\\tc"'),
    ("'\\x1b\"'|quote", '"\\x1b\\""'),
    ("8080|quote", "8080"),
    ("'web1'|word", "web1"),
    ("80|word", "80"),
    ("'10.0.0.1'|addr", "10.0.0.1"),
    ("'10.0.0.1'|addr(80)", "10.0.0.1:80"),
    ("'2001:db8::1'|addr('443')", "[2001:db8::1]:443"),
    ("'[::1]'|addr(80)", "[::1]:80"),
    ("'::'|addr", "[::]"),
    ("'*'|addr(80)", "*:80"),
    ("'www.example.'|addr(80)", "www.example.:80"),
    ("servers|natural('n')|map(attribute='n')|join(' ')", "s s9 s10"),
    ("['b2', 'b10', 'a', 'b1', 3]|natural|join(' ')", "3 a b1 b2 b10"),
    ("{'b': 1, 'a': 2}|natural|join(' ')", "a b"),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_filters_write_words(expression: str, expected: str, tmp_path: Path) -> None:
    assert value(expression, tmp_path) == expected


REFUSED = [
    ("'a b'|word", "'a b' is not one bare word"),
    ("''|word", "'' is not one bare word"),
    ("none|word", "the value is null"),
    ("none|quote", "the value is null"),
    ("'a\\x00'|quote", "HAProxy does not accept NUL in a word"),
    ("'${HOST}'|addr(80)", "is not one bare word"),
    ("'-x'|addr", "'-x' is neither an address nor a host name"),
    ("'::1:'|addr", "neither an address nor a host name"),
    ("'a'|addr(0)", "'0' is not a port"),
    ("'a'|addr(65536)", "'65536' is not a port"),
    ("'a'|addr('80-90')", "'80-90' is not a port"),
    ("'a'|addr('²')", "'²' is not a port"),
    ("'a\\nb'|lines|upper", "a line break in the value"),
]


@pytest.mark.parametrize(("expression", "what"), REFUSED)
def test_filters_refuse_what_is_no_word(expression: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        value(expression, tmp_path)
    assert what in str(caught.value)
    assert "t.j2:1: " in str(caught.value)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_quoted_value_is_one_word_that_means_the_value(text: str) -> None:
    quoted = quote(text)
    assert "\n" not in quoted
    assert decode(f"x {quoted} y") == ("x", text, "y")
