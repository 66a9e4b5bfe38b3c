"""`hsync.files` is the one writer: no other module makes, replaces, moves or deletes a file by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.source import ROOT, Module, modules

METHODS = frozenset(
    {"write_text", "write_bytes", "touch", "mkdir", "rename", "unlink", "rmdir", "symlink_to", "hardlink_to", "chmod"}
)
"""What changes a file or a folder when it is called as a method of a path."""

FUNCTIONS = frozenset(
    {
        *("open", "mkdir", "makedirs", "mkfifo", "mknod", "rename", "renames", "replace", "unlink", "remove", "rmdir"),
        *("removedirs", "symlink", "link", "chmod", "fchmod", "chown", "fchown", "truncate", "ftruncate"),
        *("rmtree", "move", "copy", "copy2", "copyfile", "copytree", "copyfileobj"),
        *("mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryFile", "SpooledTemporaryFile", "TemporaryDirectory"),
        *("flock", "lockf"),
    }
)
"""The same for functions of `os`, `shutil`, `tempfile` and `fcntl`."""

EXCEPTIONS = {
    ("hsync.process.streams", "os.open"): "opens the null device in the place of a closed stream",
    ("hsync.process.streams", "open"): "the same",
    ("hsync.store.locks", "unlink"): "the name of the holder goes with the lock",
    ("hsync.store.signatures", "unlink"): "the signature of a plan goes before the plan is replaced",
    ("hsync.store.filestore", "unlink"): "texts that the policy does not keep",
    ("hsync.dataplane.embedded.verdicts", "unlink"): "old verdicts in their private folder",
    (
        "hsync.dataplane.embedded.jail",
        "os.open",
    ): "names a path to the kernel, in a script that imports nothing of hsync",
    ("hsync.testing.server", "write_bytes"): "the file of a test, in the test's own folder",
}
"""Module and call, and why it may."""

NOT_FILES = {("hsync.dataplane.embedded.resources", "rename"): "of a section"}


def changes(module: Module) -> Iterator[str]:
    """Calls of a module that change files."""
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        home, _, name = ast.unparse(node.func).rpartition(".")
        if home in {"os", "shutil", "tempfile", "fcntl"}:
            yield from [f"{home}.{name}"] if name in FUNCTIONS else []
        elif name == "open":
            yield from ["open"] if _writes(node.args[0 if home else 1 :]) else []
        elif home and name in METHODS:
            yield name


def _writes(arguments: list[ast.expr]) -> bool:
    """Whether a call of `open` has a mode that writes, or one that nobody can read here."""
    return bool(arguments) and not (
        isinstance(arguments[0], ast.Constant) and set(str(arguments[0].value)) <= set("rbt")
    )


def found() -> set[tuple[str, str]]:
    outside = [module for module in modules() if module.layer != "files"]
    return {(module.name, call) for module in outside for call in changes(module)}


def test_only_hsync_files_changes_files() -> None:
    assert found() - EXCEPTIONS.keys() - NOT_FILES.keys() == set()


def test_every_exception_is_needed() -> None:
    assert {*EXCEPTIONS, *NOT_FILES} - found() == set()


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("path.write_text('x')", ["write_text"]),
        ("open(path, 'w')", ["open"]),
        ("open(path, mode)", ["open"]),
        ("open(path)", []),
        ("path.open('rb')", []),
        ("path.open('ab')", ["open"]),
        ("os.open(path, flags)", ["os.open"]),
        ("os.replace(a, b)", ["os.replace"]),
        ("text.replace('a', 'b')", []),
        ("names.remove('a')", []),
        ("tempfile.mkdtemp()", ["tempfile.mkdtemp"]),
        ("shutil.rmtree(path)", ["shutil.rmtree"]),
        ("Path(x).unlink(missing_ok=True)", ["unlink"]),
    ],
)
def test_a_change_is_found(text: str, calls: list[str]) -> None:
    assert list(changes(Module("hsync.x", ROOT, ast.parse(text)))) == calls
