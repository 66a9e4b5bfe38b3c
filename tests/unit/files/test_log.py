"""The log of a program that outlives hsync: private, begun anew, and never somebody else's file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hsync.files import opened_log


def test_a_log_is_private_and_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "x.log"
    for text in (b"first, and longer", b"second"):
        with opened_log(path) as handle:
            os.write(handle, text)
        assert path.read_bytes() == text
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_without_a_place_nothing_is_kept() -> None:
    with opened_log(None) as handle:
        assert os.write(handle, b"x") == 1


@pytest.mark.parametrize("what", ["link", "folder", "pipe"])
def test_what_is_no_file_is_refused(what: str, tmp_path: Path) -> None:
    path, other = tmp_path / "own" / "x.log", tmp_path / "other"
    path.parent.mkdir(mode=0o700)
    other.write_text("precious")
    if what == "link":
        path.symlink_to(other)
    elif what == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(OSError), opened_log(path):
        pass
    assert other.read_text() == "precious"
