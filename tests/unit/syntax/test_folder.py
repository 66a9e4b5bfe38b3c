"""Several files become one text, and are split again without a difference."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsync.sections import grammar, parse
from hsync.syntax import check, emit, is_file_name, join_files, split_files, without_marks

FILES = [("00.cfg", "# all\nglobal\n  maxconn 1\n"), ("B.cfg", "# web\nfrontend f\n  bind :80\n"), ("a.cfg", "")]


def test_files_stand_in_the_order_of_their_bytes() -> None:
    text = join_files(reversed(FILES))
    assert [name for name, _ in split_files(text)] == ["00.cfg", "B.cfg", "a.cfg"]
    assert split_files(text) == FILES
    assert without_marks(text) == "".join(content for _, content in FILES)


NAMES = st.text("abcB.- é", min_size=1, max_size=6).map(lambda name: f"x{name}.cfg")
TEXTS = st.lists(st.sampled_from(["global\n", "# c\n", "\n", " ###_file_### x.cfg\n"])).map("".join)


@given(st.dictionaries(NAMES, TEXTS))
def test_split_is_the_inverse_of_join(files: dict[str, str]) -> None:
    assert dict(split_files(join_files(files.items()))) == files


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([("a.conf", "")], "HAProxy does not read a file"),
        ([(".a.cfg", "")], "HAProxy does not read a file"),
        ([("../a.cfg", "")], "HAProxy does not read a file"),
        ([("a.cfg", ""), ("a.cfg", "")], "two files have the same name"),
        ([("a.cfg", "###_file_### b.cfg\n")], "has a line that begins"),
    ],
)
def test_what_cannot_be_joined(files: list[tuple[str, str]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        join_files(files)


@pytest.mark.parametrize("text", ["global\n###_file_### a.cfg\n", "###_file_### a\n", "###_file_### ../a.cfg\n"])
def test_what_cannot_be_split(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        split_files(text)


def test_names() -> None:
    assert [is_file_name(name) for name in ("a.cfg", "a b.cfg", "a.cfg.j2", ".cfg", "a/b.cfg", "a\n.cfg")] == [
        *(True, True, False, False, False, False)
    ]


def test_each_line_knows_its_file() -> None:
    document = parse(join_files(FILES), "conf.d/")
    assert emit(document) == join_files(FILES)
    assert [(one.kind, one.line) for one in document.sections] == [
        ("", 1),
        ("global", 3),
        ("", 5),
        ("frontend", 7),
        ("", 9),
    ]
    assert (document.where(4), document.where(8, 3)) == ("conf.d/00.cfg:3", "conf.d/B.cfg:3:3")


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ("  maxconn 5\nbackend b\n", "d/b.cfg:1:3: a directive before the first section"),
        (".if x\nbackend b\n", "d/b.cfg:1:1: an .if block without .endif in the same file"),
        ("backend b\n .if x\n .if y\n .endif\n", "d/b.cfg:2:2: an .if block without .endif in the same file"),
        ("global\n ###_config-snippet_### BEGIN\n .if x\n ###_config-snippet_### END\n", ""),
        (".if x\nbackend b\n.endif\n", ""),
    ],
)
def test_no_section_and_no_block_goes_on_in_the_next_file(second: str, fault: str) -> None:
    document = parse(
        join_files([("a.cfg", "backend a\n"), ("b.cfg", second), ("c.cfg", "backend c\n")]), "d", blocks=True
    )
    found = [str(one) for one in check(document, grammar(), kept=True)]
    assert [one.startswith(fault) for one in found] == ([True] if fault else [])
