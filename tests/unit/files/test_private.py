"""Private folders: nobody else is in them, and those of dead processes go."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hsync.files import Folder, opened_folder, private_folder, renamed_folder
from hsync.files import private as module
from hsync.files.private import LEFTOVER_S, TRIES
from tests.planting import LAYOUTS

DEAD, OTHER = f".hsync-{'a' * 16}.tmp", f".hsync-{'b' * 16}.tmp"


def made(parent: Path) -> str:
    """The name of a folder that is made and goes."""
    with opened_folder(parent) as folder, private_folder(folder) as own:
        return own.path.name


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def leave(folder: Path, *files: str) -> None:
    folder.mkdir(mode=0o700)
    for name in files:
        (folder / name).write_bytes(b"left")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_nobody_else_can_enter_and_nothing_stays(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with opened_folder(tmp_path) as parent, private_folder(parent) as own:
            os.close(own.create("file", b"content"))
            assert stat.S_IMODE(own.path.stat().st_mode) == 0o700
            assert stat.S_IMODE((own.path / "file").stat().st_mode) == 0o600
            assert (own.path / "file").read_bytes() == b"content"
    finally:
        os.umask(before)
    assert names(tmp_path) == []


def test_an_error_of_the_block_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileExistsError), opened_folder(tmp_path) as parent, private_folder(parent) as own:  # noqa: PT012
        (own.path / "file").write_bytes(b"")
        own.create("file", b"")
    assert names(tmp_path) == []


def test_what_a_dead_process_left_goes_at_once(tmp_path: Path) -> None:
    leave(tmp_path / DEAD, "new", "haproxy.cfg.x")
    leave(tmp_path / OTHER)
    (tmp_path / OTHER / "link").symlink_to(tmp_path / "kept")
    (tmp_path / "kept").write_bytes(b"kept")
    made(tmp_path)
    assert names(tmp_path) == ["kept"]


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    with opened_folder(tmp_path) as parent, private_folder(parent) as first:
        os.close(first.create("file", b"first"))
        with private_folder(parent) as second:
            assert names(tmp_path) == sorted([first.path.name, second.path.name])
        assert (first.path / "file").read_bytes() == b"first"


CHILD = """
import sys
from pathlib import Path
from hsync.files import opened_folder, private_folder
with opened_folder(Path(sys.argv[1])) as parent, private_folder(parent) as own:
    own.create("file", b"of a child")
    print(own.path.name, flush=True)
    sys.stdin.read()
"""


def test_another_process_uses_its_own_until_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        made(tmp_path)
        assert names(tmp_path) == [name]
        child.kill()
    assert names(tmp_path) == [name]
    made(tmp_path)
    assert names(tmp_path) == []


STAY = [
    (".hsync-abc.tmp", "another form of name"),
    (f".hsync-{'A' * 16}.tmp", "another form of name"),
    (f".other-{'a' * 16}.tmp", "another form of name"),
    (f"hsync-{'a' * 16}.tmp", "another form of name"),
]


@pytest.mark.parametrize(("name", "why"), STAY)
def test_what_is_not_ours_by_name_stays(tmp_path: Path, name: str, why: str) -> None:
    leave(tmp_path / name, "new")
    made(tmp_path)
    assert names(tmp_path / name) == ["new"], why


def test_what_is_no_folder_of_ours_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    leave(victim, "new")
    leave(tmp_path / OTHER, "new")
    (tmp_path / OTHER / "folder").mkdir()
    (tmp_path / DEAD).symlink_to(victim)
    (tmp_path / f".hsync-{'c' * 16}.tmp").write_bytes(b"a file")
    made(tmp_path)
    assert names(victim) == ["new"]
    assert names(tmp_path / OTHER) == ["folder"]  # only the files directly in it go
    assert (tmp_path / f".hsync-{'c' * 16}.tmp").read_bytes() == b"a file"
    leave(tmp_path / f".hsync-{'d' * 16}.tmp", "new")
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    made(tmp_path)
    assert names(tmp_path / f".hsync-{'d' * 16}.tmp") == ["new"]


def test_a_folder_that_may_be_written_and_not_read_is_not_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def fail(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == ".":
            raise PermissionError
        return real(path, flags, mode, dir_fd=dir_fd)

    leave(tmp_path / DEAD)
    monkeypatch.setattr(os, "open", fail)
    made(tmp_path)
    assert names(tmp_path) == [DEAD]


@pytest.mark.parametrize(("age_s", "stays"), [(LEFTOVER_S - 60, True), (LEFTOVER_S + 60, False)])
def test_without_locks_only_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age_s: int, *, stays: bool
) -> None:
    def fail(_handle: int, _how: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    leave(tmp_path / DEAD, "new")
    os.utime(tmp_path / DEAD, (time.time() - age_s, time.time() - age_s))
    monkeypatch.setattr(fcntl, "flock", fail)
    made(tmp_path)
    assert names(tmp_path) == ([DEAD] if stays else [])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_name_that_is_taken_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str) -> None:
    tokens = iter(["f" * 16, "0" * 16])
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: next(tokens))
    monkeypatch.setattr(module, "_sweep", lambda _parent: None)
    planted, outside = tmp_path / f".hsync-{'f' * 16}.tmp", tmp_path / "outside"
    leave(outside, "file")
    LAYOUTS[layout](planted, outside)
    before = names(tmp_path)
    with opened_folder(tmp_path) as parent, private_folder(parent) as own:
        os.close(own.create("file", b""))
        assert own.path.name == f".hsync-{'0' * 16}.tmp"
    assert names(tmp_path) == before
    assert names(outside) == ["file"]
    assert (outside / "file").read_bytes() == b"left"


def test_when_every_name_is_taken_that_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: "f" * 16)
    (tmp_path / f".hsync-{'f' * 16}.tmp").write_bytes(b"planted")
    with pytest.raises(FileExistsError, match="no name for a new folder is free"):
        made(tmp_path)
    assert TRIES > 1


@pytest.mark.parametrize("when", ["before it is opened", "before it is locked", "while it is locked"])
def test_a_new_folder_that_a_sweep_takes_for_a_dead_one_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A sweep may come between each two steps of making one."""
    tokens = iter(["1" * 16, "2" * 16])
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: next(tokens))
    first = tmp_path / f".hsync-{'1' * 16}.tmp"
    opened, locked, others = module._opened, module._lock, list[int]()

    def opening(parent: Folder, name: str) -> int:
        if when == "before it is opened" and name == first.name:
            first.rmdir()
        return opened(parent, name)

    def locking(handle: int) -> bool | None:
        if first.exists() and when == "before it is locked":
            first.rmdir()
        if first.exists() and when == "while it is locked":
            others.append(os.open(first, os.O_RDONLY))
            fcntl.flock(others[0], fcntl.LOCK_EX)
            found = locked(handle)
            first.rmdir()
            return found
        return locked(handle)

    monkeypatch.setattr(module, "_opened", opening)
    monkeypatch.setattr(module, "_lock", locking)
    with opened_folder(tmp_path) as parent, private_folder(parent) as own:
        assert own.path.name == f".hsync-{'2' * 16}.tmp"
        assert own.path.is_dir()
    assert names(tmp_path) == []
    for one in others:
        os.close(one)


def test_one_that_was_renamed_stays_until_it_is_taken(tmp_path: Path) -> None:
    with opened_folder(tmp_path) as parent:
        with private_folder(parent) as own:
            os.close(own.create("file", b"content"))
            parent.move(own.path.name, parent, "ready")
        assert names(tmp_path / "ready") == ["file"]
        with renamed_folder(parent, "ready") as ready:
            assert ready is not None
            ready.move("file", parent, "file")
            ready.delete("none")
        with renamed_folder(parent, "ready") as ready:
            assert ready is None
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("kind", ["file", "link", "readable by others", "of another user"])
def test_what_is_in_the_place_of_a_renamed_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    place, victim = tmp_path / "ready", tmp_path / "victim"
    leave(victim, "file")
    if kind == "file":
        place.write_bytes(b"planted")
    elif kind == "link":
        place.symlink_to(victim)
    else:
        leave(place, "file")
        place.chmod(0o755 if kind == "readable by others" else 0o700)
        if kind == "of another user":
            monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with opened_folder(tmp_path) as parent, pytest.raises(OSError, match=r"private folder|directory|link"):
        renamed_folder(parent, "ready").__enter__()
    assert names(victim) == ["file"]
    assert place.exists()


def test_a_write_that_fails_leaves_no_open_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int, _content: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr(os, "write", fail)
    with pytest.raises(OSError, match="No space"), opened_folder(tmp_path) as parent, private_folder(parent) as own:
        own.create("file", b"content")
    assert names(tmp_path) == []
    assert len(list(Path("/proc/self/fd").iterdir())) == before
