"""A file is replaced as a whole or not at all, and no write goes through a link."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from pathlib import Path

import pytest

from hsync.files import LEFTOVER_S, replace_file, sync_folder
from tests.architecture.source import modules


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("old", "mode", "new_mode", "expected"),
    [
        (None, None, 0o600, 0o600),
        (None, None, 0o644, 0o644),
        (None, 0o640, 0o644, 0o640),
        (0o640, None, 0o600, 0o640),
        (0o666, 0o600, 0o644, 0o600),
        (0o400, None, 0o600, 0o400),
    ],
)
def test_the_mode_is_the_given_one_or_the_old_one(
    tmp_path: Path, old: int | None, mode: int | None, new_mode: int, expected: int
) -> None:
    path = tmp_path / "file"
    if old is not None:
        path.write_bytes(b"old")
        path.chmod(old)
    replace_file(path, b"new", mode=mode, new_mode=new_mode)
    assert (path.read_bytes(), mode_of(path)) == (b"new", expected)


def test_the_mode_may_come_from_another_file(tmp_path: Path) -> None:
    (tmp_path / "like").write_bytes(b"")
    (tmp_path / "like").chmod(0o604)
    replace_file(tmp_path / "file", b"new", like=tmp_path / "like")
    assert mode_of(tmp_path / "file") == 0o604


@pytest.mark.parametrize("allowed", [True, False])
def test_the_owner_is_kept_where_the_system_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, allowed: bool
) -> None:
    """Only root may give files away, so the status of the new file is made up."""
    given: list[tuple[int, int]] = []
    real = os.fstat

    def of_root(handle: int) -> os.stat_result:
        return os.stat_result([*real(handle)[:4], 4711, 4712, *real(handle)[6:]])

    def give(_handle: int, user: int, group: int) -> None:
        given.append((user, group))
        if not allowed:
            raise PermissionError

    path = tmp_path / "file"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fstat", of_root)
    monkeypatch.setattr(os, "fchown", give)
    replace_file(path, b"new")
    assert given == [(os.getuid(), path.stat().st_gid)]
    assert path.read_bytes() == b"new"


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path) -> None:
    victim, link = tmp_path / "victim", tmp_path / "link"
    victim.write_bytes(b"old")
    victim.chmod(0o666)
    link.symlink_to(victim)
    replace_file(link, b"new")
    assert (victim.read_bytes(), link.read_bytes(), link.is_symlink(), mode_of(link)) == (b"old", b"new", False, 0o600)


def test_a_link_in_the_place_of_the_temporary_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"old")
    monkeypatch.setattr(secrets, "token_hex", lambda _bytes: "0" * 16)
    (tmp_path / f".file.{'0' * 16}.tmp").symlink_to(victim)
    with pytest.raises(FileExistsError):
        replace_file(tmp_path / "file", b"new")
    assert victim.read_bytes() == b"old"
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("name", ["x" * 255, "\U0001f600" * 63, "a\udce9" * 80, "[a]*"])
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
    if call == "write":
        monkeypatch.setattr(os, "fdopen", lambda handle, _mode: open(handle, "rb"))  # noqa: PTH123, SIM115
    else:
        monkeypatch.setattr(Path if call == "replace" else os, call, fail)
    with pytest.raises(OSError, match=r"No space left on device|write"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_only_old_temporary_files_of_the_same_path_are_swept(tmp_path: Path) -> None:
    names = {
        f".file.{'a' * 16}.tmp": LEFTOVER_S + 60,  # the only one that goes
        f".file.{'b' * 16}.tmp": LEFTOVER_S - 60,
        f".other.{'a' * 16}.tmp": LEFTOVER_S + 60,
        ".file.abc.tmp": LEFTOVER_S + 60,
        f"file.{'a' * 16}.tmp": LEFTOVER_S + 60,
    }
    replace_file(tmp_path / "file", b"old")
    now = (tmp_path / "file").stat().st_mtime
    for name, age in names.items():
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (now - age, now - age))
    (tmp_path / f".file.{'c' * 16}.tmp").mkdir()
    os.utime(tmp_path / f".file.{'c' * 16}.tmp", (0, 0))
    before = {path.name for path in tmp_path.iterdir()}
    replace_file(tmp_path / "file", b"new")
    assert before - {path.name for path in tmp_path.iterdir()} == {f".file.{'a' * 16}.tmp"}


@pytest.mark.parametrize(("number", "raised"), [(errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EIO, True)])
def test_a_folder_that_cannot_be_synced_is_no_error_but_a_broken_disk_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, *, raised: bool
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    if raised:
        with pytest.raises(OSError, match=os.strerror(number)):
            sync_folder(tmp_path)
    else:
        sync_folder(tmp_path)


def test_a_folder_that_may_not_be_read_is_not_synced(tmp_path: Path) -> None:
    sync_folder(tmp_path / "none")


def test_no_other_module_writes_temporary_files() -> None:
    calls = re.compile(r"\b(mkstemp|NamedTemporaryFile|O_EXCL|O_TRUNC|os\.(replace|rename|fsync))\b")
    found = {module.name for module in modules() if calls.search(module.path.read_text(encoding="utf-8"))}
    assert found == {"hsync.files"}
