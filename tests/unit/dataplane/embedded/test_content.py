"""Sections found, added, replaced and removed, with the comments and blank lines between them."""

from __future__ import annotations

import pytest

from hsync.dataplane.embedded import edit
from hsync.dataplane.embedded.content import Content
from hsync.dataplane.embedded.resources import write
from hsync.dataplane.embedded.routes import find_place
from hsync.sections import by_kind

TEXT = """# the file

global
  maxconn 10

# base of all
defaults base
  mode http

# front door
frontend www from base
  default_backend web

listen stats
  mode http
"""


def test_the_text_is_kept_byte_for_byte() -> None:
    assert Content(TEXT).text == TEXT


def test_sections_are_found_by_kind_and_name() -> None:
    content = Content(TEXT)
    part = content.find("frontend", "www")
    assert part is not None
    assert part.sheet.base == {"from": "base", "default_backend": "web"}
    assert content.find("frontend", "nobody") is None


@pytest.mark.parametrize(
    ("kind", "name", "before"),
    [
        ("backend", "web", "listen stats"),
        ("frontend", "two", "listen stats"),
        ("defaults", "d2", "# front door\nfrontend www"),
        ("userlist", "u", "# front door\nfrontend www"),
    ],
)
def test_a_new_section_goes_behind_those_written_before_it(kind: str, name: str, before: str) -> None:
    content = Content(TEXT)
    content.add(kind, name, edit.new_section(by_kind()[kind], {"name": name}))
    header = before.rpartition("\n")[2]
    above, below = content.text.split(header)
    assert above.endswith(f"\n\n{kind} {name}\n\n")
    assert content.text.replace(f"{kind} {name}\n\n", "") == above.replace(f"{kind} {name}\n\n", "") + header + below


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "backend b\n"),
        ("global\n", "global\n\nbackend b\n"),
        ("global", "global\n\nbackend b\n"),
        ("global\n\n", "global\n\nbackend b\n"),
        ("# head\n", "# head\n\nbackend b\n"),
        ("\n", "\nbackend b\n"),
        ("listen l\n", "backend b\n\nlisten l\n"),
    ],
)
def test_one_blank_line_stands_between_sections(text: str, after: str) -> None:
    content = Content(text)
    content.add("backend", "b", edit.new_section(by_kind()["backend"], {"name": "b"}))
    assert content.text == after


def test_a_removed_section_takes_the_comments_above_it_along() -> None:
    content = Content(TEXT)
    part = content.find("defaults", "base")
    assert part is not None
    content.remove(part)
    assert content.text == TEXT.replace("# base of all\ndefaults base\n  mode http\n\n", "")
    assert content.find("defaults", "base") is None


def test_the_comments_of_the_file_stay_when_its_first_section_goes() -> None:
    content = Content("# the file\nbackend b\n  mode http\n")
    part = content.find("backend", "b")
    assert part is not None
    content.remove(part)
    assert content.text == "# the file\n"


def test_the_end_of_a_snippet_is_no_comment_about_the_next_section() -> None:
    text = "backend a\n###_config-snippet_### BEGIN\n###_config-snippet_### END\nbackend b\n"
    content = Content(text)
    part = content.find("backend", "b")
    assert part is not None
    content.remove(part)
    assert content.text == text.replace("backend b\n", "")


def test_repeated_globals_are_one_section_and_become_one_when_written() -> None:
    content = Content("global\n  maxconn 1\n\ndefaults d\n\nglobal\n  daemon\n")
    part = content.find("global", "")
    assert part is not None
    assert part.sheet.base == {"performance_options": {"maxconn": 1}, "daemon": True}
    content.replace(part, edit.put_base(part.sheet, {"daemon": True}))
    assert content.text == "global\n\n  daemon\ndefaults d\n\n"


def test_a_gap_below_one_of_several_globals_is_made_in_the_right_one() -> None:
    content = Content("global\n  maxconn 1\n\nglobal\n  daemon\n")
    content.add("backend", "b", edit.new_section(by_kind()["backend"], {"name": "b"}))
    assert content.text == "global\n  maxconn 1\n\nglobal\n  daemon\n\nbackend b\n"
    part = content.find("global", "")
    assert part is not None
    content.remove(part)
    assert content.text == "backend b\n"


def test_of_two_sections_with_one_name_the_last_counts() -> None:
    content = Content("backend b\n  mode tcp\nbackend b\n  mode http\n")
    part = content.find("backend", "b")
    assert part is not None
    assert part.sheet.base == {"mode": "http"}
    assert content.of_kind("backend") == [part]


def test_anonymous_defaults_have_names_that_the_text_lacks() -> None:
    content = Content("defaults\n  mode tcp\ndefaults\n  mode http\n")
    assert [part.name for part in content.of_kind("defaults")] == ["unnamed_defaults_1", "unnamed_defaults_2"]
    part = content.find("defaults", "unnamed_defaults_2")
    assert part is not None
    content.replace(part, edit.put_base(part.sheet, {}))
    assert content.text == "defaults\n  mode tcp\ndefaults\n"
    assert content.find("defaults", "unnamed_defaults_2") is not None


def test_a_copy_is_on_its_own() -> None:
    content = Content(TEXT)
    copy = content.copy()
    part = copy.find("global", "")
    assert part is not None
    copy.replace(part, edit.put_base(part.sheet, {}))
    assert content.text == TEXT
    assert "maxconn" not in copy.text


LINES = {
    "among others": "backend web\n  server s1 192.0.2.1:80\n  server s10 192.0.2.2:80\n  server s 192.0.2.3:80\n",
    "behind a comment of its name": "backend web\n  # s1 is old\n  server s2 192.0.2.2:80\n  server s1 192.0.2.1:80 # s1\n",
    "with a header of its name": "backend web from s1\n  server s1 192.0.2.1:80\n",
    "behind a line of another kind": "backend web\n  use-server s1 if { src 192.0.2.9 }\n  server s1 192.0.2.1:80\n",
    "of two with one name the first": "backend web\n  server s1 192.0.2.1:80\n  server s1 192.0.2.2:80\n",
    "behind a line that stays text": "backend web\n  server s1 192.0.2.1:80 odd\n\tserver\ts1\t192.0.2.2:80\n",
    "with the line ends of another system": "backend web\r\n  server s1 192.0.2.1:80\r\n  mode http\r\n",
    "at the end of a text": "backend web\n  server s1 192.0.2.1:80",
    "in front of another section": "backend web\n  server s1 192.0.2.1:80\n\n# two\nbackend two\n  server s1 192.0.2.2:80\n",
    "as it should be, in another spelling": "backend web\n  server s1 192.0.2.8:80 weight  5\n",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES.keys())
def test_a_line_found_by_its_name_is_written_as_one_of_a_section_taken_apart(text: str) -> None:
    place = find_place(["backends", "web", "servers", "s1"], {})
    assert place is not None
    by_name, by_sheet = Content(text), Content(text)
    part = by_sheet.find("backend", "web")
    assert part is not None
    assert part.find("servers", "s1") is not None
    assert part.sheet.lines
    assert part.find("servers", "s1") is None
    for content in (by_name, by_sheet):
        write(content, place, "PUT", {"name": "s1", "address": "192.0.2.8", "port": 80, "weight": 5}, full=False)
    assert by_name.text == by_sheet.text
    assert "192.0.2.8:80 weight" in by_name.text


@pytest.mark.parametrize(
    ("text", "path", "key"),
    [
        ("backend web\n  server s1 192.0.2.1:80\n", "servers", "s2"),
        ("backend web\n  server s1 192.0.2.1:80\n", "servers", ""),
        ("backend web\n  server s1 192.0.2.1:80\n  \n", "servers", " "),
        ("backend web\n  server s1 192.0.2.1:80\n", "server_templates", "s1"),
        ("backend web s1", "servers", "s1"),
        ("backend web\n###_config-snippet_### BEGIN\n  server s1 192.0.2.1:80\n", "servers", "s1"),
    ],
)
def test_what_a_name_alone_does_not_find_is_left_to_the_sheet(text: str, path: str, key: str) -> None:
    (part,) = Content(text).parts
    assert part.find(path, key) is None
