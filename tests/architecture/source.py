"""The source of hsync as syntax trees, read once for all tests of the architecture."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

__all__ = ["ROOT", "Function", "Module", "calls", "functions", "imported", "modules", "read"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A module: its dotted name, and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the syntax tree."""
        return tuple(ast.walk(self.tree))

    @property
    def layer(self) -> str:
        """The part of the name after `hsync.`; "" for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]


@dataclass(frozen=True)
class Function:
    """A function or method: its dotted name, and its syntax tree."""

    name: str
    tree: ast.FunctionDef | ast.AsyncFunctionDef

    @property
    def lines(self) -> int:
        """Number of lines of its body, without the docstring."""
        body = self.tree.body
        first = body[1] if ast.get_docstring(self.tree) is not None and len(body) > 1 else body[0]
        return (self.tree.end_lineno or 0) - first.lineno + 1


@cache
def modules() -> tuple[Module, ...]:
    """All modules of the package."""
    return tuple(read(path) for path in sorted((ROOT / "hsync").rglob("*.py")))


def read(path: Path) -> Module:
    """Read one module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return Module(".".join(parts).removesuffix(".__init__"), path, ast.parse(path.read_text(encoding="utf-8")))


def functions(module: Module) -> Iterator[Function]:
    """All functions of a module, including nested functions."""
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(f"{module.name}.{node.name}", node)


def calls(module: Module, name: str) -> Iterator[int]:
    """Lines on which a function is called by its bare name."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node.lineno


def imported(module: Module) -> Iterator[str]:
    """Packages that a module imports anywhere in its text: at the top, in a function, for types only, or by name."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and _is_importer(node.func):
            yield _text(node.args[0]).partition(".")[0] if node.args else "?"


def _is_importer(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__", "find_spec"}


def _text(node: ast.expr) -> str:
    """The value of a string constant; "?" for an expression."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"
