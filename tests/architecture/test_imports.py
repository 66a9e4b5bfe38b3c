"""Imports: there is no cycle at any level, and `__all__` has exactly the names that other modules use.

`import-linter` checks the layers of the package. This test counts all imports, also those in functions and for types.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

import hsync
import hsync.testing
from tests.architecture.source import ROOT, Module, modules, read

PUBLIC = {
    "hsync": "the library, docs/library.md",
    "hsync.testing": "the test kit, docs/testing-your-templates.md",
    "hsync.testing.pytest_plugin": "fixtures, which pytest finds",
}
"""Modules whose names are used outside of hsync, with their documentation."""

Names = Mapping[str, set[str]]
"""Imported names by module."""


@cache
def offers() -> dict[str, set[str]]:
    """The names in `__all__` by module."""
    return {module.name: offered(module) or set() for module in modules()}


def taken(module: Module, offers: Names) -> dict[str, set[str]]:
    """The names that a module uses of other modules of hsync: by `from ... import`, or as an attribute of a module.

    A name in a package hides a module of the package with the same name.
    """
    found: dict[str, set[str]] = {}
    alias: dict[str, str] = {}
    for node in module.nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "hsync":
            for one in node.names:
                inner = f"{node.module}.{one.name}"
                if inner in offers and one.name not in offers.get(node.module, ()):
                    alias[one.asname or one.name] = inner
                    found.setdefault(inner, set())
                else:
                    found.setdefault(node.module, set()).add(one.name)
        elif isinstance(node, ast.Import):
            for one in node.names:
                if one.name in offers:
                    alias[one.asname or one.name.partition(".")[0]] = one.name
                    found.setdefault(one.name, set())
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in alias:
            found[alias[node.value.id]].add(node.attr)
    return found


def offered(module: Module) -> set[str] | None:
    """The names in `__all__`; None if a module has no `__all__`."""
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "__all__" for one in node.targets
        ):
            names: list[str] = ast.literal_eval(node.value)
            return set(names)
    return None


def used(users: Iterable[Module]) -> dict[str, set[str]]:
    """Names that other modules use, by module."""
    found: dict[str, set[str]] = {}
    for module in users:
        for source, names in taken(module, offers()).items():
            found.setdefault(source, set()).update(names)
    return found


@cache
def used_by_hsync() -> dict[str, set[str]]:
    return used(modules())


@cache
def used_by_anyone() -> dict[str, set[str]]:
    others = [read(path) for folder in ("tests", "bench", "demo") for path in (ROOT / folder).rglob("*.py")]
    return used([*modules(), *others])


def cycle(edges: Names) -> list[str]:
    """Modules that import each other in a cycle; [] if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


def lifted(edges: Names, package: str) -> Iterator[tuple[str, set[str]]]:
    """The imports between the direct members of a package, each with its submodules."""

    def member(name: str) -> str:
        rest = name.removeprefix(f"{package}.")
        return "" if rest == name else f"{package}.{rest.partition('.')[0]}"

    for source, targets in edges.items():
        yield member(source), {member(one) for one in targets} - {member(source), ""}


def edges() -> dict[str, set[str]]:
    return {module.name: set(taken(module, offers())) for module in modules()}


def test_no_modules_import_each_other() -> None:
    assert cycle(edges()) == []


@pytest.mark.parametrize("package", sorted({name.rpartition(".")[0] for name in offers()} - {""}))
def test_no_parts_of_a_package_import_each_other(package: str) -> None:
    merged: dict[str, set[str]] = {}
    for source, targets in lifted(edges(), package):
        merged.setdefault(source, set()).update(targets)
    merged.pop("", None)
    assert cycle(merged) == []


@pytest.mark.parametrize("module", [pytest.param(one, id=one.name) for one in modules()])
def test_what_others_import_is_offered(module: Module) -> None:
    names = used_by_hsync().get(module.name, set())
    assert names - (offered(module) or set()) - {"__doc__", "__name__"} == set()


@pytest.mark.parametrize("module", [pytest.param(one, id=one.name) for one in modules() if one.name not in PUBLIC])
def test_what_is_offered_is_used_by_others(module: Module) -> None:
    assert (offered(module) or set()) - used_by_anyone().get(module.name, set()) == set()


def test_what_is_public_is_there() -> None:
    assert {module.name: sorted(offered(module) or ()) for module in modules() if module.name in PUBLIC} == {
        "hsync": sorted(hsync.__all__),
        "hsync.testing": sorted(hsync.testing.__all__),
        "hsync.testing.pytest_plugin": ["hsync_server"],
    }


# The checks themselves


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from hsync.a import x, y", {"hsync.a": {"x", "y"}}),
        ("def f():\n    from hsync.a import x", {"hsync.a": {"x"}}),
        ("if TYPE_CHECKING:\n    from hsync.a import x", {"hsync.a": {"x"}}),
        ("from hsync import a\na.x(a.y)", {"hsync.a": {"x", "y"}}),
        ("from hsync import a as b\nb.x\na.y", {"hsync.a": {"x"}}),
        ("import hsync.a as a\na.x", {"hsync.a": {"x"}}),
        ("from other import hsync\nimport other.hsync", {}),
    ],
)
def test_an_import_is_found(text: str, found: dict[str, set[str]]) -> None:
    assert taken(Module("hsync.b", ROOT, ast.parse(text)), {"hsync.a": set()}) == found


def test_a_cycle_is_found() -> None:
    tangle = {"p.a": {"p.b.x"}, "p.b.x": set(), "p.b.y": {"p.a"}}
    assert cycle(tangle) == []
    merged: dict[str, set[str]] = {}
    for source, targets in lifted(tangle, "p"):
        merged.setdefault(source, set()).update(targets)
    assert sorted(set(cycle(merged))) == ["p.a", "p.b"]
    assert sorted(set(cycle({"a": {"b"}, "b": {"a"}}))) == ["a", "b"]
