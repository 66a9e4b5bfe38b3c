"""A conditional block around sections is one section, compared as text; one inside of a section stays there."""

from __future__ import annotations

import pytest

from hsync.model import Configuration
from hsync.plan.compare import compare
from hsync.sections import grammar, parse
from hsync.syntax import check, emit

AROUND = """\
# head
.if feature(OPENSSL)
global
  maxconn 1
.endif

defaults
  mode http
.if defined(A)
.if defined(B)
backend b
  server s 192.0.2.1:80
.endif
  server t 192.0.2.1:80
.else
backend c
.endif
  server u 192.0.2.1:80
frontend f
  .if defined(C)
  bind :80
  .endif
###_config-snippet_### BEGIN
.if in a snippet
###_config-snippet_### END
backend d
.if never(ended)
backend e
"""


def kinds(text: str, *, blocks: bool) -> list[tuple[str, str, int]]:
    document = parse(text, blocks=blocks)
    assert emit(document) == text
    return [(one.kind, one.name, one.line) for one in document.sections]


def test_blocks_are_sections() -> None:
    assert kinds(AROUND, blocks=True) == [
        ("", "", 1),
        (".if", "feature(OPENSSL)", 2),
        ("defaults", "", 7),
        (".if", "defined(A)", 9),
        ("frontend", "f", 19),
        ("backend", "d", 26),
        (".if", "never(ended)", 27),
    ]
    names = [name for _, name, _ in kinds(AROUND, blocks=False)]
    assert names == ["", "", "", "b", "c", "f", "d", "e"]


def test_without_blocks_both_ways_share_the_sections() -> None:
    assert parse("global\n  maxconn 1\n", blocks=True).sections is parse("global\n  maxconn 1\n").sections


def test_a_block_has_all_its_lines_and_no_header() -> None:
    section = parse(AROUND, blocks=True).sections[1]
    assert [line.text for line in section.directives] == [".if feature(OPENSSL)", "global", "maxconn 1", ".endif"]
    assert (section.parent, section.extra, section.is_conditional) == ("", (), True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # a section leaves the block, and both stand as they stood
        ("backend a\n.if x\nbackend b\nbackend c\n.endif\n", "backend a\nbackend b\n.if x\nbackend c\n.endif\n"),
        # another condition
        (".if x\nbackend b\n.endif\n", ".if y\nbackend b\n.endif\n"),
        # a line enters the block of its section
        ("backend b\n .if x\n .endif\n mode tcp\n", "backend b\n .if x\n mode tcp\n .endif\n"),
        # the order of a guarded line and one that is not
        ("global\n .if x\n maxconn 1\n .endif\n maxconn 2\n", "global\n maxconn 2\n .if x\n maxconn 1\n .endif\n"),
        # which defaults a proxy takes
        ("defaults\n mode tcp\nbackend b\n", ".if x\ndefaults\n mode tcp\n.endif\nbackend b\n"),
        # the second of two sections with one name
        ("userlist u\nuserlist u\n user a\n", "userlist u\nuserlist u\n user b\n"),
        ("userlist u\n user a\n", "userlist u\n user a\nuserlist u\n user a\n"),
        # words in a header
        ("frontend f :80\n", "frontend f :81\n"),
        ("frontend f\n", "frontend f :80\n"),
        # proxies that change their defaults by position
        (
            "defaults\n mode tcp\nbackend b\ndefaults\n mode http\nbackend c\n",
            "defaults\n mode tcp\ndefaults\n mode http\nbackend b\nbackend c\n",
        ),
    ],
)
def test_what_a_reader_of_objects_would_not_see(before: str, after: str) -> None:
    assert compare(Configuration.from_text(before), Configuration.from_text(after))
    assert compare(Configuration.from_text(after), Configuration.from_text(before))
    assert not compare(Configuration.from_text(before), Configuration.from_text(before + "# end\n"))


def test_the_defaults_in_a_block_are_those_of_what_follows() -> None:
    text = "defaults\n mode tcp\nbackend a\n.if x\ndefaults\n mode http\n.endif\nbackend b\n.if x\nbackend c\n.endif\n"
    parents = Configuration.from_text(text).parents
    assert parents["backend", "a"] == "unnamed_defaults_1"
    assert parents["backend", "b"] == "x"
    assert parents[".if", "x (2)"] == "x"


def test_defaults_inside_of_a_block_are_known() -> None:
    text = ".if x\ndefaults d\n mode tcp\n.endif\nbackend b from d\nbackend c from e\n"
    faults = check(parse(text, blocks=True), grammar(), kept=True)
    assert [fault.what for fault in faults] == ["defaults section 'e' does not exist"]


KEPT = [
    ".if x\nglobal\n.endif\n",
    "defaults\n mode tcp\nbackend b\ndefaults\n mode http\nbackend c\n",
    'frontend "f"\n bind :80\n',
    "frontend f :80\n",
    "userlist u\nuserlist u\n",
    "backend b\n ###_config-snippet_### BEGIN\n odd\n",
    f"backend b\n # {'x' * 70_000}\n",
    "backend b\n http-request set-header X \x02\n",
]
NOT_KEPT = {
    "backend b\nbackend b\n": "t:2:1: duplicate section: backend b is already at line 1; merge the two sections, or rename one: names must be unique",
    "backend b\n server 's\n": "t:2:9: unmatched",
    "backend b\n mode \x00tcp\n": "t:2:7: control character",
    "backend b\n mode" + " x" * 70: "t:2:",
}


@pytest.mark.parametrize("text", KEPT)
def test_a_file_takes_what_only_a_server_would_damage(text: str) -> None:
    assert check(parse(text, "t", blocks=True), grammar(), kept=True) == []
    assert check(parse(text, "t", blocks=True), grammar()) != []


@pytest.mark.parametrize("text", NOT_KEPT)
def test_a_file_does_not_take_what_haproxy_cannot_read(text: str) -> None:
    (fault,) = check(parse(text, "t", blocks=True), grammar(), kept=True)
    assert str(fault).startswith(NOT_KEPT[text])
