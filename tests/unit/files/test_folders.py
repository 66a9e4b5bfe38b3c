"""Folders that hsync makes are no links, and nobody else writes in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.files import is_private_folder, make_folder, make_private_folder
from tests.planting import LAYOUTS, LINKS, PRECIOUS


@pytest.mark.parametrize(
    ("umask", "public", "private"), [(0o000, 0o755, 0o700), (0o022, 0o755, 0o700), (0o077, 0o700, 0o700)]
)
def test_a_new_folder_and_those_above_it(tmp_path: Path, umask: int, public: int, private: int) -> None:
    before = os.umask(umask)
    try:
        make_folder(tmp_path / "a" / "b")
        make_private_folder(tmp_path / "c" / "d")
        make_folder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    modes = {str(one.relative_to(tmp_path)): stat.S_IMODE(one.stat().st_mode) for one in tmp_path.rglob("*")}
    assert modes == {"a": public, "a/b": public, "c": public, "c/d": private}
    assert is_private_folder(tmp_path / "c" / "d")
    assert is_private_folder(tmp_path / "a") == (public == 0o700)


@pytest.mark.parametrize("make", [make_folder, make_private_folder])
@pytest.mark.parametrize("layout", sorted(LAYOUTS.keys() - {"folder"}))
def test_what_is_in_its_place_is_refused(tmp_path: Path, make: Callable[[Path], None], layout: str) -> None:
    place, outside = tmp_path / "folder", tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "file").write_bytes(PRECIOUS)
    LAYOUTS[layout](place, outside)
    with pytest.raises(OSError, match="a link to" if layout in LINKS else "Not a directory"):
        make(place)
    assert stat.S_IMODE(outside.stat().st_mode) == 0o755
    assert [one.name for one in outside.iterdir()] == ["file"]
    assert not is_private_folder(place)


def test_a_folder_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        make_folder(tmp_path / "file" / "a" / "b")


def test_a_private_folder_becomes_private_and_one_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir(mode=0o755)
    make_private_folder(tmp_path / "folder")
    assert stat.S_IMODE((tmp_path / "folder").stat().st_mode) == 0o700
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        make_private_folder(tmp_path / "folder")
    assert not is_private_folder(tmp_path / "folder")
    assert not is_private_folder(tmp_path / "none")
