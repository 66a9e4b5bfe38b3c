r"""Words as HAProxy splits them: manual 2.2; checked with HAProxy 2.8 where the manual does not say."""

from __future__ import annotations

import pytest

from hsync.syntax import decode, join_raw, meaning, raw_words, split
from hsync.syntax.words import VARIABLE, has_fault

DECODED = [
    ("maxconn 100", ("maxconn", "100")),
    ("  maxconn\t100  ", ("maxconn", "100")),
    ("", ()),
    ("# only a comment", ()),
    ("global#x", ("global",)),
    ("a b#c d", ("a", "b")),
    (r"a b\#c", ("a", "b#c")),
    ('a "b # c"', ("a", "b # c")),
    ("a 'b # c'", ("a", "b # c")),
    (r"a b\ c", ("a", "b c")),
    ('a ""', ("a", "")),
    ("a ''", ("a", "")),
    ("a '' b", ("a", "", "b")),
    ('pre"mid"post', ("premidpost",)),
    ("pre'm i d'post", ("prem i dpost",)),
    (r"a \1 \. \d", ("a", r"\1", r"\.", r"\d")),
    (r"a \n\r\t", ("a", "\n\r\t")),
    (r"a \x41\x20", ("a", "A ")),
    (r'a "\"q\""', ("a", '"q"')),
    (r"a '\"'", ("a", r"\"")),
    (r'a "\$x"', ("a", "$x")),
    ('a "$x"', ("a", VARIABLE + "$x")),
    ("a '$x'", ("a", "$x")),
    ("a $x", ("a", "$x")),
    (r"a \$x", ("a", r"\$x")),
    ("a\\", ("a\\",)),
    (r'a "\'"', ("a", "'")),
    (r'a "\z"', ("a", r"\z")),
    ("ünï cödé", ("ünï", "cödé")),
    ("a\u00a0b c", ("a\u00a0b", "c")),
    ("crlf line\r\n", ("crlf", "line")),
]


@pytest.mark.parametrize(("line", "expected"), DECODED)
def test_a_line_is_decoded_as_haproxy_does(line: str, expected: tuple[str, ...]) -> None:
    assert decode(line) == expected
    assert tuple(word.value for word in split(line).words) == expected


@pytest.mark.parametrize(("line", "expected"), DECODED)
def test_raw_words_mean_what_the_line_means(line: str, expected: tuple[str, ...]) -> None:
    assert decode(join_raw(raw_words(line))) == expected


@pytest.mark.parametrize(("line", "expected"), DECODED)
def test_columns_point_at_the_raw_word(line: str, expected: tuple[str, ...]) -> None:
    words = split(line).words
    assert len(words) == len(expected)
    assert all(line[word.column - 1 :].startswith(word.raw) for word in words)


@pytest.mark.parametrize(
    ("line", "comment"),
    [("a b", None), ("a # b", " b"), ("#", ""), ('a "#"', None), ("a#b # c", "b # c"), (r"a \# b", None)],
)
def test_a_comment_begins_at_an_unquoted_hash(line: str, comment: str | None) -> None:
    assert split(line).comment == comment


@pytest.mark.parametrize(
    ("line", "fault", "column"),
    [
        ('a "b', 'unmatched "', 3),
        ("a 'b", "unmatched '", 3),
        ('a b"c d', 'unmatched "', 4),
        (r"a \x4", r"\x needs two hexadecimal digits", 3),
        (r"a \xzz b", r"\x needs two hexadecimal digits", 3),
        (r"a \x+1", r"\x needs two hexadecimal digits", 3),
        ("a \\x\uff11\uff12", r"\x needs two hexadecimal digits", 3),
    ],
)
def test_faults_have_a_column_and_lose_no_text(line: str, fault: str, column: int) -> None:
    assert has_fault(line) == (fault, column)
    assert (
        "".join(word.raw for word in split(line).words) == line.replace(" ", "", line.count(" "))
        or '"' in line
        or "'" in line
    )
    assert raw_words(line)[0] == "a"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('a "b c"', r"a b\ c", True),
        ("a 'b'", "a b", True),
        ('a "b c"', "a b c", False),
        ('a "$x"', r'a "\$x"', False),
        ('a "$x"', "a '$x'", False),
        ("a  b", "a b", True),
        ("a b # note", "a b", True),
    ],
)
def test_meaning_ignores_spelling_and_nothing_else(one: str, other: str, equal: bool) -> None:
    assert (meaning(one) == meaning(other)) is equal
