"""Tests of FileStore beyond the contract suite: the names of its files, and a disk that hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsync.errors import InputError, LockedError
from hsync.plan.plan import Target
from hsync.store import filestore
from hsync.store.filestore import FileStore
from hsync.store.locks import hold
from hsync.store.places import Place
from hsync.store.state import Run, State
from hsync.store.stores import Owner

EDGE = Place(Path(), "edge1", "https://edge1")
STATE = State(Target("edge1", EDGE.identity, "3.2"))


def place(folder: Path, name: str = "edge1", identity: str = EDGE.identity) -> Place:
    return Place(folder, name, identity)


def test_a_write_that_never_ends_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filestore, "WRITE_S", 0.05)
    held = hold(place(tmp_path).lock_file(".write.lock"), timeout=0)
    assert held is not None
    try:
        with pytest.raises(LockedError, match="another process has been writing the state of edge1 for 0 s") as caught:
            FileStore(place(tmp_path)).append(Run("", "applied"))
        assert "disk" in caught.value.hint
    finally:
        held.release()
    assert FileStore(place(tmp_path)).append(Run("", "applied")).serial == 1


def test_a_file_that_became_another_target_s_is_left_alone(tmp_path: Path) -> None:
    store = FileStore(place(tmp_path))
    written = store.write(STATE, expected_serial=0)
    mine = tmp_path / "edge1.json"
    mine.rename(tmp_path / "moved.json")
    other = FileStore(place(tmp_path, identity="https://other"))
    other.write(STATE, expected_serial=0)
    assert mine.exists()  # the name was free: the file of the remembered name is the other target's now
    assert store.read() == written
    assert store.write(written, expected_serial=1).serial == 2
    again = other.read()
    assert again is not None
    assert again.serial == 1


def test_a_state_is_found_under_the_name_that_it_got_meanwhile(tmp_path: Path) -> None:
    store = FileStore(place(tmp_path))
    written = store.write(STATE, expected_serial=0)
    (tmp_path / "edge1.json").rename(tmp_path / "renamed.json")
    assert store.write(written, expected_serial=1).serial == 2
    assert [path.name for path in tmp_path.glob("*.json")] == ["renamed.json"]


def test_a_damaged_holder_is_still_a_holder_and_a_link_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(Owner("ann", "host7", 1, "").dump(), encoding="utf-8")
    holder = place(tmp_path).lock_file(".holder")
    owner = Owner.here()
    with FileStore(place(tmp_path)).lock(owner):
        holder.unlink()
        holder.symlink_to(secret)
        with pytest.raises(LockedError, match="its process is unknown") as caught:
            FileStore(place(tmp_path)).lock(owner).__enter__()
        assert (caught.value.owner, caught.value.age_s) == ("", None)


def test_a_link_in_the_place_of_the_texts_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".kept").symlink_to(tmp_path)
    with pytest.raises(InputError, match=r"\.kept is a symbolic link") as caught:
        FileStore(place(tmp_path)).keep("text")
    assert caught.value.hint.startswith("kept texts need a folder: rm ")
