"""Documents are lossless, and have the number of each line."""

from __future__ import annotations

import pytest

from hsync.sections import parse
from hsync.syntax import emit
from tests.corpus import CORPUS, needs_corpus, read_text

TEXT = """# head
global
  maxconn 100 # many

 defaults base
    mode http

frontend www from base
  bind :80
###_config-snippet_### BEGIN
  .if feature(x)
  odd line
###_config-snippet_### END
backend 'quoted name'
\tserver s1 10.0.0.1:80
"""


def test_sections_are_slices_of_the_text() -> None:
    document = parse(TEXT)
    assert [(s.kind, s.name, s.parent, s.line) for s in document.sections] == [
        ("", "", "", 1),
        ("global", "", "", 2),
        ("defaults", "base", "", 5),
        ("frontend", "www", "base", 8),
        ("backend", "quoted name", "", 14),
    ]
    assert emit(document) == TEXT


def test_directives_have_their_line_number_and_know_the_snippet() -> None:
    lines = [(d.text, d.number, d.snippet) for s in parse(TEXT).sections for d in s.directives]
    assert lines == [
        ("maxconn 100 # many", 3, False),
        ("mode http", 6, False),
        ("bind :80", 9, False),
        (".if feature(x)", 11, True),
        ("odd line", 12, True),
        ("server s1 10.0.0.1:80", 15, False),
    ]
    assert parse(TEXT).sections[1].directives[0].comment == " many"


@pytest.mark.parametrize(
    ("header", "name", "parent", "extra"),
    [
        ("defaults", "", "", ()),
        ("defaults a", "a", "", ()),
        ("defaults from b", "", "b", ()),
        ("defaults a from b", "a", "b", ()),
        ("backend from", "from", "", ()),
        ("backend x from b", "x", "b", ()),
        ("backend x y", "x", "", ("y",)),
        ("cache from b", "", "b", ()),
        ("backend x # note", "x", "", ()),
        ("global#x", "", "", ()),
    ],
)
def test_a_header_has_a_name_a_parent_and_nothing_else(
    header: str, name: str, parent: str, extra: tuple[str, ...]
) -> None:
    (section,) = parse(header + "\n").sections
    assert (section.name, section.parent, section.extra) == (name, parent, extra)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "global",
        "global\r\n  maxconn 1\r\n",
        "no section\nglobal\n",
        "backend a\n  server \x0b s\n",
        "backend é\n  server s\u2028x 1\n",
        "frontends\nglobal-ish\n",
        "backend a\n" + "  acl x path " + "y" * 70000 + "\n",
        "backend a\n  " + " ".join(["w"] * 65),
        'global\n  x "unterminated\n',
        b"global\n  description caf\xe9\n".decode("utf-8", "surrogateescape"),
    ],
)
def test_any_text_comes_back_byte_for_byte(text: str) -> None:
    document = parse(text)
    assert emit(document) == text
    assert "".join(line for section in document.sections for line in section.lines) == text


def test_words_that_only_begin_like_a_section_are_directives() -> None:
    assert [s.kind for s in parse("frontends\nglobal-ish x\nbackend b\n cache-use c\n").sections] == ["", "backend"]


def test_where_names_file_line_and_column() -> None:
    assert parse("", "a.cfg").where(3, 7) == "a.cfg:3:7"
    assert parse("", "a.cfg").where(3) == "a.cfg:3"


@needs_corpus
def test_every_file_of_the_corpora_comes_back_byte_for_byte() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file() and path.suffix in {".cfg", ".tsv", ".txt", ".md"}]
    assert len(files) > 200
    for path in files:
        text = read_text(path)
        assert emit(parse(text)) == text, path


def test_the_same_text_is_taken_apart_once() -> None:
    one, other = parse(TEXT, "a.cfg"), parse(TEXT[:9] + TEXT[9:], "b.cfg")
    assert one.sections is other.sections
    assert (one.source, other.source) == ("a.cfg", "b.cfg")


BLANKS = " \t\r\v\f"
NO_BLANKS = "\x1c\x1d\x1e\x1f\x85\xa0\u2028\u3000"
"""Characters that are blanks for Python, but not for HAProxy (checked with a real one: `isspace` in the locale C)."""


@pytest.mark.parametrize("blank", BLANKS)
def test_a_line_of_what_haproxy_takes_for_blanks_is_empty(blank: str) -> None:
    document = parse(f"global\n{blank}\n  daemon{blank}\n{blank}backend{blank}a\n{blank}# x\n{blank}mode http\n", "t")
    assert [(one.kind, one.name) for one in document.sections] == [("global", ""), ("backend", "a")]
    assert [one.words for section in document.sections for one in section.directives] == [["daemon"], ["mode", "http"]]


@pytest.mark.parametrize("letter", NO_BLANKS)
def test_what_only_python_takes_for_a_blank_is_a_letter(letter: str) -> None:
    document = parse(f"global\n{letter}\nbackend{letter}a\n{letter}backend a\n  a{letter}b\n", "t")
    lines = [one.words for section in document.sections for one in section.directives]
    assert lines == [[letter], [f"backend{letter}a"], [f"{letter}backend", "a"], [f"a{letter}b"]]
