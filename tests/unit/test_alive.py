"""Whether a process is still there: alive, ended, ended without anybody who waits for it, and on a system without /proc."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hsync.process import alive
from hsync.process.alive import is_alive, started_at


def ended(*, waited: bool) -> int:
    """The id of a process that has ended."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    if waited:
        os.waitpid(child, 0)
    return child


def test_this_process_is_there() -> None:
    started = started_at(os.getpid())
    assert started.isdigit()
    assert is_alive(os.getpid(), started)
    assert not is_alive(os.getpid(), f"{started}0"), "another process with the same id"
    assert not is_alive(os.getpid(), "")


@pytest.mark.parametrize("waited", [True, False])
def test_a_process_that_has_ended_is_not(waited: bool) -> None:
    child = ended(waited=waited)
    assert started_at(child) == ""
    if not waited:
        os.waitpid(child, 0)


def test_a_file_of_the_system_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "PROC", tmp_path)
    (tmp_path / "self").mkdir()
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text("7 (x) S 1")
    assert started_at(7) == ""


def test_without_proc_the_id_has_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alive, "PROC", tmp_path)
    assert is_alive(os.getpid(), started_at(os.getpid()))
    assert started_at(ended(waited=True)) == ""

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert started_at(1) == "?", "the process of another user"
