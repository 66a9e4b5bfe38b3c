"""other_files: variables from JSON and TOML, with the place of a fault where their parsers have one.

Rule 1: the result of reading is a value or a fault for any file: also for too long numbers, too many levels, duplicate
keys.

Source: RFC 8259, https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import re
from json import decoder, scanner

from hsync.errors import Fault
from hsync.render.yaml_files import MAX_DEPTH, Read

__all__ = ["read_json", "read_toml", "strict_json", "too_deep"]

_PLACE = re.compile(r"(?P<what>.*) \(at (line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)
_LONG_NUMBER = re.compile(r"\d[\d_]{4300,}")
_PARTS = re.compile(r'"""(?:.|\n)*?"""|\'\'\'(?:.|\n)*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#.*|[\[{]|[\]}]')


def read_toml(text: str, name: str, _: str) -> Read:
    """Read a TOML file.

    Args:
        text: the text of the file.
        name: the name of the file, for places.
    """
    import tomllib

    try:
        return Read(tomllib.loads(text))
    except RecursionError:
        return Read(faults=[too_deep(text, name)])
    except ValueError as fault:
        found = _PLACE.fullmatch(str(fault))
        if found is None:
            return Read(faults=[_unread(text, name, f"not TOML: {fault}")])
        end = text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
        line, column = (int(found["line"]), int(found["column"])) if found["line"] else end
        return Read(faults=[_fault(text, name, line, column, f"not TOML: {found['what']}")])


def read_json(text: str, name: str, _: str) -> Read:
    """Read a JSON file.

    Args:
        text: the text of the file.
        name: the name of the file, for places.
    """
    try:
        return Read(strict_json(text))
    except json.JSONDecodeError as fault:
        return Read(faults=[_fault(text, name, fault.lineno, fault.colno, f"not JSON: {fault.msg}")])
    except RecursionError:
        return Read(faults=[too_deep(text, name)])
    except ValueError as fault:
        return Read(faults=[_unread(text, name, f"not JSON: {fault}")])


def strict_json(text: str) -> object:
    """The value of a JSON text.

    Raises:
        JSONDecodeError: the text is not JSON, or has a duplicate key.
        ValueError: a number is too long.
        RecursionError: it is nested too deep.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_unique)
    except _TwiceError:
        value = _Placing().decode(text)
    return value


class _TwiceError(Exception):
    """An object has a duplicate key."""


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in names if names.count(key) > 1))
    return found


class _Placing(json.JSONDecoder):
    """Python's slow decoder, which has the place of each object."""

    def __init__(self) -> None:
        super().__init__(object_pairs_hook=_unique)
        self.parse_object = self._object
        self.scan_once = scanner.py_make_scanner(self)  # type: ignore[attr-defined]

    def _object(self, start: tuple[str, int], *rest: object) -> object:
        try:
            return decoder.JSONObject(start, *rest)  # type: ignore[attr-defined]
        except _TwiceError as fault:
            what = f"duplicate key {str(fault)!r}"
            raise json.JSONDecodeError(what, start[0], start[1] - 1) from None


def _unread(text: str, name: str, what: str) -> Fault:
    found = _LONG_NUMBER.search(text)
    what = f"a number of {len(found.group())} digits is too long" if found else what
    line, column = _position(text, found.start() if found else 0)
    return _fault(text, name, line, column, what)


def too_deep(text: str, name: str) -> Fault:
    """The fault of a text with more than `MAX_DEPTH` levels, at the first bracket that exceeds the limit."""
    depth = 0
    for found in _PARTS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found.group(), 0)
        if depth > MAX_DEPTH:
            line, column = _position(text, found.start())
            return _fault(text, name, line, column, f"nested too deep: more than {MAX_DEPTH} levels")
    dotted = (number for number, line in enumerate(text.split("\n"), 1) if line.count(".") >= MAX_DEPTH)
    line = next(dotted, 0)
    where = f"{name}:{line}" if line else name
    return Fault(where, f"nested too deep: more than {MAX_DEPTH} levels", "reduce the nesting")


def _position(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _fault(text: str, name: str, line: int, column: int, what: str) -> Fault:
    lines = text.split("\n")
    shown = lines[line - 1] if line <= len(lines) else ""
    return Fault(f"{name}:{line}:{column}", what, line=shown if shown.strip() else "", column=column)
