"""Messages name only commands that exist. (A message once named `hsync rollback`, which was never built.)"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from hsync.cli.group import VERBS
from tests.architecture.source import Module, modules

COMMAND = re.compile(r"(?:`|(?:^|[:;,] |then |run |or )(?=hsync))hsync ([a-z][a-z-]*)(?: (show|history))?")
"""A command in backticks, or after the words that tell the user to type it."""

PROSE = frozenset(
    {"left", "speaks", "creates", "created", "has", "is", "keeps", "wrote", "made", "did", "knows", "last", "again"}
)
"""`hsync` as the subject of a clause after a comma."""


def texts(module: Module) -> Iterator[str]:
    """The strings of a module without its docstrings, including the parts of f-strings."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            yield node.value


def named(text: str) -> set[str]:
    """The subcommands in a text."""
    return {match[1] for match in COMMAND.finditer(text)} - PROSE


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.name)
def test_every_command_that_is_named_exists(module: Module) -> None:
    assert set().union(*map(named, texts(module))) <= set(VERBS)


@pytest.mark.parametrize(
    ("text", "verbs"),
    [
        ("run `hsync rollback`", {"rollback"}),
        ("put it right: hsync rollback", {"rollback"}),
        ("hsync sync -t x", {"sync"}),
        ("make it again, then hsync plan; it", {"plan"}),
        ("the target is not what it was, hsync left version 3", set()),
        ("a file of hsync that", set()),
    ],
)
def test_a_command_is_found_in_a_message(text: str, verbs: set[str]) -> None:
    assert named(text) == verbs


def test_commands_are_found_in_the_source() -> None:
    found = [verb for module in modules() for text in texts(module) for verb in named(text)]
    assert len(found) > 20
