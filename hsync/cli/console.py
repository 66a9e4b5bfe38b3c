"""console: what a verb writes and asks. Everything that a verb writes goes through `out` or `say`.

Rule 1: `out` takes text that an output made safe, or data that must stay as it is; `say` makes its words safe itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from hsync.output.safe import plain_lines
from hsync.process.streams import write_error, write_output

__all__ = ["asked", "confirmed", "is_interactive", "out", "say", "warn"]


def out(text: str) -> None:
    """Write data to standard output.

    Raises:
        OutputError: it is closed or full.
        BrokenPipeError: whoever read it has gone.
    """
    write_output(text)


def say(words: str) -> None:
    """Write words to standard error."""
    write_error(plain_lines(words) + "\n")


def warn(faults: Iterable[str]) -> None:
    """Write warnings to standard error."""
    for one in faults:
        say(f"Warning: {one}")


def is_interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def asked(question: str, *, hide: bool = False) -> str:
    """What somebody types on the terminal.

    Args:
        question: before the cursor.
        hide: do not show it.

    Raises:
        KeyboardInterrupt: nobody wants to say anything.
    """
    import click

    empty, suffix = (None, ": ") if hide else ("", " ")
    try:
        answer: str = click.prompt(question, empty, hide, show_default=False, prompt_suffix=suffix, err=True)
    except click.Abort as stop:
        raise KeyboardInterrupt from stop.__context__
    return answer


def confirmed(question: str) -> bool:
    """Ask on the terminal; only a typed `yes` is one."""
    return asked(question).strip() == "yes"
