"""Colours and widths, only on a terminal."""

from __future__ import annotations

import io

import pytest

from hsync.output.look import NARROWEST, PLAIN, Look, look_of


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def test_no_colour_and_no_end_on_a_pipe() -> None:
    assert look_of(io.StringIO(), {}) == PLAIN
    assert PLAIN.paint("text", "bold") == "text"


COLOURS = [
    ({}, True),
    ({"NO_COLOR": ""}, True),
    ({"NO_COLOR": "1"}, False),
    ({"TERM": "dumb"}, False),
    ({"TERM": "xterm"}, True),
]


@pytest.mark.parametrize(("environment", "colour"), COLOURS)
def test_colour_on_a_terminal(environment: dict[str, str], colour: bool) -> None:
    assert look_of(Terminal(), environment).colour is colour


def test_the_width_is_the_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "77")
    assert look_of(Terminal(), {}).width == 77
    monkeypatch.setenv("COLUMNS", "3")
    assert look_of(Terminal(), {}).width == NARROWEST


def test_paint_wraps_a_text_in_one_sequence() -> None:
    look = Look(80, colour=True)
    assert look.paint("text", "bold", "red") == "\x1b[1;31mtext\x1b[0m"
    assert look.paint("", "bold") == ""
