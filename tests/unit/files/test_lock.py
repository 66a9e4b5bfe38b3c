"""One holder at a time, among processes and threads, and no harm to what somebody planted."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hsync.files import FileLock
from tests.planting import LAYOUTS, PRECIOUS


def test_a_lock_is_held_by_one_thread_which_may_take_it_again(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    got: list[bool] = []

    def try_it() -> None:
        for one in (lock, other):
            got.append(one.acquire(0))
            if got[-1]:
                one.release()

    def in_a_thread() -> list[bool]:
        got.clear()
        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join()
        return list(got)

    assert lock.acquire(0)
    assert lock.acquire(0)
    assert not other.acquire(0.02)
    assert in_a_thread() == [False, False]
    lock.release()
    assert in_a_thread() == [False, False]
    lock.release()
    assert in_a_thread() == [True, True]


CHILD = """
import sys
from pathlib import Path
from hsync.files import FileLock
assert FileLock(Path(sys.argv[1])).acquire(0)
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x.lock")
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, lock.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert not lock.acquire(0)
        child.kill()
    assert lock.acquire(5)
    lock.release()


def test_a_waiting_one_gets_it_when_it_is_given_back(tmp_path: Path) -> None:
    lock, got = FileLock(tmp_path / "x.lock"), list[bool]()
    assert lock.acquire(0)
    thread = threading.Thread(target=lambda: got.append(FileLock(lock.path).acquire(30)))
    thread.start()
    thread.join(0.05)
    assert got == []
    lock.release()
    thread.join()
    assert got == [True]


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_the_file_is_private_and_empty(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        lock = FileLock(tmp_path / "x.lock")
        assert lock.acquire(0)
        lock.release()
    finally:
        os.umask(before)
    assert (stat.S_IMODE(lock.path.stat().st_mode), lock.path.stat().st_size) == (0o600, 0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_planted_in_its_place_is_not_harmed(tmp_path: Path, layout: str) -> None:
    outside, lock = tmp_path / "outside", FileLock(tmp_path / "x.lock")
    outside.mkdir()
    (outside / "file").write_bytes(PRECIOUS)
    (outside / "file").chmod(0o640)
    LAYOUTS[layout](lock.path, outside)
    if layout == "hard link":
        assert lock.acquire(0)
        lock.release()
    else:
        with pytest.raises(OSError, match=r"link|directory|not a regular file"):
            lock.acquire(0)
    assert [one.name for one in outside.iterdir()] == ["file"]
    assert (outside / "file").read_bytes() == PRECIOUS
    assert stat.S_IMODE((outside / "file").stat().st_mode) == 0o640


def test_an_interrupt_while_waiting_leaves_no_open_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    lock = FileLock(tmp_path / "x.lock")
    assert lock.acquire(0)
    before = len(list(Path("/proc/self/fd").iterdir()))
    monkeypatch.setattr("time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        FileLock(lock.path).acquire(5)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    lock.release()
