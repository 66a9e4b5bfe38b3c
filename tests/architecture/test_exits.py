"""`hsync.output.console` is the one exit to a terminal, and whoever writes for people takes plain texts only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, Module, modules

HOMES = frozenset({"hsync.cli.questions", "hsync.output.console", "hsync.process.streams"})

WRITING = frozenset(
    {
        *("print", "input", "echo", "secho", "echo_via_pager", "prompt", "confirm", "getpass"),
        *("write_output", "print_exc", "print_exception", "print_stack"),
    }
)
"""Functions that write to a terminal, or ask there."""

STREAMS = frozenset({"stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"})

EXCEPTIONS = {
    ("hsync.cli.apply", "sys.stderr"): "the line that moves: `output.progress` makes its words plain",
    ("hsync.cli.drift", "sys.stdout"): "how wide it is",
    ("hsync.cli.pages", "sys.stdout"): "how wide it is",
    ("hsync.render.child", "sys.stdout"): "a pipe to the parent",
    ("hsync.dataplane.embedded.jail", "sys.stdout"): "a pipe to the parent",
}
"""Module and stream, and why it may."""


def exits(module: Module) -> Iterator[str]:
    """What a module does with the standard streams by itself."""
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "sys" and node.attr in STREAMS:
            yield f"sys.{node.attr}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in WRITING:
            yield ast.unparse(node.func).rpartition(".")[2]
        elif isinstance(node, ast.ImportFrom):
            yield from (f"sys.{one.name}" for one in node.names if node.module == "sys" and one.name in STREAMS)


def found() -> set[tuple[str, str]]:
    return {(module.name, one) for module in modules() if module.name not in HOMES for one in exits(module)}


def test_only_the_console_writes_and_asks() -> None:
    assert found() - EXCEPTIONS.keys() == set()


def test_every_exception_is_needed() -> None:
    assert EXCEPTIONS.keys() - found() == set()


def test_words_go_to_standard_error_by_the_console_only() -> None:
    users = {module.name for module in modules() if names(module, "hsync.process.streams") & {"write_error"}}
    assert users == {"hsync.output.console"}


def names(module: Module, source: str) -> set[str]:
    """What a module imports from another one."""
    return {one.name for node in imports(module) if node.module == source for one in node.names}


def imports(module: Module) -> Iterator[ast.ImportFrom]:
    return (node for node in module.nodes if isinstance(node, ast.ImportFrom))


# The door

FOR_PEOPLE = ("hsync.output.human", "hsync.output.markdown", "hsync.output.reports")


def public_texts(module: Module) -> dict[str, bool]:
    """The public functions of a module that return a text, and whether they have the door."""
    return {
        node.name: "of_plain_text" in map(ast.unparse, node.decorator_list)
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.startswith("_")
        and node.returns is not None
        and ast.unparse(node.returns) == "str"
        and not node.name.endswith("_document")
    }


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_what_is_made_for_people_is_made_of_plain_text(name: str) -> None:
    (module,) = (one for one in modules() if one.name == name)
    listed = set(ast.literal_eval(assigned(module.tree, "__all__")))
    texts = {function: door for function, door in public_texts(module).items() if function in listed}
    assert texts
    assert [function for function, door in texts.items() if not door] == []


def assigned(tree: ast.Module, name: str) -> ast.expr:
    """What a module gives a name at its top."""
    return next(
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )


# The checks themselves


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import sys\nsys.stdout.write('x')", ["sys.stdout"]),
        ("from sys import stderr", ["sys.stderr"]),
        ("import click\nclick.echo('x')", ["echo"]),
        ("def f():\n    print('x')", ["print"]),
        ("import traceback\ntraceback.print_exception(x)", ["print_exception"]),
        ("import sys\nsys.exit(1); x.write('y'); out('z')", []),
    ],
)
def test_an_exit_is_seen_wherever_it_is(text: str, expected: list[str]) -> None:
    assert list(exits(Module("hsync.x", ROOT, ast.parse(text)))) == expected


def test_a_missing_door_is_seen() -> None:
    module = Module(
        "hsync.x", ROOT, ast.parse("@of_plain_text\ndef a() -> str: ...\ndef b() -> str: ...\ndef _c() -> str: ...")
    )
    assert public_texts(module) == {"a": True, "b": False}
