"""The section types against the published specifications: collections, methods and properties of each API release.

The leaf properties with and without a row are the score `specification` of tests/oracle.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from hsync.model import CONFIGURATION, Address
from hsync.schema import Child, Json, SectionType, Shape
from hsync.sections import by_kind
from tests.corpus import needs_corpus
from tests.oracle.specification import (
    CHILD_OBJECTS,
    LINES,
    OLDEST,
    definition,
    faults_of,
    known,
    leaves,
    section_objects,
    served,
)

NO_PATH = {"filter_sequences": "the specification defines it and has no path for it; its only form is raw_only"}
FULL_UNREAD = {"crt-store": "3.2"}
"""Sections whose requests have the parameter `full_section` since an API release, although no server reads it."""
MOVED = {
    "crt_loads": "its path is another one in 3.2.0 to 3.2.8 and in 3.3.0, which the API release does not tell apart"
}
"""Collections that hsync uses only since a later API release than the one that specifies them."""

CHILDREN = [(section, child) for section in by_kind().values() for child in section.children]


@cache
def paths(line: str) -> dict[str, dict[str, Any]]:
    """Paths with their methods, without the names of path parameters."""
    return {re.sub(r"\{\w+\}", "{}", path): methods for path, methods in served(line)["paths"].items()}


def path_of(section: SectionType, child: Child | None = None, *, item: bool = False) -> str:
    """hsync's path of a section, of a collection, or of an item of a collection."""
    name = "" if section.shape is Shape.SINGLETON else "{}"
    address = Address(section.path, name, child.path if child else "", "{}" if item else "")
    return address.path().replace("%7B%7D", "{}")


def query_of(method: dict[str, Any]) -> set[str]:
    return {one["name"] for one in method.get("parameters", ()) if one["in"] == "query"}


def there(line: str) -> list[SectionType]:
    """The sections of an API release."""
    return [section for section in by_kind().values() if path_of(section) in paths(line)]


def children_there(line: str) -> list[tuple[SectionType, Child]]:
    """The collections of an API release."""
    return [(section, child) for section, child in CHILDREN if path_of(section, child) in paths(line)]


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_a_section_exists_since_its_first_line(line: str) -> None:
    ours = [section.kind for section in by_kind().values() if line >= max(section.since, OLDEST)]
    assert [section.kind for section in there(line)] == ours


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_a_section_is_written_by_the_methods_that_it_has(line: str) -> None:
    methods = {section.kind: paths(line)[path_of(section)] for section in there(line)}
    assert [kind for kind, has in methods.items() if ("put" in has) != by_kind()[kind].put] == []
    full = {kind: by_kind()[kind].full_section or line >= FULL_UNREAD.get(kind, "9") for kind in methods}
    assert {kind: "full_section" in query_of(has["get"]) for kind, has in methods.items()} == full


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_a_named_section_is_created_since_its_first_post(line: str) -> None:
    named = [section for section in there(line) if section.shape is Shape.NAMED]
    posts = [section.kind for section in named if "post" in paths(line)[f"{CONFIGURATION}/{section.path}"]]
    assert posts == [section.kind for section in named if line >= max(section.created, OLDEST)]


def used_later(section: SectionType, child: Child, line: str) -> bool:
    """Whether hsync uses a specified collection only later: those of defaults have no handler before 3.3.6."""
    without_handler = section.kind == "defaults" and child.since == "3.4" and line >= "3.2"
    return line < child.since and (child.path in MOVED or without_handler)


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_a_collection_exists_since_its_first_line(line: str) -> None:
    ours = [
        (section, child)
        for section, child in CHILDREN
        if line >= max(child.since, section.since, OLDEST) and child.path not in NO_PATH
    ]
    assert [one for one in children_there(line) if not used_later(*one, line)] == ours


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_only_a_list_is_replaced_as_a_whole(line: str) -> None:
    lists = [path_of(section, child) for section, child in children_there(line) if child.shape is Shape.LIST]
    served_lists = [path for one in children_there(line) if "put" in paths(line)[path := path_of(*one)]]
    assert lists == served_lists


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_every_child_is_addressed_by_its_key_or_index_and_its_parent(line: str) -> None:
    for section, child in children_there(line):
        methods = paths(line)[path_of(section, child)]
        assert {"get", "put", "delete"} <= set(paths(line)[path_of(section, child, item=True)])
        assert query_of(methods["get"]) - {"transaction_id", "acl_name"} == {child.parent_query} - {""}


@needs_corpus
def test_every_section_with_a_path_of_its_own_has_a_table() -> None:
    first = {path.split("/")[4] for path in paths("3.4") if path.startswith(f"{CONFIGURATION}/")}
    of_children = {child.path for section in by_kind().values() for child in section.children}
    tables = {part for section in by_kind().values() for part in (section.path, section.children_path)}
    assert first - tables - of_children == {"raw", "version"}


@pytest.mark.parametrize("path", NO_PATH)
def test_what_has_no_path_is_raw_only(path: str) -> None:
    forms = [form for section in by_kind().values() for form in section.child_by_path.get(path, NOTHING).forms]
    assert forms
    assert all(form.raw_only for form in forms)


NOTHING = Child("", Shape.LIST, (), "")


def test_every_table_has_a_definition() -> None:
    assert set(CHILD_OBJECTS) == {child.path for section in by_kind().values() for child in section.children}


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_no_field_is_sent_to_a_line_that_would_drop_it(line: str) -> None:
    assert [key for key, one in known().items() if one.since <= line and key not in leaves(line)] == []


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_a_field_has_the_type_of_its_property(line: str) -> None:
    served_types = {key: leaf.type for key, leaf in leaves(line).items() if key in known()}
    assert {key: kind for key, kind in served_types.items() if kind not in known()[key].types} == {}


BODIES: list[tuple[str, dict[str, Json], list[str]]] = [
    ("backend", {"mode": "http", "servers": {"a": {"name": "a", "address": "h", "port": 1}}}, []),
    ("backend", {"mode": "htp"}, [".mode is none of its values"]),
    ("backend", {"moed": "http"}, [".moed is unknown"]),
    ("backend", {"retries": "3"}, [".retries is no integer"]),
    ("backend", {"retries": True}, [".retries is no integer"]),
    ("backend", {"servers": {"a": {"name": "a"}}}, [".servers{}.address is missing"]),
    ("backend", {"servers": {"a": {"name": "a", "address": "h", "port": 0}}}, [".servers{}.port is out of bounds"]),
    ("frontend", {"acl_list": [{"acl_name": "a b", "criterion": "x"}]}, [".acl_list[].acl_name does not match"]),
    ("acme", {}, []),
]


@needs_corpus
@pytest.mark.parametrize(("kind", "body", "expected"), BODIES)
def test_the_check_of_bodies_finds_each_kind_of_fault(kind: str, body: dict[str, Json], expected: list[str]) -> None:
    found = faults_of(kind, body)
    assert len(found) == len(expected)
    assert all(fault.startswith(start) for fault, start in zip(found, expected, strict=True))


@needs_corpus
@pytest.mark.parametrize("line", LINES)
def test_names_are_those_that_the_specification_allows(line: str) -> None:
    """If it lists the characters; other specifications allow more than HAProxy does."""
    listed = 0
    for section in there(line):
        properties = definition(line, section_objects()[section.kind]).get("properties", {})
        pattern = properties.get("name", {}).get("pattern", "")
        if pattern.startswith("^[A-Z"):
            listed += 1
            letters = [char for char in map(chr, range(33, 127)) if re.fullmatch(section.naming, char)]
            assert [char for char in map(chr, range(33, 127)) if re.match(pattern, char)] == letters, section.kind
    assert listed > 10
