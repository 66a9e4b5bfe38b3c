"""Where a path leads, and which links are not followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hsync.files import links, real_path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_bytes(b"")
    for name, target in {
        "to-file": "a/b/file",
        "to-folder": "a/b",
        "absolute": str(tmp_path / "a" / "b" / "file"),
        "up": "a/b/../../to-file",
        "dangling": "a/none",
        "nowhere": "none/none",
        "a/b/back": "../../to-folder",
    }.items():
        (tmp_path / name).symlink_to(target)
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [
        "a/b/file",
        "to-file",
        "to-folder/file",
        "absolute",
        "up",
        "dangling",
        "nowhere/x",
        "a/b/back/file",
        "to-folder/../b/file",
        "none/../a",
        ".",
        "..",
        "to-folder/none",
    ],
)
def test_a_path_leads_where_the_system_says(tree: Path, path: str) -> None:
    assert str(real_path(tree / path)) == os.path.realpath(tree / path)


def test_a_relative_path_begins_at_the_working_folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    assert real_path("to-file") == tree.resolve() / "a" / "b" / "file"


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        real_path(tmp_path / "one")
    last = tmp_path
    for number in range(links.MOST_LINKS + 1):
        (tmp_path / f"chain{number}").symlink_to(last)
        last = tmp_path / f"chain{number}"
    assert real_path(tmp_path / f"chain{links.MOST_LINKS - 1}") == tmp_path.resolve()
    with pytest.raises(OSError, match="Too many levels"):
        real_path(last)


@pytest.mark.parametrize(
    ("mode", "link_of", "folder_of", "followed"),
    [
        (0o1777, 0, 0, True),  # ours
        (0o1777, 1, 1, True),  # of whoever the folder belongs to
        (0o1777, 1, 0, False),
        (0o777, 1, 0, False),
        (0o1777, 2, 1, False),
        (0o755, 1, 0, True),  # only who may write the folder can have put it there
        (0o775, 1, 0, True),
    ],
)
def test_a_link_that_another_user_planted_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, link_of: int, folder_of: int, *, followed: bool
) -> None:
    """Users are made up: 0 is us."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    (tmp_path / "target").write_bytes(b"")
    (folder / "link").symlink_to(tmp_path / "target")

    def owned(path: Path, found: os.stat_result) -> os.stat_result:
        number = {"open": folder_of, "link": link_of}.get(path.name, 0)
        return os.stat_result([*found[:4], os.geteuid() + number, *found[5:]])

    monkeypatch.setattr(Path, "stat", lambda path: owned(path, os.stat(path)))  # noqa: PTH116 - of the class itself
    monkeypatch.setattr(Path, "lstat", lambda path: owned(path, os.lstat(path)))
    if followed:
        assert real_path(folder / "link") == tmp_path.resolve() / "target"
    else:
        with pytest.raises(PermissionError, match=r"a link of another user .* in a world-writable folder"):
            real_path(folder / "link")
