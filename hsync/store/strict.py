"""strict: read JSON documents that must match their format exactly.

Rule 1: no duplicate keys, no unknown or missing fields, no conversion of types (a bool is not an integer).
Rule 2: a fault has its place as a JSON path, `$.plan.operations[3].request.method`.

Theory of operation: `parse` returns plain values, and a `Node` is a value with its key and its parent. The JSON path is
built only for a fault, so that large documents are fast to read.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeVar

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["MAX_DEPTH", "Malformed", "Node", "dump", "parse"]

MAX_DEPTH = 32
"""Maximum depth of nested objects and lists; the deepest body of the API has eight levels."""

_WORDS = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')

_SHOWN_AS_CODES = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""Characters that are written as escapes: lone surrogates are not valid UTF-8, invisible ones could fool a reviewer."""

_SURROGATE_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Lone surrogates that stand for no byte. The others stand for bytes that are not UTF-8."""

Choice = TypeVar("Choice", bound=StrEnum)


class Malformed(Exception):  # noqa: N818 - never leaves the package: the file's reader names the file
    """A fault `what` in a document, at the JSON path `where`."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def dump(value: Json) -> str:
    """A document as a readable text: sorted keys, one per line, indented by two blanks, a final newline.

    Args:
        value: the document; a number that is not finite is a ValueError.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, indent=2)
    return _SHOWN_AS_CODES.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + "\n"


class _DoubledError(Exception):
    """A duplicate key in an object."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DoubledError
    return found


def parse(text: str) -> Json:
    """Read a JSON document.

    Args:
        text: the document. NaN and Infinity are accepted here; `Node.json` refuses them with their place.

    Returns:
        Its value.

    Raises:
        Malformed: not JSON, nested too deep, a lone surrogate, or a duplicate key.
    """
    try:
        value = _decode(text, _unique)
    except _DoubledError:
        return _name_doubled(_decode(text, _Pairs))
    if _SURROGATE_ESCAPED.search(text) and (lone := _LONE.search(json.dumps(value, ensure_ascii=False))):
        raise Malformed("$", f"\\u{ord(lone[0]):04x} is a lone surrogate")
    return value


class _Pairs(list["tuple[str, Json]"]):
    """An object that may have duplicate keys."""


def _decode(text: str, hook: object) -> Json:
    try:
        value: Json = json.loads(text, object_pairs_hook=hook)  # type: ignore[arg-type]
    except json.JSONDecodeError as fault:
        if _depth(text[: fault.pos]) > MAX_DEPTH:  # Python 3.13 reads on where older ones raise RecursionError
            raise Malformed("$", f"nested deeper than {MAX_DEPTH} levels") from fault
        raise Malformed(f"line {fault.lineno} column {fault.colno}", f"not JSON: {fault.msg}") from fault
    except RecursionError as fault:
        raise Malformed("$", f"nested deeper than {MAX_DEPTH} levels") from fault
    except ValueError as fault:
        raise Malformed("$", f"not JSON that hsync writes: {fault}") from fault
    return value


def _depth(text: str) -> int:
    """The maximum number of open objects and lists."""
    depth = deepest = 0
    for sign in re.findall(r"[\[{}\]]", _STRING.sub("", text)):
        depth += 1 if sign in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _name_doubled(root: Json) -> NoReturn:
    """Raise the error for the first duplicate key."""
    waiting: list[tuple[str, object]] = [("$", root)]
    while True:
        where, value = waiting.pop()
        if isinstance(value, _Pairs):
            seen: set[str] = set()
            for key, _ in value:
                if key in seen:
                    raise Malformed(where + _step(key), "duplicate key")
                seen.add(key)
            waiting += [(where + _step(key), item) for key, item in reversed(value)]
        elif isinstance(value, list):
            waiting += [(f"{where}[{index}]", item) for index, item in enumerate(value)]


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _WORDS.fullmatch(key) else f"[{json.dumps(key)}]"


class Node(NamedTuple):
    """A value of a document and its place."""

    value: Json
    key: str | int = "$"
    parent: Node | None = None

    @property
    def path(self) -> str:
        """The JSON path of the value."""
        return "$" if self.parent is None else self.parent.path + _step(self.key)

    def refuse(self, what: str) -> NoReturn:
        """Raise the error for a fault in the value."""
        raise Malformed(self.path, what)

    def _wrong(self, wanted: str) -> NoReturn:
        self.refuse(f"expected {wanted}, got {_kind(self.value)}")

    def fields(self, *names: str) -> Iterator[Node]:
        """The values of an object that has exactly these fields, in this order."""
        value = self.mapping()
        if value.keys() != set(names):
            for name in sorted(value.keys() - set(names)):
                Node(None, name, self).refuse("unknown field")
            missing = next(name for name in names if name not in value)
            Node(None, missing, self).refuse("missing field")
        return (Node(value[name], name, self) for name in names)

    def mapping(self) -> dict[str, Json]:
        """The value, which must be an object, with any keys."""
        if not isinstance(self.value, dict):
            self._wrong("an object")
        return self.value

    def members(self) -> Iterator[Node]:
        """The values of an object with any keys, in the order of their keys."""
        return (Node(value, key, self) for key, value in sorted(self.mapping().items()))

    def items(self) -> Iterator[Node]:
        """The values of a list."""
        if not isinstance(self.value, list):
            self._wrong("a list")
        return (Node(value, index, self) for index, value in enumerate(self.value))

    def text(self) -> str:
        """The value, which must be a string."""
        if not isinstance(self.value, str):
            self._wrong("a string")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """The values of a list of strings."""
        return tuple(item.text() for item in self.items())

    def matching(self, pattern: re.Pattern[str], wanted: str) -> str:
        """The value, which must be a string that matches a pattern completely."""
        if not pattern.fullmatch(self.text()):
            self.refuse(f"expected {wanted}, got {self.value!r}")
        return self.text()

    def integer(self, low: int = 0) -> int:
        """The value, which must be an integer of at least `low`."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self._wrong("an integer")
        if self.value < low:
            self.refuse(f"{self.value} is less than {low}")
        return self.value

    def truth(self) -> bool:
        """The value, which must be true or false."""
        if not isinstance(self.value, bool):
            self._wrong("true or false")
        return self.value

    def choice(self, kind: type[Choice]) -> Choice:
        """The value as a member of an enumeration."""
        return kind(self.one_of(*kind))

    def one_of(self, *names: str) -> str:
        """The value, which must be one of some strings."""
        if self.text() not in names:
            self.refuse(f"expected one of {', '.join(names)}, got {self.value!r}")
        return self.text()

    def json(self, depth: int = 0) -> Json:
        """The value, which may be any JSON value with finite numbers and at most `MAX_DEPTH` levels."""
        if depth == 0:
            depth = self.depth
        if isinstance(self.value, float) and not math.isfinite(self.value):
            self.refuse(f"{self.value} is not a JSON number")
        if isinstance(self.value, dict | list):
            if depth > MAX_DEPTH:
                self.refuse(f"nested deeper than {MAX_DEPTH} levels")
            for inner in self.members() if isinstance(self.value, dict) else self.items():
                inner.json(depth + 1)
        return self.value

    def body(self) -> dict[str, Json]:
        """The value, which must be an object of JSON values."""
        self.json()
        return self.mapping()

    @property
    def depth(self) -> int:
        """The level of the value: 1 for the whole document."""
        return 1 if self.parent is None else 1 + self.parent.depth


def _kind(value: Json) -> str:
    names = {type(None): "null", bool: "true or false", int: "an integer", float: "a number", str: "a string"}
    return names.get(type(value), "a list" if isinstance(value, list) else "an object")
