"""questions: what a verb asks on the terminal."""

from __future__ import annotations

import sys

import click

from hsync.output.safe import plain
from hsync.secrecy import hide as hidden

__all__ = ["asked", "confirmed", "is_interactive"]


def is_interactive() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin.isatty()


def asked(question: str, *, hide: bool = False) -> str:
    """Ask a question on the terminal. Returns the answer.

    Args:
        question: the text before the cursor.
        hide: whether to hide the answer while it is typed.

    Raises:
        KeyboardInterrupt: the user has interrupted the question, or closed the input.
    """
    empty, suffix = (None, ": ") if hide else ("", " ")
    try:
        answer: str = click.prompt(
            plain(hidden(question, words=True)), empty, hide, show_default=False, prompt_suffix=suffix, err=True
        )
    except click.Abort as stop:
        raise KeyboardInterrupt from stop.__context__
    return answer


def confirmed(question: str) -> bool:
    """Ask for a confirmation on the terminal; only the answer `yes` confirms."""
    return asked(question).strip() == "yes"
