"""Only regular files are read."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from hsync.files import read_file


def test_a_file_is_read_up_to_a_byte_more_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    assert read_file(tmp_path / "file", max_bytes=10) == b"0123456789"
    assert read_file(tmp_path / "file", max_bytes=5) == b"012345"


def test_a_link_is_followed_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert read_file(tmp_path / "link", max_bytes=10) == b"x"
    with pytest.raises(OSError, match="symbolic links"):
        read_file(tmp_path / "link", max_bytes=10, follow=False)


@pytest.mark.parametrize(
    ("kind", "words"), [("pipe", "not a regular file"), ("folder", "Is a directory"), ("device", "not a regular file")]
)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, kind: str, words: str) -> None:
    path = tmp_path / "thing"
    if kind == "device":
        path = Path("/dev/zero")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match=words):
        read_file(path, max_bytes=10)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
        with pytest.raises(OSError, match=r"No such device|not a regular file"):
            read_file(tmp_path / "s", max_bytes=10)
