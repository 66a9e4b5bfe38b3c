"""Rules of style that no linter checks. Exceptions are in a table, with their reasons."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, Function, Module, calls, functions, modules

MODULES = [pytest.param(module, id=module.name) for module in modules()]

LONGEST = 40

ANY = {
    "hsync.cli.options": "click's decorators take and give any values",
    "hsync.cli.group": "the signature of `click.Command.main`",
}
"""Modules that may use `Any`, with the reason."""

ANY_BELOW = ("hsync.schema", "hsync.syntax", "hsync.errors")

HEAD = 18
"""Minimum length of the first sentence of a module."""


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_is_for(module: Module) -> None:
    docstring = ast.get_docstring(module.tree) or ""
    first = docstring.partition("\n\n")[0]
    assert len(first) >= HEAD
    assert first.endswith((".", ":", "?"))


@pytest.mark.parametrize("module", MODULES)
def test_no_function_is_longer_than_a_page(module: Module) -> None:
    assert {one.name: one.lines for one in functions(module) if one.lines > LONGEST} == {}


@pytest.mark.parametrize("module", MODULES)
def test_print_lives_in_cli(module: Module) -> None:
    assert module.layer == "cli" or list(calls(module, "print")) == []


@pytest.mark.parametrize("module", MODULES)
def test_any_stays_below_the_schema(module: Module) -> None:
    allowed = module.name.startswith(ANY_BELOW) or module.name in ANY
    assert allowed or list(names(module, "Any")) == []


def test_every_exception_is_needed() -> None:
    by_name = {module.name: module for module in modules()}
    assert [name for name in ANY if not list(names(by_name[name], "Any"))] == []


@pytest.mark.parametrize("module", MODULES)
def test_an_open_end_is_not_left_in_the_text(module: Module) -> None:
    text = module.path.read_text(encoding="utf-8")
    assert [word for word in ("TODO", "FIXME", "XXX", "HACK") if f"{word}:" in text or f"# {word}" in text] == []


@pytest.mark.parametrize("module", [pytest.param(one, id=one.name) for one in modules() if one.layer == "sections"])
def test_a_section_is_data(module: Module) -> None:
    """A section file may build its rows with small functions, but it opens no file and knows no higher layer."""
    assert [one.name for one in functions(module) if one.lines > LONGEST // 2] == []
    assert list(calls(module, "open")) == []


def test_a_section_type_is_one_file() -> None:
    """`every_kind` finds sections by reading the folder: no other file of hsync lists them."""
    from hsync.sections import every_kind

    homes = {module.name for module in modules() if module.layer == "sections" and assigned(module.tree, "SECTION")}
    assert len(homes) == len(every_kind())
    assert {module.name: homes & set(sources(module)) for module in modules() if homes & set(sources(module))} == {}


def names(module: Module, name: str) -> Iterator[int]:
    """Lines on which a name is used, as itself or as an attribute."""
    for node in module.nodes:
        if (isinstance(node, ast.Name) and node.id == name) or (isinstance(node, ast.Attribute) and node.attr == name):
            yield node.lineno


def assigned(tree: ast.Module, name: str) -> bool:
    """Whether a module assigns a name at its top."""
    return any(
        isinstance(target, ast.Name) and target.id == name
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def sources(module: Module) -> Iterator[str]:
    """Full names of the modules that a module imports names from."""
    return (node.module or "" for node in module.nodes if isinstance(node, ast.ImportFrom))


# The checks themselves


def module_of(text: str) -> Module:
    return Module("hsync.x", ROOT, ast.parse(text))


def test_a_long_function_is_seen_and_its_docstring_does_not_count() -> None:
    body = "    x = 1\n" * 41
    long = module_of(f"def f(\n    a,\n):\n    '''A.\n\n    B.\n    '''\n{body}")
    assert [one.lines for one in functions(long)] == [41]
    assert [one.lines for one in functions(module_of("class A:\n    async def f(self): ...\n"))] == [1]
    assert isinstance(next(functions(long)), Function)


@pytest.mark.parametrize(
    "text", ["x: Any", "def f(x: dict[str, Any]): ...", "y = typing.Any", "def g() -> Any: ...", "cast(Any, 1)"]
)
def test_any_is_seen_wherever_it_stands(text: str) -> None:
    assert list(names(module_of(text), "Any")) == [1]


def test_print_is_seen() -> None:
    assert list(calls(module_of("def f():\n    print('x')\n"), "print")) == [2]


def test_the_package_is_typed() -> None:
    assert (ROOT / "hsync" / "py.typed").is_file()
    assert sys.version_info >= (3, 11)
