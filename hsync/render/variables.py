"""variables: what templates see, from files and from the command line, merged in order.

Rule 1: what comes later wins; mappings are merged key by key, everything else is replaced.
Rule 2: nothing is guessed: a key that stands twice, a key that is no text, a date, a number without end, a word that
YAML 1.1 and YAML 1.2 read differently are refused with their places, all faults of all files at once.
Rule 3: `--var` gives text, whatever it looks like; `--var-json` gives what JSON says.

Large generated data are best as JSON: it is read several times as fast as plain YAML (see `yaml_lines`), and many times
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
    """Variables by name, with what messages say about them.

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
        """Where a value comes from: its own place, or else that of what it is in."""
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
        files: `.yaml`, `.yml`, `.toml` or `.json`, each holding an object.
        pairs: `NAME=TEXT`; a name with dots goes into nested objects.
        json_pairs: `NAME=JSON`, likewise.
        root: folder of the project, which messages name files from.
        yaml: "1.1" or "1.2": how YAML reads bare words; "" refuses what the versions read differently.
        limits: what the process that reads them may use, for messages.
        notes: told which file is read next.
        reach: which files may be read; None for any.

    Returns:
        All of them, merged in order, the pairs last.

    Raises:
        InputError: a file cannot be read, or holds something else.
        UsageError: a pair is none.
        NotAllowedError: a file that may not be read.
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
    return ConfigError("the variables cannot be read as they are:", faults, hint=hint)


def merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> Fields:
    """Two objects as one: the other wins, objects inside are merged likewise."""
    both = dict(one)
    for name, value in other.items():
        known = both.get(name)
        both[name] = merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return both


# Files


def _within(limits: Limits, name: str, read: Callable[[], Read]) -> Read:
    """Read a file; a limit that is reached is told of the file, and of its line where that is known."""
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
            f"{name}: variables are read from {', '.join(_READERS)}", hint="give the file one of these ends"
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
    """The file as JSON, which has an object at its top."""
    checked = _Checked(name, read.places, text)
    try:
        value = checked.json(read.value, ())
    except _TooMuchError as fault:
        return Read(faults=[fault.fault])
    if value is not None and not isinstance(value, dict):
        what = f"an object is wanted at the top, not {_kind(value)}"
        return Read(faults=[*checked.faults, Fault(name, what, "write NAME: VALUE lines")])
    places = read.places or _Found(text, name).places(value or {})
    return Read(value or {}, places, checked.faults)


class _Found:
    """Finds templates in the text of a file whose parser tells no places: values have mostly the order of the text."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.at = 0
        self.line = 1

    def places(self, value: Json) -> dict[yaml_files.Path, str]:
        """The places of all templates in a value, by path."""
        return dict(self.inside(value, ()))

    def inside(self, value: Json, path: yaml_files.Path) -> Iterator[tuple[yaml_files.Path, str]]:
        """The same of a part of it."""
        if isinstance(value, dict | list):
            for key, item in value.items() if isinstance(value, dict) else enumerate(value):
                if type(item) is not str or "{" in item:
                    yield from self.inside(item, (*path, key))
        elif isinstance(value, str) and looks_like_template(value):
            yield path, self.place(value)

    def place(self, value: str) -> str:
        """Where a text stands, behind the last one if it stands there; the file when it stands nowhere."""
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
    """A value without bounds, which ends a check."""

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self.fault = fault


class _Checked:
    """Makes sure that a value is JSON, and not endless."""

    def __init__(self, name: str, places: Mapping[yaml_files.Path, str] | None = None, text: str = "") -> None:
        self.name = name
        self.places = places or {}
        self.text = text
        self.count = 0
        self.faults: list[Fault] = []

    def json(self, value: object, path: yaml_files.Path) -> Json:
        """The value, which is JSON; faults are noted."""
        self.count += 1
        if self.count > MAX_VALUES:
            raise _TooMuchError(
                Fault(self.name, f"more than {MAX_VALUES} values", "use fewer aliases, or split the file")
            )
        if len(path) > MAX_DEPTH:
            raise _TooMuchError(too_deep(self.text, self.name))
        if isinstance(value, float) and not math.isfinite(value):
            self.add(
                path, r"(?i)\b(nan|inf(inity)?|\d+(\.\d+)?e\+?\d{3,})\b", f"{value} is no JSON number", "write a number"
            )
        elif isinstance(value, str) and not value.isascii() and _SURROGATE.search(value):
            self.add(path, r"\\u[dD]", "a text with half of a character (a surrogate)", "write the whole character")
        elif isinstance(value, list):
            return [self.json(item, (*path, index)) for index, item in enumerate(value)]
        elif isinstance(value, dict):
            return {str(key): self.json(item, (*path, str(key))) for key, item in value.items()}
        elif value is not None and not isinstance(value, bool | int | float | str):
            what = f"{_kind(value)} ({value}) is no text, number, list or object"
            self.add(path, re.escape(str(value).partition(" ")[0]), what, "write it in quotes")
            return None
        return value

    def add(self, path: yaml_files.Path, needle: str, what: str, remedy: str) -> None:
        """Note a fault, at the first line that has the needle (a pattern) when its place is not known."""
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
"""Option and name as given, path, value."""


def _parsed(pairs: Iterable[str], option: str) -> Iterator[_Pair]:
    for pair in pairs:
        name, equals, text = pair.partition("=")
        path = tuple(name.split("."))
        if not equals or not all(part.isidentifier() for part in path):
            wanted, example = ("TEXT", "port=8080") if option == "--var" else ("JSON", "port=8080")
            raise UsageError(f"{option} {name}: NAME={wanted} is wanted", hint=f"{option} servers.web1.{example}")
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
        made, what = None, "not JSON: a number too long, or levels too deep"
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
    """The value, in which no text is a template."""
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    if isinstance(value, dict):
        return {name: _unsafe(item) for name, item in value.items()}
    return Unsafe(value) if type(value) is str else value


def _refuse_detour(found: Fields, option: str, path: tuple[str, ...]) -> None:
    """A path leads through objects; what it would replace on its way is something else."""
    inner: Json = found
    for end, part in enumerate(path[:-1], 1):
        inner = inner.get(part) if isinstance(inner, dict) else None
        if inner is not None and not isinstance(inner, dict):
            raise UsageError(
                f"{option}: {'.'.join(path[:end])} is {_kind(inner)}, not an object",
                hint=f"give the whole of it: --var-json {'.'.join(path[:end])}=JSON",
            )
