from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hsync.errors import InputError, LockedError
from hsync.store.locks import file_of, lock


def test_the_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with lock(tmp_path / "state", "edge1"), pytest.raises(LockedError) as caught, lock(tmp_path / "state", "edge1"):
        pass
    assert f"process {os.getpid()} on " in caught.value.message
    assert ", since 2" in caught.value.message
    assert "--lock-timeout" in caught.value.hint
    assert caught.value.exit_code == 5


def test_the_lock_is_free_afterwards_and_for_other_targets(tmp_path: Path) -> None:
    with lock(tmp_path, "edge1"), lock(tmp_path, "edge2"):
        pass
    with pytest.raises(RuntimeError, match="it broke"), lock(tmp_path, "edge1"):
        raise RuntimeError("it broke")
    with lock(tmp_path, "edge1"):
        assert sorted(file.name for file in tmp_path.iterdir()) == ["edge1.holder", "edge1.lock", "edge2.lock"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["edge1.lock", "edge2.lock"]


CHILD = """
import os, sys
from pathlib import Path
from hsync.store.locks import lock
with lock(Path(sys.argv[1]), "edge1"):
    print("held", flush=True)
    sys.stdin.read()
    os._exit(9)
"""


def test_a_run_that_dies_lets_go(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(LockedError, match=f"process {child.pid} "), lock(tmp_path, "edge1"):
        pass
    child.communicate()
    assert child.returncode == 9
    assert (tmp_path / "edge1.holder").exists()
    with lock(tmp_path, "edge1", timeout=5):
        assert f'"pid": {os.getpid()}' in (tmp_path / "edge1.holder").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null"])
def test_a_holder_that_says_nothing_is_still_a_holder(tmp_path: Path, text: str) -> None:
    with lock(tmp_path, "edge1"):
        (tmp_path / "edge1.holder").write_text(text, encoding="utf-8")
        with pytest.raises(LockedError, match="it did not write who it is"), lock(tmp_path, "edge1"):
            pass


def test_a_lock_that_cannot_be_announced_is_held_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "edge1.holder").mkdir()
    with lock(tmp_path, "edge1"), pytest.raises(LockedError), lock(tmp_path, "edge1"):
        pass


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot lock .*edge1.lock: ") as caught, lock(tmp_path / "state", "edge1"):
        pass
    assert "state folder" in caught.value.hint


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("edge1", "edge1.json"),
        ("https://edge1:5555", "https:%2F%2Fedge1:5555.json"),
        ("../../etc/x", "..%2F..%2Fetc%2Fx.json"),
        ("a\n\udce9", "a%0A%E9.json"),
    ],
)
def test_a_target_s_file_stays_in_the_folder(target: str, name: str) -> None:
    assert file_of(Path("state"), target, ".json") == Path("state") / name
