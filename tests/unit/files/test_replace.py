"""A file is replaced as a whole or not at all, and no write goes through a link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from hsync.files import Folder, opened_folder, private_folder, reason, replace_file, stage, sync_folder


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
@pytest.mark.parametrize(
    ("old", "mode", "expected"),
    [
        (None, None, 0o600),
        (None, 0o640, 0o640),
        (0o640, None, 0o640),
        (0o666, 0o600, 0o600),
        (0o400, None, 0o400),
        (0o2755, None, 0o2755),
    ],
)
def test_the_mode_is_the_given_one_or_the_old_one_whatever_the_umask_is(
    tmp_path: Path, umask: int, old: int | None, mode: int | None, expected: int
) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(b"old")
        path.chmod(old)
    before = os.umask(umask)
    try:
        replace_file(path, b"new", mode=mode)
    finally:
        os.umask(before)
    assert (path.read_bytes(), mode_of(path)) == (b"new", expected)


def test_the_mode_may_come_from_another_file(tmp_path: Path) -> None:
    (tmp_path / "like").write_bytes(b"")
    (tmp_path / "like").chmod(0o604)
    replace_file(tmp_path / "file", b"new", like=tmp_path / "like")
    assert mode_of(tmp_path / "file") == 0o604


@pytest.mark.parametrize(
    ("refused", "mode"),
    [
        (set(), 0o640),
        ({"user"}, 0o640),
        ({"group"}, 0o600),  # the new group gets no more than all others
        ({"user", "group"}, 0o600),
    ],
)
def test_owner_and_group_are_kept_where_the_system_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: set[str], mode: int
) -> None:
    """Only root may give files away, so the status of the new file is made up."""
    given: dict[str, int] = {}
    real = os.fstat

    def of_root(handle: int) -> os.stat_result:
        return os.stat_result([*real(handle)[:4], 4711, 4712, *real(handle)[6:]])

    def give(_handle: int, user: int, group: int) -> None:
        what, number = ("group", group) if user == -1 else ("user", user)
        given[what] = number
        if what in refused:
            raise PermissionError

    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    monkeypatch.setattr(os, "fstat", of_root)
    monkeypatch.setattr(os, "fchown", give)
    replace_file(path, b"new")
    assert given == {"user": os.getuid(), "group": path.stat().st_gid}
    assert (path.read_bytes(), mode_of(path)) == (b"new", mode)


@pytest.mark.parametrize("name", ["x" * 255, "\U0001f600" * 63, "a\udce9" * 80, "[a]*", "-rf", "new"])
def test_names_of_any_length_are_written(tmp_path: Path, name: str) -> None:
    replace_file(tmp_path / name, b"new")
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("call", ["write", "fchmod", "fsync", "replace"])
def test_an_error_leaves_the_old_content_and_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="No space left on device"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_a_write_that_the_system_takes_in_pieces_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:3]))
    replace_file(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_the_content_is_synced_before_it_is_renamed_and_the_folder_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a power failure would leave depends on this order."""
    seen: list[str] = []

    def watch(name: str) -> None:
        real = getattr(os, name)

        def called(*args: object, **named: object) -> object:
            what = name
            if name == "fsync":
                assert isinstance(args[0], int)
                what = "sync of a folder" if stat.S_ISDIR(os.fstat(args[0]).st_mode) else "sync of a file"
            seen.append(what)
            return real(*args, **named)

        monkeypatch.setattr(os, name, called)

    for name in ("write", "fsync", "replace", "rmdir"):
        watch(name)
    replace_file(tmp_path / "file", b"new")
    assert seen == ["write", "sync of a file", "replace", "rmdir", "sync of a folder"]


def test_a_file_that_waits_has_its_final_mode(tmp_path: Path) -> None:
    (tmp_path / "like").write_bytes(b"")
    (tmp_path / "like").chmod(0o644)
    (tmp_path / "link").symlink_to("like")
    with opened_folder(tmp_path) as parent, private_folder(parent) as own:
        stage(own, "like", b"1", like=tmp_path / "like")
        stage(own, "link", b"2", like=tmp_path / "link")
        stage(own, "none", b"3", like=tmp_path / "none")
        stage(own, "given", b"4", mode=0o640)
        assert {one.name: mode_of(one) for one in own.path.iterdir()} == {
            "like": 0o644, "link": 0o600, "none": 0o600, "given": 0o640,
        }  # fmt: skip
        with pytest.raises(FileExistsError):
            stage(own, "like", b"5")


@pytest.mark.parametrize(("number", "raised"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_folder_that_cannot_be_synced_is_no_error_but_a_broken_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, raised: bool
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with opened_folder(tmp_path) as folder:
        if raised:
            with pytest.raises(OSError, match=os.strerror(number)):
                sync_folder(folder)
        else:
            sync_folder(folder)


def test_a_folder_that_may_not_be_read_is_not_synced(tmp_path: Path) -> None:
    with opened_folder(tmp_path) as folder:
        handle = os.open(__file__, os.O_RDONLY)
        try:
            sync_folder(Folder(folder.path, handle))  # no folder: it cannot be opened for reading
        finally:
            os.close(handle)


@pytest.mark.parametrize("link", ["/proc/self/fd/1", "/proc/self/fd/17"])
def test_a_stream_of_the_process_is_no_place_for_a_file(tmp_path: Path, link: str) -> None:
    """`-o /dev/stdout` would put a file into the place of that link, for all programs of the machine."""
    (tmp_path / "stdout").symlink_to(link)
    with pytest.raises(OSError, match="not a regular file"):
        replace_file(tmp_path / "stdout", b"new")
    assert (tmp_path / "stdout").is_symlink()


def test_an_error_without_a_number_speaks_too() -> None:
    assert reason(OSError("why")) == "why"
    assert reason(ValueError("embedded null byte")) == "embedded null byte"
