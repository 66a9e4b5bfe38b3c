"""Tables of a section before and after a write: kept lines, moved lines, refusals."""

from __future__ import annotations

import pytest

from hsync.dataplane.embedded import edit
from hsync.dataplane.embedded.sheet import BASE, Sheet, read_sheet
from hsync.schema import Fields
from hsync.sections import by_kind
from hsync.syntax import Section

BACKEND = by_kind()["backend"]
SERVER: Fields = {"name": "s3", "address": "10.0.0.3", "port": 80}


def sheet_of(text: str) -> Sheet:
    return read_sheet(Section(text.split(maxsplit=1)[0], text, 1))


def acl(name: str) -> Fields:
    return {"acl_name": name, "criterion": "path", "value": f"/{name}"}


def test_a_sheet_is_the_text_byte_for_byte() -> None:
    text = "backend web # c\r\n\n  # note\n\tserver s1   10.0.0.1:80\n  no-such 1\n#end\n"
    assert sheet_of(text).text == text


WEB = """backend web from base
    # how requests are spread
    balance   roundrobin   # spread
    # who answers
    server s1 10.0.0.1:80
    server s2 10.0.0.2:80  # slow
    redirect prefix /x

# about the next section
"""


def test_a_new_child_goes_behind_the_last_of_its_collection_with_its_indentation() -> None:
    after = edit.add_child(sheet_of(WEB), "servers", SERVER).text
    assert after == WEB.replace("# slow\n", "# slow\n    server s3 10.0.0.3:80\n")


def test_the_first_child_of_a_collection_goes_behind_what_is_written_before_it() -> None:
    after = edit.add_child(sheet_of(WEB), "acls", acl("a")).text
    assert after == WEB.replace("# spread\n", "# spread\n    acl a path /a\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("backend web\n", "backend web\n  acl a path /a\n"),
        ("backend web", "backend web\n  acl a path /a\n"),
        ("backend web\n\n# next\n", "backend web\n  acl a path /a\n\n# next\n"),
        ("backend web\n  # mine\n", "backend web\n  # mine\n  acl a path /a\n"),
        ("backend web\n  no-such 1\n", "backend web\n  no-such 1\n  acl a path /a\n"),
        ("backend web\n  server s 1.1.1.1:1\n", "backend web\n  acl a path /a\n  server s 1.1.1.1:1\n"),
        ("backend web\n  mode http", "backend web\n  mode http\n  acl a path /a\n"),
        (
            "backend web\n### x\n###_config-snippet_### BEGIN\n  y\n###_config-snippet_### END\n\n",
            "backend web\n### x\n###_config-snippet_### BEGIN\n  y\n###_config-snippet_### END\n  acl a path /a\n\n",
        ),
    ],
)
def test_where_the_first_child_goes(before: str, after: str) -> None:
    assert edit.add_child(sheet_of(before), "acls", acl("a")).text == after


def test_a_new_line_never_goes_into_a_snippet_block() -> None:
    block = "###_config-snippet_### BEGIN\n  odd 1\n###_config-snippet_### END\n"
    sheet = sheet_of(f"global\n{block}  busy-polling\n")
    assert edit.put_base(sheet, {**sheet.base, "gid": 235}).text == f"global\n{block}  gid 235\n  busy-polling\n"


def test_an_insert_goes_before_the_child_of_that_index() -> None:
    sheet = sheet_of("backend web\n  acl a path /a\n  # b\n  acl b path /b\n")
    assert edit.add_child(sheet, "acls", acl("n"), 1).text == (
        "backend web\n  acl a path /a\n  # b\n  acl n path /n\n  acl b path /b\n"
    )


def test_a_put_replaces_the_line_in_its_place() -> None:
    sheet = sheet_of(WEB)
    place = sheet.place_of("servers", "s1")
    assert place is not None
    after = edit.put_child(sheet, place, {**SERVER, "name": "s1"})
    assert after.text == WEB.replace("server s1 10.0.0.1:80", "server s1 10.0.0.3:80")
    assert after.place_of("servers", "s1") == place


def test_a_put_that_changes_nothing_keeps_the_line() -> None:
    sheet = sheet_of(WEB)
    place = sheet.place_of("servers", "s2")
    assert place is not None
    assert edit.put_child(sheet, place, {"name": "s2", "address": "10.0.0.2", "port": 80}) is sheet


def test_a_delete_removes_one_line() -> None:
    sheet = sheet_of(WEB)
    place = sheet.place_of("servers", "s1")
    assert place is not None
    assert edit.remove_child(sheet, place).text == WEB.replace("    server s1 10.0.0.1:80\n", "")


RULES = """backend web
  # one
  acl one path /one
  # two
  acl   two path "/two"   # kept
  balance source
  acl three path /three
  # end
"""


@pytest.mark.parametrize(
    ("names", "after"),
    [
        (["one", "two", "three"], RULES),
        (["one", "three"], RULES.replace('  acl   two path "/two"   # kept\n', "")),
        ([], RULES.replace("  acl one path /one\n", "").replace('  acl   two path "/two"   # kept\n', "").replace("  acl three path /three\n", "")),
        (["new", "one", "two", "three"], RULES.replace("  # one", "  acl new path /new\n  # one")),
        (["one", "new", "two", "three"], RULES.replace("  # two", "  acl new path /new\n  # two")),
        (["one", "two", "three", "new"], RULES.replace("/three\n", "/three\n  acl new path /new\n")),
    ],
)  # fmt: skip
def test_a_list_keeps_the_lines_that_stay(names: list[str], after: str) -> None:
    wanted = [acl(name) for name in names]
    changed = edit.put_list(sheet_of(RULES), "acls", wanted)
    assert changed.text == after
    assert changed.children("acls") == wanted or names  # the objects are those of the lines
    assert [body["acl_name"] for body in changed.children("acls")] == names


def test_a_changed_rule_takes_the_place_of_the_old_one() -> None:
    wanted = [acl("one"), {**acl("two"), "value": "/2"}, acl("three")]
    assert edit.put_list(sheet_of(RULES), "acls", wanted).text == RULES.replace(
        'acl   two path "/two"   # kept', "acl two path /2"
    )


def test_a_list_in_another_order_is_in_that_order() -> None:
    changed = edit.put_list(sheet_of(RULES), "acls", [acl("three"), acl("two"), acl("one")])
    assert [line.key or line.text.split()[1] for line in changed.lines if line.owner == "acls"] == [
        "three",
        "two",
        "one",
    ]
    assert changed.text.count("balance source") == 1


def test_a_list_too_long_to_align_is_replaced() -> None:
    old = [f"a{number}" for number in range(2100)]
    text = "backend web\n" + "".join(f"  acl {name} path /{name}\n" for name in old)
    new = [f"b{number}" for number in range(2100)]
    changed = edit.put_list(sheet_of(text), "acls", [acl(name) for name in new])
    assert changed.text == text.replace(" a", " b").replace("/a", "/b").replace("bcl", "acl")


BASE_TEXT = """backend web from base # main
  # spread
  balance   roundrobin  # why
  # http
  mode http
  server s1 10.0.0.1:80
  timeout server 30s
"""


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ({"from": "base", "mode": "http", "balance": {"algorithm": "roundrobin"}, "server_timeout": 30000}, BASE_TEXT),
        (
            {"from": "base", "mode": "tcp", "balance": {"algorithm": "roundrobin"}, "server_timeout": 30000},
            BASE_TEXT.replace("mode http", "mode tcp"),
        ),
        (
            {"from": "base", "mode": "http", "balance": {"algorithm": "leastconn"}, "server_timeout": 30000},
            BASE_TEXT.replace("balance   roundrobin  # why", "balance leastconn"),
        ),
        (
            {"from": "base"},
            "backend web from base # main\n  # spread\n  # http\n  server s1 10.0.0.1:80\n",
        ),
        (
            {"mode": "http", "balance": {"algorithm": "roundrobin"}, "server_timeout": 30000},
            BASE_TEXT.replace(" from base", ""),
        ),
        (
            {"from": "other", "mode": "http", "balance": {"algorithm": "roundrobin"}, "server_timeout": 30000},
            BASE_TEXT.replace("from base", "from other"),
        ),
    ],
)
def test_a_base_keeps_the_lines_that_stay(body: Fields, after: str) -> None:
    changed = edit.put_base(sheet_of(BASE_TEXT), {"name": "ignored", **body})
    assert changed.text == after
    assert changed.base == body


def test_new_attributes_stand_behind_those_written_before_them() -> None:
    body: Fields = {"mode": "http", "balance": {"algorithm": "source"}, "connect_timeout": 1000, "server_timeout": 1000}
    text = "backend web\n  # top\n  timeout server 1s\n  server s 1.1.1.1:1\n  mode http\n"
    assert edit.put_base(sheet_of(text), body).text == (
        "backend web\n  # top\n  timeout server 1s\n  timeout connect 1s\n"
        "  server s 1.1.1.1:1\n  mode http\n  balance source\n"
    )


def test_lines_of_one_keyword_are_put_into_the_order_of_the_object() -> None:
    steps: list[Fields] = [{"step": "close", "drop": "enabled"}, {"step": "any", "format": "%ci"}]
    text = "log-profile p\n  on any format %ci\n  on close drop\n"
    changed = edit.put_base(sheet_of(text), {"steps": list(steps)})
    assert changed.text == "log-profile p\n  on close drop\n  on any format %ci\n"


def test_a_base_line_that_cannot_be_written_back_alone_is_compared_by_its_words() -> None:
    text = "backend web\n  mode http\n  mode tcp\n"
    assert edit.put_base(sheet_of(text), {"mode": "tcp"}).text == "backend web\n  mode tcp\n"


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("servers", {"name": "s", "address": "1.1.1.1", "port": 80, "check": "yes"}, "check in body"),
        ("servers", {"name": "s"}, "servers in body cannot be written"),
        ("acls", {"acl_name": "a", "criterion": "path", "value": "/a\n  server x 1.1.1.1:1"}, "line end"),
        ("acls", {"acl_name": "a", "criterion": "path", "value": "/a#b"}, "bare #"),
        ("acls", {"acl_name": "a b", "criterion": "path", "value": "/a"}, "in body cannot be written"),
    ],
)
def test_a_child_that_the_line_would_not_carry_is_refused(path: str, body: Fields, why: str) -> None:
    with pytest.raises(edit.Unwritable, match=why):
        edit.add_child(sheet_of("backend web\n"), path, body)


@pytest.mark.parametrize("body", [{"mode": "nonsense"}, {"balance": {"algorithm": "nonsense"}}, {"balance": {}}])
def test_a_base_that_the_lines_would_not_carry_is_refused(body: Fields) -> None:
    with pytest.raises(edit.Unwritable, match="cannot be written"):
        edit.put_base(sheet_of("backend web\n"), body)


def test_what_is_off_or_empty_needs_no_line() -> None:
    sheet = sheet_of("global\n")
    assert edit.put_base(sheet, {"daemon": False}).text == "global\n"


def test_a_full_section_has_its_lines_in_the_order_of_the_tables_and_servers_by_name() -> None:
    servers: Fields = {name: {"name": name, "address": "1.1.1.1"} for name in ("s10", "s2", "s1")}
    body: Fields = {"name": "web", "from": "d", "mode": "http", "servers": servers, "acl_list": [acl("b"), acl("a")]}
    assert edit.full_section(BACKEND, body).text == (
        "backend web from d\n  mode http\n  acl b path /b\n  acl a path /a\n"
        "  server s1 1.1.1.1\n  server s10 1.1.1.1\n  server s2 1.1.1.1\n"
    )


def test_a_full_section_takes_the_place_of_the_old_one_but_not_of_what_follows() -> None:
    new = edit.full_section(BACKEND, {"name": "web", "mode": "tcp"})
    assert edit.replace_section(sheet_of(WEB), new).text == "backend web\n  mode tcp\n\n# about the next section\n"


def test_a_section_gets_a_name_and_keeps_its_comment() -> None:
    assert edit.rename(sheet_of("defaults # all\n  mode http\n"), "d").text == "defaults d # all\n  mode http\n"


def test_a_section_that_the_api_does_not_know_has_no_writes() -> None:
    with pytest.raises(TypeError, match="listen sections are not in the API"):
        edit.put_base(sheet_of("listen x\n  mode http\n"), {})


def test_owners_of_lines() -> None:
    owners = [line.owner for line in sheet_of(WEB).lines]
    assert owners == ["(header)", "", BASE, "", "servers", "servers", "(opaque)", "", ""]


def test_an_unnamed_bind_has_its_address_for_a_name() -> None:
    sheet = sheet_of("frontend www\n  bind 127.0.0.1:80\n  bind /run/x.sock\n")
    assert [line.key for line in sheet.lines[1:]] == ["127.0.0.1:80", "/run/x.sock"]
