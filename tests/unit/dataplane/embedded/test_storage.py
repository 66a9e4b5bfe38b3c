"""A file is replaced completely or not at all, by one process at a time."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from hsync.dataplane.embedded import storage as module
from hsync.dataplane.embedded.storage import FileStorage, MemoryStorage
from hsync.errors import LockedError, TargetError


def test_what_was_written_is_read(tmp_path: Path) -> None:
    for storage in (FileStorage(tmp_path / "haproxy.cfg"), MemoryStorage("old")):
        before = storage.stamp()
        with storage.lock():
            storage.write("caf\udce9\r\n")
        assert storage.read() == "caf\udce9\r\n"
        assert storage.stamp() != before
    assert (tmp_path / "haproxy.cfg").read_bytes() == b"caf\xe9\r\n"
    assert (MemoryStorage().name, MemoryStorage().folder) == ("memory", None)


def test_a_missing_file_is_empty_and_a_missing_folder_is_not(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "new.cfg")
    assert (storage.read(), storage.stamp()) == ("", None)
    assert (storage.name, storage.folder) == (str(tmp_path / "new.cfg"), tmp_path)
    with pytest.raises(TargetError, match="there is no folder"):
        FileStorage(tmp_path / "no" / "haproxy.cfg")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="Is a directory"):
        FileStorage(tmp_path).read()


def test_a_write_keeps_mode_and_link(tmp_path: Path) -> None:
    real = tmp_path / "real.cfg"
    real.write_text("old")
    real.chmod(0o600)
    link = tmp_path / "haproxy.cfg"
    link.symlink_to(real)
    FileStorage(link).write("new")
    assert link.is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("new", 0o600)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "haproxy.cfg"
    file.write_text("old")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(TargetError, match="cannot be replaced: No space left on device"):
        FileStorage(file).write("new")
    assert file.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["haproxy.cfg"]


def test_the_lock_keeps_others_out_and_may_be_entered_twice(tmp_path: Path) -> None:
    one = FileStorage(tmp_path / "haproxy.cfg")
    two = FileStorage(tmp_path / "haproxy.cfg", lock_timeout_s=0.05)
    refused: list[str] = []

    def try_it() -> None:
        try:
            with two.lock():
                pass
        except LockedError as error:
            refused.append(error.message)

    with one.lock(), one.lock():
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "another process has been writing" in refused[0]
    try_it()
    assert len(refused) == 1


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    storage = FileStorage(tmp_path / "haproxy.cfg")
    (tmp_path / "haproxy.cfg.lock").mkdir()
    with pytest.raises(TargetError, match=r"haproxy\.cfg\.lock"), storage.lock():
        pass


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 3)
    (tmp_path / "haproxy.cfg").write_text("1234")
    with pytest.raises(TargetError, match=r"haproxy\.cfg: larger than 3 bytes") as caught:
        FileStorage(tmp_path / "haproxy.cfg").read()
    assert caught.value.hint


def test_a_name_that_the_system_has_no_room_for_has_no_folder(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="there is no folder"):
        FileStorage(tmp_path / ("x" * 300) / "haproxy.cfg")
