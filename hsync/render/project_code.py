"""project_code: a project's own filters, tests and globals, from the Python file that `filters` in hsync.toml names.

Rule 1: the file is code that runs with the rights of the user: it is run only if hsync.toml names it, and only by
`run_project_code`.
Rule 2: a name that hsync already has is refused, so that its filters have the same meaning in every project.

    FILTERS = {"upper_snake": lambda text: text.upper().replace("-", "_")}
    TESTS = {"odd_port": lambda port: port % 2 == 1}
    GLOBALS = {"zone": "eu-1"}

A file with the classes `FilterModule` and `TestModule` of an Ansible plugin is also accepted.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hsync.errors import InputError
from hsync.render.files import read_bytes, shown

__all__ = ["Additions", "run_project_code"]


@dataclass(frozen=True, slots=True)
class Additions:
    """Filters, tests and globals of a project.

    Args:
        filters: by name.
        tests: by name.
        globals: by name.
        digests: the digest of the file, by its name.
    """

    filters: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    tests: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    globals: Mapping[str, object] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def run_project_code(path: Path, root: Path) -> Additions:
    """Run the Python file of a project. Returns its filters, tests and globals.

    Args:
        path: the file.
        root: the folder of the project, to which the file's name in messages is relative.

    Raises:
        InputError: the file cannot be read or run, or has neither filters, tests nor globals.
    """
    name, data = shown(path, root), read_bytes(path, "file of filters")
    module: dict[str, object] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(data, str(path), "exec"), module)  # noqa: S102 - hsync.toml names it: see Rule 1
        filters = {**_table(module, "FILTERS"), **_plugin(module, "FilterModule", "filters")}
        tests = {**_table(module, "TESTS"), **_plugin(module, "TestModule", "tests")}
        made = Additions(filters, tests, _objects(module, "GLOBALS"), {name: hashlib.sha256(data).hexdigest()})
    except Exception as fault:
        raise InputError(
            f"{_where(fault, path, name)}: {type(fault).__name__}: {fault}", hint="correct the file"
        ) from fault
    if not (made.filters or made.tests or made.globals):
        raise InputError(f"{name} has no filters, tests or globals", hint='write FILTERS = {"name": function}')
    return made


def _where(fault: Exception, path: Path, name: str) -> str:
    if isinstance(fault, SyntaxError) and fault.filename == str(path):
        return f"{name}:{fault.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == str(path)]
    return f"{name}:{lines[-1]}" if lines else name


def _objects(module: Mapping[str, object], name: str) -> dict[str, object]:
    value = module.get(name, {})
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise TypeError(f"{name} is not a dict of names")
    return value


def _table(module: Mapping[str, object], name: str) -> dict[str, Callable[..., object]]:
    found = _objects(module, name)
    return {key: _function(one, f"{name}[{key!r}]") for key, one in found.items()}


def _plugin(module: Mapping[str, object], name: str, method: str) -> dict[str, Callable[..., object]]:
    plugin = module.get(name)
    if not isinstance(plugin, type):
        return {}
    return {key: _function(one, f"{name}: {key}") for key, one in getattr(plugin(), method)().items()}


def _function(value: object, what: str) -> Callable[..., object]:
    if not callable(value):
        raise TypeError(f"{what} is not a function")
    return value
