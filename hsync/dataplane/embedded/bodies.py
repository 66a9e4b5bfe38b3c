"""Bodies: from the bytes of a request to an object with only the fields of the API.

Rule 1: unknown fields are dropped silently, and upper and lower case of keys do not matter, as on the real server.
Rule 2: the answer to a wrong JSON type is 400, to a missing required field 422.

Source: docs/reference/dataplane-api.md 1.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.requests import is_int64
from hsync.schema import Child, Field, Fields, Json, SectionType, Shape
from hsync.sections import by_kind

__all__ = ["child_body", "list_body", "read_json", "section_body"]

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "enum": (str, int, bool),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}

_NAME = re.compile(r"[A-Za-z0-9\-_.:]+")

_NO_TEXT = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Lone surrogates that are not an undecodable byte: they cannot be written to a file."""

Tree = dict[str, "Node"]


class Node:
    """A field of the API, with its inner fields."""

    __slots__ = ("blank", "inner", "kind")

    def __init__(self) -> None:
        self.kind = "object"
        self.blank = False
        self.inner: Tree = {}


def _no_number(word: str) -> Json:
    raise ValueError(f"invalid character {word.lstrip('-')[0]!r} looking for beginning of value")


_JSON = json.JSONDecoder(parse_constant=_no_number)
"""Without NaN and Infinity: Python would accept them, the server does not."""


def read_json(content: bytes) -> Json:
    """The first JSON value of a body; further bytes are ignored."""
    if not content:
        raise Refusal(400, "value is required but missing")
    try:
        value, _ = _JSON.raw_decode(content.decode("utf-8", "replace").lstrip(" \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"failed to decode request body: {error}") from None
    return value if isinstance(value, dict | list) else _scalar(value)


def _scalar(value: Json) -> Json:
    if value is None:
        raise Refusal(422, "Value is not nullable")
    return value


def section_body(section_type: SectionType, value: Json, *, full: bool) -> Fields:
    """The object of a section.

    Args:
        section_type: type of the section.
        value: the request's JSON.
        full: whether to keep the children in it; they are checked in any case.
    """
    body = _object(value, _section_tree(section_type.kind))
    if section_type.shape is Shape.NAMED and not body.get("name"):
        raise Refusal(422, "name in body is required")
    if section_type.shape is Shape.NAMED and not _NAME.fullmatch(str(body["name"])):
        raise Refusal(422, "name in body should match '^[A-Za-z0-9-_.:]+$'")
    for child in section_type.children:
        nested = body.get(child.in_full)
        for where, item in _items(nested):
            _require_key(child, item, f"{child.in_full}.{where}.")
        if not nested or not full:
            body.pop(child.in_full, None)
    return body


def _items(nested: Json) -> Iterable[tuple[str, Fields]]:
    pairs = nested.items() if isinstance(nested, dict) else enumerate(nested if isinstance(nested, list) else ())
    return ((str(where), item) for where, item in pairs if isinstance(item, dict))


def child_body(section_type: SectionType, child: Child, value: Json, where: str = "") -> Fields:
    """The object of a child."""
    body = _object(value, _child_tree(section_type.kind, child.path), where)
    _require_key(child, body, where)
    return body


def list_body(section_type: SectionType, child: Child, value: Json) -> list[Fields]:
    """The objects of a whole list."""
    if not isinstance(value, list):
        raise Refusal(422, "value must be an array")
    return [child_body(section_type, child, item, f"{number}.") for number, item in enumerate(value)]


def _require_key(child: Child, body: Fields, where: str) -> None:
    if child.shape is Shape.NAMED and not body.get(child.key):
        raise Refusal(422, f"{where}{child.key} in body is required")


def _object(value: Json, tree: Tree, where: str = "") -> Fields:
    if not isinstance(value, dict):
        raise Refusal(422, f"{where}value must be an object")
    body: Fields = {}
    for name, inner in value.items():
        known = name if name in tree else next((field for field in tree if field.lower() == name.lower()), None)
        # To the server null and "" are the same as an absent field, except for fields with `blank`.
        if known is not None and inner is not None and (inner != "" or tree[known].blank):
            body[known] = _value(inner, tree[known], f"{where}{known}")
    return body


def _value(value: Json, node: Node, where: str) -> Json:
    expected = _TYPES[node.kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise Refusal(400, f"json: cannot unmarshal {type(value).__name__} into field {where} of type {node.kind}")
    if isinstance(value, int) and not is_int64(value):
        raise Refusal(400, f"json: cannot unmarshal number into field {where} of type int64")
    if isinstance(value, str) and _NO_TEXT.search(value):
        raise Refusal(422, f"{where} in body holds half of a surrogate pair, which is not a character")
    if not node.inner:
        return value
    if isinstance(value, list):
        return [_object(item, node.inner, f"{where}.{number}.") for number, item in enumerate(value)]
    if isinstance(value, dict) and "" in node.inner:
        return {key: _object(item, node.inner[""].inner, f"{where}.{key}.") for key, item in value.items()}
    return _object(value, node.inner, f"{where}.")


@cache
def _section_tree(kind: str) -> Tree:
    section_type = by_kind()[kind]
    tree = _tree(section_type.fields())
    for child in section_type.children:
        node = tree.setdefault(child.in_full, Node())
        items = _child_tree(kind, child.path)
        node.kind, node.inner = "array", items
        if child.shape is Shape.NAMED:
            node.kind, node.inner = "object", {"": Node()}
            node.inner[""].inner = items
    return tree


@cache
def _child_tree(kind: str, path: str) -> Tree:
    return _tree(by_kind()[kind].child_by_path[path].fields())


def _tree(fields: Iterable[Field]) -> Tree:
    root = Node()
    for field in fields:
        node = root
        for part in field.path.replace("[]", "").split("."):
            node = node.inner.setdefault(part, Node())
        node.kind = field.kind
        node.blank |= field.blank
    return root.inner
