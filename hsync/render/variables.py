"""variables: what templates see, from files and from `NAME=VALUE`, merged in order.

Rule 1: what comes later wins; mappings are merged key by key, everything else is replaced.
Rule 2: nothing is guessed: a key that stands twice, a key that is no text, a date or a number without end is refused
with its place.

YAML is read as version 1.2: `yes`, `on` and `010` are what they look like. Large generated data are best as JSON or
TOML: JSON is read about a hundred times faster.

Source: https://yaml.org/spec/1.2.2/, https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from hsync.errors import InputError, UsageError
from hsync.render.files import read_bytes, shown
from hsync.schema import Fields, Json

__all__ = ["load_variables", "merged"]

MAX_VALUES = 2_000_000
"""Values in one file, aliases counted as often as they are used: some lines of YAML can stand for billions."""


def load_variables(files: Sequence[Path], pairs: Iterable[str] = (), *, root: Path | None = None) -> Fields:
    """The variables of a rendering.

    Args:
        files: `.yaml`, `.yml`, `.toml` or `.json`, each holding an object.
        pairs: `NAME=VALUE`; a name with dots goes into nested objects, a value is read as a YAML scalar, and is text
            when it is none.
        root: folder of the project, which messages name files from.

    Returns:
        All of them, merged in order, the pairs last.

    Raises:
        InputError: a file cannot be read, or holds something else.
        UsageError: a pair is none.
    """
    found: Fields = {}
    for path in files:
        found = merged(found, _load(path, shown(path, root)))
    for pair in pairs:
        found = merged(found, _pair(pair))
    return found


def merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> Fields:
    """Two objects as one: the other wins, objects inside are merged likewise."""
    both = dict(one)
    for name, value in other.items():
        known = both.get(name)
        both[name] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


# Files


def _load(path: Path, name: str) -> Fields:
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise InputError(
            f"{name}: variables are read from {', '.join(_READERS)}", hint="give the file one of these ends"
        )
    data = read_bytes(path, "variables")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise InputError(f"{name}:{line}: a byte that is not UTF-8", hint="save the file as UTF-8") from fault
    value = _Checked(name).json(reader(text, name), "")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InputError(f"{name}: an object is wanted at the top, not {_kind(value)}", hint="write NAME: VALUE lines")
    return value


def _yaml(text: str, name: str) -> object:
    try:
        return YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        what = " ".join((fault.problem or fault.context or "not YAML").split())
        raise InputError(f"{name}{place}: {what}", hint="correct the file") from fault
    except (YAMLError, ValueError) as fault:
        raise InputError(f"{name}: not YAML: {str(fault).partition(chr(10))[0]}", hint="correct the file") from fault
    except RecursionError as fault:
        raise InputError(f"{name}: nested too deep", hint="correct the file") from fault


def _toml(text: str, name: str) -> object:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise InputError(f"{name}: not TOML: {fault}", hint="correct the file") from fault


def _json(text: str, name: str) -> object:
    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [key for key, _ in pairs]
            twice = next(key for key in names if names.count(key) > 1)
            raise InputError(f"{name}: the key {twice!r} stands twice in one object", hint="remove one of the two")
        return found

    try:
        value: object = json.loads(text, object_pairs_hook=unique)
    except json.JSONDecodeError as fault:
        raise InputError(
            f"{name}:{fault.lineno}:{fault.colno}: not JSON: {fault.msg}", hint="correct the file"
        ) from fault
    except (ValueError, RecursionError) as fault:
        raise InputError(f"{name}: not JSON: {fault}", hint="correct the file") from fault
    return value


_READERS: dict[str, Callable[[str, str], object]] = {".yaml": _yaml, ".yml": _yaml, ".toml": _toml, ".json": _json}


class _Checked:
    """Makes sure that a value is JSON, and not endless."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0

    def json(self, value: object, path: str) -> Json:
        """The value, which is JSON; `path` is where it stands, `servers[0].port`."""
        self.count += 1
        if self.count > MAX_VALUES:
            raise self.fault("", f"more than {MAX_VALUES} values", "use fewer aliases, or split the file")
        if value is None or isinstance(value, bool | int | str):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise self.fault(path, f"{value} is no JSON number", "write a number")
            return value
        if isinstance(value, list):
            return [self.json(item, f"{path}[{index}]") for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {
                self.key(key, path): self.json(item, f"{path}.{key}" if path else str(key))
                for key, item in value.items()
            }
        raise self.fault(path, f"{_kind(value)} ({value}) is no text, number, list or object", "write it in quotes")

    def key(self, key: object, path: str) -> str:
        """The key, which is a text."""
        if isinstance(key, str):
            return key
        raise self.fault(path, f"the key {key!r} is no text", f'write it in quotes: "{key}"')

    def fault(self, path: str, what: str, hint: str) -> InputError:
        """What is wrong with the file."""
        return InputError(f"{self.name}: {path}{': ' if path else ''}{what}", hint=hint)


def _kind(value: object) -> str:
    return {list: "a list", str: "text", int: "a number", float: "a number", bool: "true or false"}.get(
        type(value), f"a {type(value).__name__}"
    )


# Pairs


def _pair(pair: str) -> Fields:
    name, equals, text = pair.partition("=")
    parts = name.split(".")
    if not equals or not all(part.isidentifier() for part in parts):
        raise UsageError(f"--var {pair.partition('=')[0]}: NAME=VALUE is wanted", hint="--var servers.web1.port=8080")
    value = _scalar(text)
    for part in reversed(parts):
        value = {part: value}
    return value if isinstance(value, dict) else {}


_NULLS = frozenset({"null", "Null", "NULL", "~"})


def _scalar(text: str) -> Json:
    """A YAML scalar; text that is none, or that YAML would shorten, stays as it is."""
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return text
    if value is None:
        return None if text.strip() in _NULLS else text
    if isinstance(value, str):
        return value if text.lstrip()[:1] in {'"', "'"} else text
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return text
