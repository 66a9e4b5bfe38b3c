"""Docstrings of the public API name all errors of hsync that the code raises.

The code is the function itself and the private functions of its module that it calls. A base class of an error names
the error, too.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import FunctionType

import pytest

import hsync
import hsync.testing
from hsync.errors import HsyncError
from tests.architecture.source import ROOT, Module, modules


def kinds(error: type[HsyncError]) -> Iterator[type[HsyncError]]:
    """An error class and all of its subclasses."""
    yield error
    for one in error.__subclasses__():
        yield from kinds(one)


for name in hsync.__all__:
    getattr(hsync, name)
ERRORS = {one.__name__: one for one in kinds(HsyncError)}
"""The error classes of all modules of the library."""

_NAMED = re.compile(r"^\s+(\w+): ", re.MULTILINE)

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Subject:
    """A function of the public API: its module, and its docstring."""

    module: Module
    owner: str
    name: str
    doc: str

    @property
    def errors(self) -> set[str]:
        """The errors that the function may raise."""
        return raised(self.module, self.owner, self.name, set())

    @property
    def documented(self) -> set[str]:
        """The errors that its docstring names, and their subclasses."""
        named = set(_NAMED.findall(self.doc.partition("Raises:")[2]))
        return {name for name, one in ERRORS.items() if named & {base.__name__ for base in one.__mro__}}


@cache
def definitions(module: Module) -> dict[tuple[str, str], Definition]:
    """Functions by class ("" for module functions) and name."""
    found: dict[tuple[str, str], Definition] = {}
    for node in module.tree.body:
        if isinstance(node, Definition):
            found["", node.name] = node
        elif isinstance(node, ast.ClassDef):
            found |= {(node.name, one.name): one for one in node.body if isinstance(one, Definition)}
    return found


def raised(module: Module, owner: str, name: str, seen: set[tuple[str, str]]) -> set[str]:
    """The errors that a function and the private functions that it calls raise."""
    key = (owner, name) if (owner, name) in definitions(module) else ("", name)
    tree = definitions(module).get(key)
    if tree is None or key in seen:
        return set()
    seen.add(key)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            found |= made(module, owner, node.exc)
        elif isinstance(node, ast.Call) and (called := callee(node.func)).startswith("_"):
            found |= raised(module, owner, called, seen)
    return found


def made(module: Module, owner: str, value: ast.expr) -> set[str]:
    """The error classes of an expression: a constructor, or a function of the module that returns errors."""
    name = callee(value.func) if isinstance(value, ast.Call) else ""
    if name in ERRORS:
        return {name}
    maker = definitions(module).get((owner, name)) or definitions(module).get(("", name))
    returned = ast.walk(maker.returns) if maker is not None and maker.returns is not None else ()
    return {one.id for one in returned if isinstance(one, ast.Name) and one.id in ERRORS}


def callee(function: ast.expr) -> str:
    """The name of a called function, or of a method of `self`."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.attr if function.value.id in {"self", "cls"} else ""
    return function.id if isinstance(function, ast.Name) else ""


def public() -> Iterator[Subject]:
    """Functions of the library and of the test kit; constructors and public methods of their classes."""
    by_name = {module.name: module for module in modules()}
    for package in (hsync, hsync.testing):
        for name in package.__all__:
            value = getattr(package, name)
            module = by_name.get(getattr(value, "__module__", ""))
            if module is None or name in ERRORS:
                continue
            if isinstance(value, FunctionType):
                yield Subject(module, "", name, inspect.getdoc(value) or "")
            elif isinstance(value, type):
                yield from methods(module, value)


def methods(module: Module, kind: type) -> Iterator[Subject]:
    for owner, name in definitions(module):
        if owner != kind.__name__ or (name.startswith("_") and name not in {"__init__", "__post_init__"}):
            continue
        documented = kind if name.startswith("_") else inspect.getattr_static(kind, name)
        function = getattr(documented, "fget", None) or getattr(documented, "__func__", None) or documented
        yield Subject(module, owner, name, inspect.getdoc(function) or "")


SUBJECTS = [pytest.param(one, id=f"{one.module.name}.{one.owner}.{one.name}".replace("..", ".")) for one in public()]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_error_that_is_raised_is_documented(subject: Subject) -> None:
    assert subject.errors - subject.documented == set()


def test_there_is_a_public_api_that_raises() -> None:
    raising = [one for one in public() if one.errors]
    assert len(raising) > 10


# The check itself


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f():\n    raise TargetError('x')", {"TargetError"}),
        ("def f():\n    raise ValueError('x')", set()),
        ("def f():\n    _g()\ndef _g():\n    raise UsageError('x')", {"UsageError"}),
        ("def f():\n    g()\ndef g():\n    raise UsageError('x')", set()),
        ("def f():\n    raise _g()\ndef _g() -> StalePlanError | TargetError: ...", {"StalePlanError", "TargetError"}),
        ("def f():\n    _g()\ndef _g():\n    _g()\n    raise BugError", set()),
        ("def f():\n    try:\n        pass\n    except OSError:\n        raise", set()),
    ],
)
def test_an_error_is_found(text: str, found: set[str]) -> None:
    assert raised(Module("hsync.x", ROOT, ast.parse(text)), "", "f", set()) == found


def test_a_documented_base_names_its_kinds() -> None:
    subject = Subject(Module("hsync.x", ROOT, ast.parse("")), "", "f", "Does.\n\nRaises:\n    TargetError: no.\n")
    assert {"TargetError", "ServerRefused"} <= subject.documented
    assert "UsageError" not in subject.documented
