"""Lines that a server would silently damage are found, all together, with their places."""

from __future__ import annotations

import pytest

from hsync.sections import grammar, parse
from hsync.syntax import check, lost

BY_POSITION = (
    "t:3:1: backend x has no `from NAME`, and there are several defaults sections; "
    "write `backend x from NAME`, and give this name to the defaults section above it"
)

FAULTS = [
    ('global\n  a "b\n', ['t:2:5: unmatched "']),
    (
        "global\n  .if feature(x)\n  daemon\n  .endif\n",
        ["t:2:3: the server drops .if", "t:4:3: the server drops .endif"],
    ),
    ('"backend" a\n', ["t:1:1: quoted section keyword", "t:1:1: a directive before the first section"]),
    ('backend "a"\n', ['t:1:9: quoted section name "a"']),
    ("backend\n", ["t:1:1: backend without a name"]),
    ("backend a b\n", ["t:1:11: unexpected 'b' in the section header; write one name, then `from NAME`"]),
    ("backend a :80\n", ["t:1:11: unexpected ':80' in the section header; write one name"]),
    ("defaults d\nfrontend a b from d\n", ["t:2:12: unexpected 'b' in the section header; write one name"]),
    (
        "listen x :80\n",
        ["t:1:10: an address in the section header, ':80'; write `bind :80` on a line of its own"],
    ),
    (
        "defaults d\nfrontend x 192.0.2.1:80,192.0.2.2:80 from d\n",
        [
            "t:2:12: an address in the section header, '192.0.2.1:80,192.0.2.2:80'; write `bind 192.0.2.1:80,192.0.2.2:80`"
        ],
    ),
    (
        "defaults base\nfrontend f from bsae\n",
        ["t:2:17: defaults section 'bsae' does not exist; did you mean `from base`?"],
    ),
    (
        "defaults a\ndefaults b from xyz\n",
        ["t:2:17: defaults section 'xyz' does not exist; add `defaults xyz`, or write one of a, b"],
    ),
    (
        "defaults\nbackend f from xyz\n",
        ["t:2:16: defaults section 'xyz' does not exist; add `defaults xyz`, or remove `from`"],
    ),
    (
        "cache a\n ###_config-snippet_### BEGIN\n .if x\n ###_config-snippet_### END\n",
        [
            "t:3:2: the server drops .if, so the lines of the block would become unconditional; use a condition of the template"
        ],
    ),
    ("global\n ###_config-snippet_### BEGIN\n x\ncache a\n", ["t:2:2: a config-snippet block without its END line"]),
    ("cache a from b\n", ["t:1:9: unexpected 'from b' in the section header; write only a name"]),
    ("backend a\nbackend a\n", ["t:2:1: duplicate section: backend a is already at line 1"]),
    ("defaults\ndefaults\n", ["t:2:1: a second anonymous defaults"]),
    (
        "defaults a\nbackend x\ndefaults b\nbackend y\n",
        [
            "t:2:1: backend x has no `from NAME`, and there are several defaults sections; write `backend x from a`",
            "t:4:1: backend y has no `from NAME`, and there are several defaults sections; write `backend y from b`",
        ],
    ),
    (
        "defaults a\ndefaults\nbackend x\n",
        [BY_POSITION],
    ),
    (
        "http {\n  server {\n  }\n}\n",
        ["t:1:1: 4 directives before the first section; begin with a section header: global"],
    ),
    ("backend a\n  " + " ".join(["w"] * 65) + "\n", ["t:2:131: more than 64 words"]),
    ("backend a\n  " + "y" * 65536 + "\n", ["t:2:3: a line of 64 KiB or more"]),
    ("backend a\n  server\x00 x\n", ["t:2:9: control character '\\x00'"]),
    ("backend a\n  server\rx\n", ["t:2:9: control character '\\r'"]),
    ("\ufeffglobal\n  daemon\n", ["t:1:1: a byte order mark", "t:2:3: a directive before the first section"]),
    ("maxconn 1\nglobal\n", ["t:1:1: a directive before the first section"]),
    ("backend a\n  x \"a\"\n  x 'b\n  x 'c'\n", ["t:3:5: unmatched '"]),
    ("backend a\n  x 'a' # it's \"\n  x \\xg\n", ["t:3:5: \\x needs two hexadecimal digits"]),
    ("backend a\n  x a\"b\"\n  'frontend' c\n", ["t:3:3: quoted section keyword 'frontend'"]),
    ('backend a\n  x 1\nback"end" b\n', ['t:3:1: quoted section keyword back"end"']),
    ("backend a\n  x 'a\x01'\n", ["t:2:7: control character '\\x01'"]),
    (
        (
            "backend a\n ###_config-snippet_### BEGIN\n ###_config-snippet_### END\n"
            " ###_config-snippet_### BEGIN\n ###_config-snippet_### END\n"
        ),
        ["t:4:2: a second config-snippet block"],
    ),
]

NOOP = [
    ("", "an empty text is nothing to damage"),
    ("global\n daemon\nglobal\n maxconn 1\n", "global sections merge"),
    ("frontend a\nbackend a\n", "two kinds may share a name"),
    ("defaults\nbackend a\nbackend b\n", "one anonymous defaults serves all"),
    ("defaults a\ndefaults b\nbackend x from a\n", "everybody says from"),
    ("defaults a\ndefaults b from a\nbackend x from b\n", "defaults need no from"),
    ("backend a\n  " + " ".join(["w"] * 64) + "\n", "64 words are allowed"),
    ("backend a\n  " + "y" * 65000 + "\n", "just below 64 KiB"),
    ("global\r\n daemon\r\n", "CRLF ends lines"),
    ("# only comments\n\n", "comments are no directives"),
    (".notice x\nglobal\n", "messages may stand anywhere"),
    (
        "cache a\n ###_config-snippet_### BEGIN\n ###_config-snippet_### BEGIN\n ###_config-snippet_### END\n",
        "they are comments like any there",
    ),
    (
        "global\n ###_config-snippet_### BEGIN\n .if feature(x)\n daemon\n .endif\n ###_config-snippet_### END\n",
        "the server keeps a snippet block verbatim",
    ),
    ("backend a # it's \"\n  x 'a \"' \"b '\" c'd'e # don't\n", "closed quotes of both kinds, and any in comments"),
    ('backend a\n  http-request set-header X "a b" if { path "/x y" }\n', "quotes that close are fine"),
]


@pytest.mark.parametrize(("text", "expected"), FAULTS)
def test_damage_is_named_with_its_place(text: str, expected: list[str]) -> None:
    found = [str(fault) for fault in check(parse(text, "t"), grammar())]
    assert len(found) == len(expected), found
    assert all(one.startswith(start) for one, start in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(("text", "because"), NOOP)
def test_what_survives_is_not_a_fault(text: str, because: str) -> None:
    assert because
    assert check(parse(text), grammar()) == []


def test_every_fault_has_a_remedy_and_they_come_in_order() -> None:
    text = "".join(text for text, _ in FAULTS)
    faults = check(parse(text), grammar())
    lines = [int(fault.where.split(":")[1]) for fault in faults]
    assert lines == sorted(lines)
    assert len(faults) >= len(FAULTS)
    assert all(fault.remedy for fault in faults)


def test_a_fault_shows_its_line_with_a_caret() -> None:
    (fault,) = check(parse('backend a\n  acl x path "foo\n', "t"), grammar())
    assert fault.shown().splitlines()[1:] == ['      acl x path "foo', "                 ^"]


def test_the_caret_stays_in_sight_on_a_long_line() -> None:
    (fault,) = check(parse("backend a\n  acl x path " + "y" * 300 + ' "foo\n', "t"), grammar())
    line, caret = fault.shown().splitlines()[1:]
    assert line[caret.index("^")] == '"'
    assert len(line) <= 104


def test_sections_that_are_known_to_be_good_are_not_looked_at() -> None:
    document = parse('backend a\n  x "a\nbackend b\n  x "b\nbackend b\n', "t")
    known = {section.text for section in document.sections[:1]}
    assert [fault.where for fault in check(document, grammar(), known)] == ["t:4:5", "t:5:1"]


def test_a_part_of_a_configuration_may_name_defaults_that_stand_elsewhere() -> None:
    assert check(parse("backend a from elsewhere\n"), grammar(), whole=False) == []


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", []),
        ("maxconn 1\nbackend a\n  x 'open\nbackend a\n", ["t:1:1", "t:4:1"]),
        ("global\nglobal\nbackend a b\ndefaults\ndefaults\n", []),
        (".notice x\nglobal\n", []),
    ],
)
def test_what_sections_by_name_cannot_hold_is_lost(text: str, places: list[str]) -> None:
    assert [fault.where for fault in lost(parse(text, "t"), grammar())] == places


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("global\n\f\n \v\r\n  daemon\n", []),
        ("global\n  daemon\f\n", ["t:2:9: control character '\\x0c'; remove it"]),
        ("global\n\x1c\n", ["t:2:1: control character '\\x1c'; remove it"]),
        ("global\n  a \ud800\n", ["t:2:5: half of a surrogate pair, which is not a character; remove it"]),
        ("global\n  a \udce9\n", []),
        ("global\n  x ###_config-snippet_### BEGIN\n", []),
    ],
)
def test_characters_that_nobody_sees(text: str, found: list[str]) -> None:
    assert [str(fault) for fault in check(parse(text, "t"), grammar())] == found


KEPT_HEADERS = [
    ("backend a b\n", True),
    ("defaults a b\n", True),
    ("mailers a from b\n", True),
    ("namespace_list a b\nnamespace_list a b\n", True),
    ("ring a b c\n", True),
    ("crt-store\n", True),
    ("crt-store a b\n", False),
    ("frontend a b\n", False),
    ("cache a from b\n", False),
    ("cache\n", False),
]


@pytest.mark.parametrize(("text", "taken"), KEPT_HEADERS)
def test_a_text_that_is_kept_may_have_the_headers_that_haproxy_takes(text: str, taken: bool) -> None:
    document = parse(text, "t")
    assert check(document, grammar())
    assert (check(document, grammar(), kept=True) == []) is taken
