"""variables: the variables of templates, from files and from the command line, merged in order.

Rule 1: a later value replaces an earlier one; objects are merged key by key.
Rule 2: nothing is guessed: a duplicate key, a key that is not a text, a date, an infinite number, and a word that YAML
1.1 and YAML 1.2 read differently are refused with their places, all faults of all files at once.
Rule 3: the value of `--var` is always a text; that of `--var-json` is JSON.

Large generated data should be JSON: it is read several times as fast as plain YAML (see `yaml_lines`), and many times
as fast as YAML with anchors, tags or blocks of text.

Source: https://yaml.org/spec/1.2.2/, https://toml.io/en/v1.0.0
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from hsync.errors import ConfigError, Fault, InputError, UsageError
from hsync.render import yaml_files
from hsync.render.files import read_bytes, shown
from hsync.render.limits import Limits, OverLimitError
from hsync.render.notes import Notes
from hsync.render.other_files import read_json, read_toml, strict_json, too_deep
from hsync.render.texts import Given, Unsafe
from hsync.render.yaml_files import MAX_DEPTH, MAX_VALUES, Read, line_in, looks_like_template, read_yaml
from hsync.trust.reach import Reach

if TYPE_CHECKING:
    from hsync.schema import Fields, Json

__all__ = ["Variables", "load_variables"]


class Variables(dict[str, "Json"]):
    """Variables by name, with their places for messages.

    Args:
        values: the variables.
        places: `file:line:column` by path.
        given: option and path of each value of the command line.
    """

    def __init__(
        self,
        values: Mapping[str, Json],
        places: Mapping[yaml_files.Path, str] | None = None,
        given: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        super().__init__(values)
        self.places = dict(places or {})
        self.given = tuple(given)

    def place(self, path: yaml_files.Path) -> str:
        """The place of a value: its own, or else that of the innermost value around it."""
        name = ".".join(str(part) for part in path)
        if path in self.places:
            return f"{self.places[path]}: {name}"
        above = next((self.places[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.places), "")
        return f"{above}: {name}" if above else f"the variable {name}"


def load_variables(
    files: Sequence[Path],
    pairs: Iterable[str] = (),
    json_pairs: Iterable[str] = (),
    *,
    root: Path | None = None,
    yaml: str = "",
    limits: Limits | None = None,
    notes: Notes | None = None,
    reach: Reach | None = None,
) -> Variables:
    """The variables of a rendering.

    Args:
        files: files `.yaml`, `.yml`, `.toml` or `.json`, each with an object.
        pairs: `NAME=TEXT`; a name with dots is a path in nested objects.
        json_pairs: `NAME=JSON`, likewise.
        root: the folder of the project, to which names of files in messages are relative.
        yaml: "1.1" or "1.2": the version for bare words; "" refuses words that the versions read differently.
        limits: limits of the process, for messages.
        notes: records the file that is read next.
        reach: the files that may be read; None for any.

    Returns:
        All variables, merged in order, the pairs last.

    Raises:
        InputError: a file cannot be read, or has a fault.
        UsageError: a pair is malformed.
        NotAllowedError: a file may not be read.
    """
    found: Fields = {}
    places: dict[yaml_files.Path, str] = {}
    faults: list[Fault] = []
    for path in files:
        name = shown(path, root)
        (notes or Notes()).reading(name)
        read = _within(limits or Limits(), name, partial(_load, path, name, yaml, reach))
        faults += read.faults
        places |= read.places
        if isinstance(read.value, dict):
            found = merged(found, read.value)
    if faults:
        raise _refusal(faults)
    return _with_pairs(found, places, [*_parsed(pairs, "--var"), *_parsed(json_pairs, "--var-json")])


def _refusal(faults: Sequence[Fault]) -> ConfigError:
    hint = "correct the file" if len({fault.where.partition(":")[0] for fault in faults}) == 1 else "correct the files"
    if any("in YAML 1.1 " in fault.what for fault in faults):
        hint = 'correct them, or set yaml = "1.1" in hsync.toml to read such words as Ansible does'
    return ConfigError("the variables have faults:", faults, hint=hint)


def merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> Fields:
    """Merge two objects: values of the other one replace its own; nested objects are merged as well."""
    both = dict(one)
    for name, value in other.items():
        known = both.get(name)
        both[name] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


# Files


def _within(limits: Limits, name: str, read: Callable[[], Read]) -> Read:
    """Read a file. The error of a limit has the file, and its line if that is known."""
    try:
        return read()
    except (MemoryError, OverLimitError) as fault:
        over = limits.of(fault)
        assert over is not None
        line = line_in(fault.__traceback__)
        where = f"{name}:{line}" if line else name
        raise InputError(f"{where}: {over.message}", hint=over.hint) from fault


def _load(path: Path, name: str, yaml: str, reach: Reach | None) -> Read:
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise InputError(
            f"{name}: variables are read from {', '.join(_READERS)}", hint="give the file one of these suffixes"
        )
    data = read_bytes(path, "variables", reach=reach)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return Read(faults=[Fault(f"{name}:{line}", "a byte that is not UTF-8", "save the file as UTF-8")])
    read = reader(text, name, yaml)
    if read.faults:
        return read
    return _object(read, text, name)


def _object(read: Read, text: str, name: str) -> Read:
    """Check that a file has an object at its top."""
    checked = _Checked(name, read.places, text)
    try:
        value = checked.json(read.value, ())
    except _TooMuchError as fault:
        return Read(faults=[fault.fault])
    if value is not None and not isinstance(value, dict):
        what = f"expected an object at the top, got {_kind(value)}"
        return Read(faults=[*checked.faults, Fault(name, what, "write NAME: VALUE lines")])
    places = read.places or _Found(text, name).places(value or {})
    return Read(value or {}, places, checked.faults)


class _Found:
    """Finds templates in the text of a file whose parser has no places: values mostly have the order of the text."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.at = 0
        self.line = 1

    def places(self, value: Json) -> dict[yaml_files.Path, str]:
        """The places of all templates in a value, by path."""
        return dict(self.inside(value, ()))

    def inside(self, value: Json, path: yaml_files.Path) -> Iterator[tuple[yaml_files.Path, str]]:
        """The places of all templates in a part of the value."""
        if isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if type(item) is not str or "{" in item:
                    yield from self.inside(item, (*path, key))
        elif isinstance(value, str) and looks_like_template(value):
            yield path, self.place(value)

    def place(self, value: str) -> str:
        """The place of a text, after the last one if possible; the file if the text is not found."""
        first = value.strip().partition("\n")[0]
        for spelling in (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], first):
            at = self.text.find(spelling, self.at + 1)
            at = at if at >= 0 else self.text.find(spelling)
            if at >= 0:
                step = self.text.count("\n", min(at, self.at), max(at, self.at))
                self.line += step if at >= self.at else -step
                self.at = at
                return f"{self.name}:{self.line}"
        return self.name


_READERS: dict[str, Callable[[str, str, str], Read]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".toml": read_toml,
    ".json": read_json,
}


_SURROGATE = re.compile("[\ud800-\udfff]")


class _TooMuchError(Exception):
    """The value has too many parts; the check ends."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class _Checked:
    """Checks that a value is JSON, with a limited number of parts."""

    def __init__(self, name: str, places: Mapping[yaml_files.Path, str] | None = None, text: str = "") -> None:
        self.name = name
        self.places = places or {}
        self.text = text
        self.count = 0
        self.faults: list[Fault] = []

    def json(self, value: object, path: yaml_files.Path) -> Json:
        """The value as JSON; faults are recorded."""
        self.count += 1
        if self.count > MAX_VALUES:
            raise _TooMuchError(
                Fault(self.name, f"more than {MAX_VALUES} values", "use fewer aliases, or split the file")
            )
        if len(path) > MAX_DEPTH:
            raise _TooMuchError(too_deep(self.text, self.name))
        if isinstance(value, float) and not math.isfinite(value):
            self.add(
                path,
                r"(?i)\b(nan|inf(inity)?|\d+(\.\d+)?e\+?\d{3,})\b",
                f"{value} is not a JSON number",
                "write a number",
            )
        elif isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
            self.add(path, r"\\u[dD]", "a text with half of a character (a surrogate)", "write the whole character")
        elif isinstance(value, list):
            return [self.json(item, (*path, index)) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            return {str(key): self.json(item, (*path, str(key))) for key, item in value.items()}
        elif value is not None and not isinstance(value, bool | int | float | str):
            what = f"{_kind(value)} ({value}) is not a text, number, list or object"
            self.add(path, re.escape(str(value).partition(" ")[0]), what, "write it in quotes")
            return None
        return value

    def add(self, path: yaml_files.Path, needle: str, what: str, remedy: str) -> None:
        """Record a fault; if its place is not known, at the first line that matches the pattern `needle`."""
        found = re.search(needle, self.text)
        line = f":{self.text.count(chr(10), 0, found.start()) + 1}" if found else ""
        where = self.places.get(path[:1], f"{self.name}{line}")
        shown_path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
        self.faults.append(Fault(where, f"{shown_path}{': ' if path else ''}{what}", remedy))


def _kind(value: object) -> str:
    kinds = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"), (dict, "an object"))
    return next((shown for kind, shown in kinds if isinstance(value, kind)), f"a {type(value).__name__}")


# Pairs

_Pair: TypeAlias = "tuple[str, tuple[str, ...], Json]"
"""Option and name as typed, path, value."""


def _parsed(pairs: Iterable[str], option: str) -> Iterator[_Pair]:
    for pair in pairs:
        name, equals, text = pair.partition("=")
        path = tuple(name.split("."))
        if not equals or not all(part.isidentifier() for part in path):
            wanted, example = ("TEXT", "port=8080") if option == "--var" else ("JSON", "port=8080")
            raise UsageError(f"{option} {name}: expected NAME={wanted}", hint=f"{option} servers.web1.{example}")
        yield f"{option} {name}", path, Given(text) if option == "--var" else _json_of(text, name)


def _json_of(text: str, name: str) -> Json:
    try:
        value = strict_json(text)
        checked = _Checked("")
        made = checked.json(value, ())
        what = checked.faults[0].what if checked.faults else ""
    except json.JSONDecodeError as fault:
        made, what = None, f"not JSON: {fault.msg} at column {fault.colno}"
    except (ValueError, RecursionError, _TooMuchError):
        made, what = None, "not JSON: a number is too long, or the nesting is too deep"
    if what:
        raise UsageError(
            f"--var-json {name}: {what}",
            hint=f"--var-json {name}=8080, true, [1] or {{...}}; --var {name}=... for text",
        )
    return _unsafe(made)


def _with_pairs(found: Fields, places: dict[yaml_files.Path, str], pairs: Sequence[_Pair]) -> Variables:
    for option, path, value in pairs:
        _refuse_detour(found, option, path)
        nested: Json = value
        for part in reversed(path):
            nested = {part: nested}
        found = merged(found, nested if isinstance(nested, dict) else {})
        places[path] = option
    return Variables(found, places, [(option, path) for option, path, _ in pairs])


def _unsafe(value: Json) -> Json:
    """The value with all its texts marked as not a template."""
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    if isinstance(value, dict):
        return {name: _unsafe(item) for name, item in value.items()}
    return Unsafe(value) if type(value) is str else value


def _refuse_detour(found: Fields, option: str, path: tuple[str, ...]) -> None:
    """Refuse a path through a value that is not an object."""
    inner: Json = found
    for end, part in enumerate(path[:-1], 1):
        inner = inner.get(part) if isinstance(inner, dict) else None
        if inner is not None and not isinstance(inner, dict):
            raise UsageError(
                f"{option}: {'.'.join(path[:end])} is {_kind(inner)}, not an object",
                hint=f"set the whole value: --var-json {'.'.join(path[:end])}=JSON",
            )
