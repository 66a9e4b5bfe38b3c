"""What the contract suite of folders cannot see: modes, links, and what a write that died has left."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Hashable
from pathlib import Path

import pytest

from hsync.dataplane.embedded import storage
from hsync.dataplane.embedded.folder import LIST, PENDING, FolderStorage
from hsync.errors import TargetError
from hsync.files import Folder
from hsync.syntax import join_files
from tests.planting import LAYOUTS

OLD = {"a.cfg": "global\n", "b.cfg": "backend b\n"}
NEW = {"a.cfg": "global\n  maxconn 1\n", "c.cfg": "backend c\n"}


def put(folder: Path, files: dict[str, str]) -> FolderStorage:
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o640)
    return FolderStorage(folder)


def texts(folder: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in folder.iterdir() if one.name.endswith(".cfg")}


def joined(files: dict[str, str]) -> str:
    return join_files(files.items())


def pending(folder: Path, todo: object, files: dict[str, str]) -> Path:
    """What a process that died has left."""
    place = folder / PENDING
    place.mkdir(mode=0o700)
    for name, text in files.items():
        (place / name).write_text(text)
    (place / LIST).write_text(todo if isinstance(todo, str) else json.dumps(todo))
    return place


def test_new_files_are_like_the_old_ones(tmp_path: Path) -> None:
    put(tmp_path, OLD).write(f"# _version=2\n\n{joined(NEW)}")
    assert texts(tmp_path) == NEW
    modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert modes == {"a.cfg": 0o640, "c.cfg": 0o640, ".hsync-header": 0o640}


def test_the_first_files_of_a_folder_are_private(tmp_path: Path) -> None:
    FolderStorage(tmp_path).write(joined(NEW))
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}


def test_a_link_stays_one_and_the_file_behind_it_is_replaced(tmp_path: Path) -> None:
    """As in a folder of sites that are available, of which some are enabled."""
    enabled, available = tmp_path / "enabled", tmp_path / "available"
    enabled.mkdir()
    available.mkdir()
    put(available, {"b.cfg": "backend b\n", "c.cfg": "old\n"})
    put(enabled, {"a.cfg": "global\n"})
    for name in ("b.cfg", "c.cfg"):
        (enabled / name).symlink_to(f"../available/{name}")
    FolderStorage(enabled).write(joined(NEW))
    assert texts(enabled) == NEW
    assert texts(available) == {"b.cfg": "backend b\n", "c.cfg": "backend c\n"}
    assert (enabled / "c.cfg").is_symlink()
    assert not (enabled / "b.cfg").is_symlink()


def test_a_link_that_leads_nowhere_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    folder = put(tmp_path, OLD)
    (tmp_path / "c.cfg").symlink_to("none/c.cfg")
    with pytest.raises(TargetError, match="there is no folder") as caught:
        folder.write(joined(NEW))
    assert caught.value.hint
    assert texts_of(tmp_path, OLD) == OLD
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.cfg", "b.cfg", "c.cfg"]


def texts_of(folder: Path, names: dict[str, str]) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in names}


TODO = {"new": ["a.cfg", "c.cfg", ".hsync-header"], "gone": ["b.cfg"]}


@pytest.mark.parametrize(
    "left", [("a.cfg", "c.cfg", ".hsync-header"), ("c.cfg",), ()], ids=["nothing done", "half done", "all done"]
)
def test_a_write_that_died_is_finished_by_whoever_reads(tmp_path: Path, left: tuple[str, ...]) -> None:
    new = {**NEW, ".hsync-header": "# _version=2\n"}
    put(tmp_path, OLD | {name: text for name, text in new.items() if name not in left})
    pending(tmp_path, TODO, {name: new[name] for name in left})
    assert FolderStorage(tmp_path).read().endswith(joined(NEW))
    assert texts(tmp_path) == NEW
    assert not (tmp_path / PENDING).exists()


def test_one_that_died_over_its_last_step_is_done(tmp_path: Path) -> None:
    put(tmp_path, NEW)
    (tmp_path / PENDING).mkdir(mode=0o700)
    assert FolderStorage(tmp_path).read() == joined(NEW)
    assert not (tmp_path / PENDING).exists()


@pytest.mark.parametrize(
    "todo",
    [
        {"new": ["../../x"], "gone": []},
        {"new": [], "gone": ["/etc/passwd"]},
        {"new": ["notes.txt"], "gone": []},
        {"new": ["a.cfg"]},
        {"new": 1, "gone": []},
        "[",
        "[]",
        "null",
    ],
)
def test_a_list_that_hsync_did_not_write_is_refused(tmp_path: Path, todo: object) -> None:
    folder = put(tmp_path, OLD)
    place = pending(tmp_path, todo, {"a.cfg": "planted"})
    with pytest.raises(TargetError, match="was not written by hsync") as caught:
        folder.read()
    assert caught.value.hint == f"look at it, then: rm -r {place}"
    assert texts(tmp_path) == OLD


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_planted_in_its_place_is_refused(tmp_path: Path, layout: str) -> None:
    folder, outside = put(tmp_path, OLD), tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "file").write_text("precious")
    LAYOUTS[layout](tmp_path / PENDING, outside)
    for work in (folder.read, lambda: folder.write(joined(NEW))):
        with pytest.raises(TargetError, match="was not written by hsync") as caught:
            work()
        assert caught.value.hint.startswith("look at it, then: rm -r ")
    assert texts(tmp_path) == OLD
    assert [one.name for one in outside.iterdir()] == ["file"]


def test_files_that_cannot_be_moved_are_told_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real = put(tmp_path, OLD), Folder.move

    def full(self: Folder, name: str, other: Folder, new_name: str) -> None:
        if name == "c.cfg":
            raise OSError(28, "No space left on device")
        real(self, name, other, new_name)

    with monkeypatch.context() as broken:
        broken.setattr(Folder, "move", full)
        with pytest.raises(TargetError, match="not all files could be replaced: No space left on device") as caught:
            folder.write(joined(NEW))
    assert "the next run goes on with it" in caught.value.hint
    assert folder.read().endswith(joined(NEW))
    assert texts(tmp_path) == NEW


def test_a_write_that_fails_leaves_the_old_files_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    folder = put(tmp_path, OLD)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TargetError, match="cannot be replaced: No space left on device") as caught:
        folder.write(joined(NEW))
    assert caught.value.hint == f"check the folder {tmp_path}, its mode and its space"
    assert texts(tmp_path) == OLD
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.cfg", "b.cfg"]


def test_files_that_change_all_the_time_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, number = put(tmp_path, OLD), iter(range(1000))

    def stamp() -> Hashable:
        return next(number)

    monkeypatch.setattr(folder, "stamp", stamp)
    with pytest.raises(TargetError, match="its files change all the time"):
        folder.read()


def test_a_file_that_goes_while_it_is_read_is_empty_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, read = put(tmp_path, OLD), storage.read_configuration

    def gone(path: Path) -> str:
        (tmp_path / "b.cfg").unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr("hsync.dataplane.embedded.folder.read_configuration", gone)
    assert folder.read() == joined({"a.cfg": "global\n"})


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a mark in a text": (lambda folder: (folder / "a.cfg").write_text("###_file_### b.cfg\n"), "file"),
    "a file that cannot be read": (lambda folder: (folder / "a.cfg").chmod(0), "cannot be read: Permission denied"),
    "no folder any more": (lambda folder: folder.rename(folder.parent / "moved"), "No such file or directory"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_cannot_be_read_is_named(tmp_path: Path, what: str) -> None:
    breaking, words = BROKEN[what]
    if what == "a file that cannot be read" and os.geteuid() == 0:
        pytest.skip("root reads everything")
    (tmp_path / "etc").mkdir()
    folder = put(tmp_path / "etc", OLD)
    breaking(tmp_path / "etc")
    with pytest.raises(TargetError, match=words):
        folder.read()


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = put(tmp_path, OLD)
    monkeypatch.setattr(storage, "MAX_BYTES", 8)
    with pytest.raises(TargetError, match=r"b\.cfg: larger than 8 bytes") as caught:
        folder.read()
    assert caught.value.hint
