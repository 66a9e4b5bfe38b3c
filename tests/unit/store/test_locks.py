from __future__ import annotations

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hsync.errors import InputError, LockedError
from hsync.store.locks import lock
from hsync.store.places import Place, file_of


def edge1(folder: Path) -> Place:
    return Place(folder, "edge1", "https://edge1")


def edge2(folder: Path) -> Place:
    return Place(folder, "edge2", "https://edge2")


HOLDER = edge1(Path()).lock_file(".holder")
LOCK = edge1(Path()).lock_file(".lock")


def test_the_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with lock(edge1(tmp_path / "state")), pytest.raises(LockedError) as caught, lock(edge1(tmp_path / "state")):
        pass
    assert f"process {os.getpid()} of {getpass.getuser()} on " in caught.value.message
    assert ", since 2" in caught.value.message
    assert "--lock-timeout" in caught.value.hint
    assert caught.value.exit_code == 5


def test_the_lock_is_free_afterwards_and_for_other_targets(tmp_path: Path) -> None:
    with lock(edge1(tmp_path)), lock(edge2(tmp_path)):
        pass
    with pytest.raises(RuntimeError, match="it broke"), lock(edge1(tmp_path)):
        raise RuntimeError("it broke")
    with lock(edge1(tmp_path)):
        assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
            [HOLDER.name, LOCK.name, edge2(tmp_path).lock_file(".lock").name]
        )
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(
        [LOCK.name, edge2(tmp_path).lock_file(".lock").name]
    )


CHILD = """
import os, sys
from pathlib import Path
from hsync.store.locks import lock
from hsync.store.places import Place
with lock(Place(Path(sys.argv[1]), "edge1", "https://edge1")):
    print("held", flush=True)
    sys.stdin.read()
    os._exit(9)
"""


def test_a_run_that_dies_lets_go(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    with pytest.raises(LockedError, match=f"process {child.pid} "), lock(edge1(tmp_path)):
        pass
    child.communicate()
    assert child.returncode == 9
    assert (tmp_path / HOLDER).exists()
    with lock(edge1(tmp_path), timeout=5):
        assert f'"pid": {os.getpid()}' in (tmp_path / HOLDER).read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{}", "[]", "null"])
def test_a_holder_that_says_nothing_is_still_a_holder(tmp_path: Path, text: str) -> None:
    with lock(edge1(tmp_path)):
        (tmp_path / HOLDER).write_text(text, encoding="utf-8")
        with pytest.raises(LockedError, match="its process is unknown"), lock(edge1(tmp_path)):
            pass


def test_a_lock_that_cannot_be_announced_is_held_all_the_same(tmp_path: Path) -> None:
    (tmp_path / HOLDER).mkdir()
    with lock(edge1(tmp_path)), pytest.raises(LockedError), lock(edge1(tmp_path)):
        pass


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    with (
        pytest.raises(InputError, match=r"cannot lock .*edge1-[0-9a-f]{8}.lock: ") as caught,
        lock(edge1(tmp_path / "state")),
    ):
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
