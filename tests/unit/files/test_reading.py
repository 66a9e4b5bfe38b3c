"""Only regular files are read, up to a bound, and whatever is there instead is refused at once."""

from __future__ import annotations

import ast
import os
import re
import socket
from pathlib import Path

import pytest

from hsync.files import FileTooLargeError, check_file, read_file, read_head
from tests.architecture.source import Module, modules
from tests.bounded import within

MIB = 1024 * 1024


def test_a_file_is_read_whole_up_to_its_bound(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * (3 * MIB))
    assert read_file(path, max_bytes=3 * MIB) == b"x" * (3 * MIB)
    assert read_head(path, 5) == b"xxxxx"
    assert read_head(path, 4 * MIB) == b"x" * (3 * MIB)
    check_file(path, max_bytes=3 * MIB)
    with pytest.raises(FileTooLargeError, match=f"larger than {3 * MIB - 1} bytes"):
        read_file(path, max_bytes=3 * MIB - 1)
    with pytest.raises(FileTooLargeError):
        check_file(path, max_bytes=3 * MIB - 1)


def test_a_file_may_be_judged_by_the_status_of_what_is_read(tmp_path: Path) -> None:
    def refuse(found: os.stat_result) -> None:
        raise ValueError(found.st_size)

    (tmp_path / "file").write_bytes(b"x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(ValueError, match="1"):
        read_file(tmp_path / "file", judge=refuse)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert read_file(tmp_path / "file", judge=lambda _: None) == b"x"


def test_an_empty_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert read_file(tmp_path / "file", max_bytes=0) == b""


def test_a_large_file_is_refused_by_its_size_before_a_byte_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    monkeypatch.setattr(os, "read", lambda *_: pytest.fail("a byte was read"))
    with pytest.raises(FileTooLargeError):
        read_file(path)


def test_a_file_of_the_kernel_that_names_no_size_is_bounded_too() -> None:
    assert Path("/proc/self/status").stat().st_size == 0
    assert read_file(Path("/proc/self/status"))
    with pytest.raises(FileTooLargeError):
        read_file(Path("/proc/self/status"), max_bytes=100)


def planted(folder: Path) -> dict[str, Path]:
    """What may be in the place of a file."""
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()
    (folder / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(folder / "socket"))
    devices = {name: Path("/dev") / name for name in ("zero", "null", "tty", "stdin") if (Path("/dev") / name).exists()}
    return {name: folder / name for name in ("pipe", "folder", "link", "socket")} | devices


def test_what_is_no_file_is_not_even_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    places = planted(Path())
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    for path in places.values():
        if path.name == "stdin" and path.is_file():
            continue  # whoever runs the tests has given it a file
        for call in (read_file, lambda one: read_head(one, 1), check_file):
            with within(5), pytest.raises(OSError, match=r"not a regular file|Is a directory"):
                call(path)


def test_a_link_is_followed_only_if_it_may_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert read_file(tmp_path / "link") == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        read_file(tmp_path / "link", follow=False)


def test_a_pipe_that_takes_the_place_of_the_file_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    looked_at = (tmp_path / "file").stat()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(Path, "stat", lambda *_args, **_named: looked_at)
    with within(5), pytest.raises(OSError, match="not a regular file"):
        read_file(tmp_path / "pipe")


def test_a_link_that_takes_the_place_of_the_file_meanwhile_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    looked_at = (tmp_path / "file").stat()
    (tmp_path / "link").symlink_to("file")
    monkeypatch.setattr(Path, "lstat", lambda *_: looked_at)
    with pytest.raises(OSError, match="symbolic link"):
        read_file(tmp_path / "link", follow=False)


OPENS = re.compile(r"open|.*\.(open|read_text|read_bytes|fdopen)")

ELSEWHERE = {
    "hsync.process.streams": "/dev/null, in the place of a standard stream that is closed",
    "hsync.dataplane.embedded.jail": "paths, to name them to the kernel; nothing is read from them",
}
"""Modules that open something that is no file of the user, and what."""


def opens(module: Module) -> bool:
    """Whether a module calls what opens files."""
    called = (ast.unparse(node.func) for node in module.nodes if isinstance(node, ast.Call))
    return any(OPENS.fullmatch(one) for one in called if one != "Project.open")


def test_no_other_module_opens_files() -> None:
    found = {module.name for module in modules() if opens(module)}
    assert {name for name in found if not name.startswith("hsync.files.")} == set(ELSEWHERE)


@pytest.mark.parametrize("call", ["open(x)", "Path(x).open()", "p.open('rb')", "p.read_text()", "os.open(p, 0)"])
def test_a_call_that_opens_is_seen(call: str) -> None:
    assert opens(Module("hsync.x", Path(), ast.parse(f"def f():\n    return {call}\n")))
