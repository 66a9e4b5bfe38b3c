"""Properties of replacing a list: the result is the list, and nothing else moves."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hsync.dataplane.embedded import edit
from hsync.dataplane.embedded.sheet import NOBODY, read_sheet
from hsync.schema import Fields
from hsync.syntax import Section

NAMES = st.lists(st.sampled_from("abcdef"), max_size=8)
BETWEEN = st.lists(st.sampled_from(["  # note\n", "  mode http\n", "\n", "  no-such 1\n", "# column 0\n"]), max_size=8)


def acl(name: str) -> Fields:
    return {"acl_name": name, "criterion": "path", "value": f"/{name}"}


@given(NAMES, NAMES, BETWEEN)
@settings(max_examples=300, deadline=None)
def test_a_list_is_what_was_put_and_other_lines_keep_their_order(
    old: list[str], new: list[str], between: list[str]
) -> None:
    lines = [f"  acl {name} path /{name}\n" for name in old]
    for number, line in enumerate(between):
        lines.insert((number * 7) % (len(lines) + 1), line)
    sheet = read_sheet(Section("backend", "backend web\n" + "".join(lines), 1))
    changed = edit.put_list(sheet, "acls", [acl(name) for name in new])
    again = read_sheet(Section("backend", changed.text, 1))
    assert [body["acl_name"] for body in again.children("acls")] == new
    others = [line.text for line in sheet.lines if line.owner != "acls"]
    assert [line.text for line in again.lines if line.owner != "acls"] == others
    assert [(line.owner, line.text) for line in changed.lines] == [(line.owner, line.text) for line in again.lines]


@given(NAMES, NAMES)
@settings(max_examples=100, deadline=None)
def test_putting_the_old_list_back_gives_the_old_rules(old: list[str], new: list[str]) -> None:
    text = "backend web\n" + "".join(f"  acl {name} path /{name}\n" for name in old)
    sheet = read_sheet(Section("backend", text, 1))
    there = edit.put_list(sheet, "acls", [acl(name) for name in new])
    assert edit.put_list(there, "acls", [acl(name) for name in old]).text == text


@given(st.lists(st.sampled_from(["mode", "balance", "server_timeout", "connect_timeout"]), unique=True), BETWEEN)
@settings(max_examples=200, deadline=None)
def test_an_object_is_what_was_put(names: list[str], between: list[str]) -> None:
    values: Fields = {"mode": "tcp", "balance": {"algorithm": "source"}, "server_timeout": 1, "connect_timeout": 2}
    wanted: Fields = {name: values[name] for name in names}
    text = "backend web\n  timeout connect 9s\n" + "".join(between) + "  balance leastconn\n  timeout server 9s\n"
    sheet = read_sheet(Section("backend", text, 1))
    changed = edit.put_base(sheet, wanted)
    again = read_sheet(Section("backend", changed.text, 1))
    assert again.base == changed.base == wanted
    loose = [line.text for line in sheet.lines if line.owner == NOBODY]
    assert [line.text for line in again.lines if line.owner == NOBODY] == loose
