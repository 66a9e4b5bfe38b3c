"""The examples in the docstrings of modules and functions are run as doctests."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import hsync

NAMES = [
    info.name
    for info in pkgutil.walk_packages(hsync.__path__, "hsync.")
    if not info.name.endswith(("__main__", ".pytest_plugin"))
]


def examples(name: str) -> list[doctest.DocTest]:
    """The docstrings of a module that have an example."""
    found = doctest.DocTestFinder(exclude_empty=True).find(importlib.import_module(name), name)
    return [test for test in found if test.examples]


WITH_EXAMPLES = {name: tests for name in NAMES if (tests := examples(name))}


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    printed: list[str] = []
    for test in WITH_EXAMPLES[name]:
        doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=printed.append)
    assert "".join(printed) == ""


def test_passages_that_are_hard_to_follow_have_an_example() -> None:
    hard = {f"hsync.plan.{name}" for name in ("compare", "edits", "losses", "older", "order")}
    assert hard <= set(WITH_EXAMPLES)
