from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hsync.errors import InputError
from hsync.files import reason
from hsync.store.files import read_text, timestamp, write_text


def test_text_goes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_bytes(b"# caf\xe9\r\n\nglobal")
    text = read_text(path, max_bytes=100, kind="file")
    assert text == "# caf\udce9\r\n\nglobal"
    write_text(path, text)
    assert path.read_bytes() == b"# caf\xe9\r\n\nglobal"


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o640), (0o600, 0o600)])
def test_the_mode_of_a_file_is_kept_unless_given(tmp_path: Path, mode: int | None, expected: int) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write_text(path, "new", mode=mode)
    assert path.stat().st_mode & 0o777 == expected
    assert path.read_text(encoding="utf-8") == "new"


def test_a_new_file_is_private(tmp_path: Path) -> None:
    write_text(tmp_path / "file", "new")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o644)
    link.symlink_to(target)
    write_text(link, "new")
    assert target.read_text(encoding="utf-8") == "old"
    assert not link.is_symlink()
    assert link.stat().st_mode & 0o777 == 0o600


def test_a_write_that_dies_leaves_the_old_text_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"cannot write .*file: No space left on device") as caught:
        write_text(path, "new")
    assert caught.value.hint
    assert path.read_text(encoding="utf-8") == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*No such file or directory"):
        write_text(tmp_path / "none" / "file", "new")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_text("x" * 11, encoding="utf-8")
    for name, what in [
        ("none", "cannot read the plan file .*none: No such file or directory"),
        ("pipe", "pipe: not a regular file"),
        (".", "Is a directory"),
        ("long", "long: larger than 10 bytes"),
    ]:
        with pytest.raises(InputError, match=what) as caught:
            read_text(tmp_path / name, max_bytes=10, kind="plan file")
        assert caught.value.hint
    (tmp_path / "long").write_text("x" * 10, encoding="utf-8")
    assert read_text(tmp_path / "long", max_bytes=10, kind="plan file") == "x" * 10


def test_an_error_without_a_number_speaks_too() -> None:
    assert reason(OSError("why")) == "why"


def test_the_time_is_utc_to_the_second() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", timestamp())
    assert abs((datetime.now(UTC) - datetime.fromisoformat(timestamp())).total_seconds()) < 60
