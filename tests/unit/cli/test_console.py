"""The two streams."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hsync.cli import group, questions
from hsync.output import console
from hsync.output.safe import plain
from hsync.session.origin import meta
from tests.hostile import CHARACTERS, payload, screen_of
from tests.unit.output.test_look import Terminal


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
    console.data("d\xe4ta \udce9\n")
    assert text.getvalue() == "data\n"
    assert written(binary) == b"d\xc3\xa4ta \xe9\n"


def test_words_survive_a_terminal_that_knows_ascii_only(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stderr", stream)
    console.say("100 \u2192 50\x1b")
    assert written(stream) == b"100 ? 50\\x1b\n"


RED = "\x1b[31mred\x1b[0m"


def test_what_others_go_on_with_stays_as_it_is_but_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"one\r\n\ttwo {RED}\x9b\u202e\n"
    pipe, terminal = io.StringIO(newline=""), Terminal()
    for stream in (pipe, terminal):
        monkeypatch.setattr(sys, "stdout", stream)
        console.data(text)
    assert pipe.getvalue() == text
    assert terminal.getvalue() == "one\\x0d\n two \\x1b[31mred\\x1b[0m\\x9b\\u202e\n"


WAYS: dict[str, tuple[Callable[[str], None], str]] = {
    "say": (console.say, "{}\n"),
    "warn": (lambda words: console.warn([words, words]), "Warning: {}\nWarning: {}\n"),
    "tell": (lambda words: console.tell(words.replace("\n", ""), words), "Error: {}\n" + "hint: {}\n"),
    "say_page": (lambda words: console.say_page(words.replace("\n", "")), "{}\n"),
}


@pytest.mark.parametrize("way", WAYS)
def test_words_to_standard_error_are_text(monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    write, form = WAYS[way]
    for character in CHARACTERS.values():
        stream, bad = Terminal(), payload(character) + RED
        monkeypatch.setattr(sys, "stderr", stream)
        write(bad)
        whole, lined = plain(bad), plain(bad.replace("\n", ""))
        expected = {"tell": (lined, whole), "say_page": (lined,)}.get(way, (whole, whole))
        assert stream.getvalue() == form.format(*expected)
        screen_of(stream.getvalue())


def test_further_lines_of_an_error_are_not_at_the_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    console.tell("one\nhint: evil\n  two", "good")
    assert stream.getvalue() == "Error: one\n  hint: evil\n  two\nhint: good\n"


def test_colours_go_to_standard_output_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", stream := Terminal())
    console.out(f"{RED}\x1b[2J\n")
    assert stream.getvalue() == f"{RED}\\x1b[2J\n"


def test_somebody_can_be_asked_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert not questions.is_interactive()


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
