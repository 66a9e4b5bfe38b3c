"""The two streams."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from hsync.cli import console, group
from hsync.session.origin import meta


def written(stream: io.TextIOWrapper) -> bytes:
    """The text that was written to a stream."""
    stream.seek(0)
    return bytes(stream.buffer.read())


def test_data_goes_to_streams_of_text_and_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = io.StringIO()
    monkeypatch.setattr(sys, "stdout", text)
    console.out("data\n")
    binary = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", binary)
    console.out("d\xe4ta \udce9\n")
    assert text.getvalue() == "data\n"
    assert written(binary) == b"d\xc3\xa4ta \xe9\n"


def test_words_survive_a_terminal_that_knows_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", stream)
    console.say("100 \u2192 50\x1b")
    assert written(stream) == b"100 ? 50\\x1b\n"


def test_somebody_can_be_asked_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not console.is_interactive()


def test_the_entry_point_leaves_with_a_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hsync", "--version"])
    with pytest.raises(SystemExit) as end:
        group.main()
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith("hsync ")


def test_a_plan_says_who_made_it_even_where_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert (meta(tmp_path).git, meta(tmp_path).user) == ("", "")
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert meta(tmp_path).git == ""


def test_a_plan_names_the_commit_of_its_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = tmp_path / "git"
    git.write_text("#!/bin/sh\necho 8a41c0e-dirty\n")
    git.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda _: str(git))
    assert meta(tmp_path).git == "8a41c0e-dirty"
