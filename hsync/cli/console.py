"""console: what a verb writes and asks. Everything that it writes goes through one of these functions.

Rule 1: all of them hide the secrets that the run knows, but for `data` that is to reveal them.
Rule 2: all of them make it safe for a terminal, but for `data`, which goes out as it is where no terminal shows it.
Rule 3: colours pass `out` only: what it gets was made of plain text (`hsync.output.safe.of_plain_text`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from hsync.output.safe import fit, hanging, plain, plain_lines
from hsync.process.streams import write_error, write_output
from hsync.secrecy import hide as hidden

__all__ = ["asked", "confirmed", "data", "is_interactive", "out", "say", "say_page", "tell", "warn"]


def out(page: str) -> None:
    """Write what an output made to standard output.

    Args:
        page: lines, with a final line feed.

    Raises:
        OutputError: it is closed or full.
        BrokenPipeError: whoever read it has gone.
    """
    write_output(fit(hidden(page)))


def data(text: str, *, reveal: bool = False) -> None:
    """Write a text that others go on with to standard output: as it is, but to a terminal without what acts on it.

    Args:
        text: lines, with a final line feed.
        reveal: whether the secrets in it are wanted.

    Raises:
        OutputError: it is closed or full.
        BrokenPipeError: whoever read it has gone.
    """
    shown = text if reveal else hidden(text)
    write_output(plain_lines(shown) if sys.stdout.isatty() else shown)


def say(words: str) -> None:
    """Write one line to standard error."""
    write_error(f"{plain(hidden(words, words=True))}\n")


def say_page(page: str) -> None:
    """Write lines to standard error: what an output made without colours, or a usage."""
    write_error(f"{plain_lines(hidden(page, words=True))}\n")


def tell(message: str, hint: str) -> None:
    """Write an error to standard error.

    Args:
        message: one line, or several, of which the further ones say more.
        hint: what to do; "" for nothing.
    """
    write_error(f"{hanging(hidden(f'Error: {message}', words=True))}\n")
    if hint:
        say(f"hint: {hint}")


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
        answer: str = click.prompt(
            plain(hidden(question, words=True)), empty, hide, show_default=False, prompt_suffix=suffix, err=True
        )
    except click.Abort as stop:
        raise KeyboardInterrupt from stop.__context__
    return answer


def confirmed(question: str) -> bool:
    """Ask on the terminal; only a typed `yes` is one."""
    return asked(question).strip() == "yes"
