"""questions: what a verb asks on the terminal."""

from __future__ import annotations

import sys

import click

from hsync.errors import InputError, UsageError
from hsync.output.safe import plain
from hsync.secrecy import hide as hidden

__all__ = ["agree", "asked", "confirmed", "is_interactive"]


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


def agree(question: str) -> None:
    """Ask for a confirmation without which nothing is done.

    Raises:
        UsageError: standard input is not a terminal.
        InputError: the answer is not `yes`.
    """
    if not is_interactive():
        raise UsageError("a confirmation is required, but standard input is not a terminal", hint="to agree: --yes")
    if not confirmed(question):
        raise InputError("not confirmed: nothing was changed")
