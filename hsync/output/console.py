"""console: the exit of all text: standard output and standard error. Nothing else writes to them.

Rule 1: all of them hide the secrets that the run knows, except `data` with `reveal`.
Rule 2: all of them make the text safe for a terminal, except `data` if standard output is not a terminal.
Rule 3: only `out` keeps colours: its texts are made of plain text (`hsync.output.safe.of_plain_text`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from hsync.output.safe import fit, hanging, plain, plain_lines
from hsync.process.streams import write_error, write_output
from hsync.secrecy import hide as hidden

__all__ = ["data", "out", "say", "say_page", "tell", "warn"]


def out(page: str) -> None:
    """Write a text of `hsync.output` to standard output.

    Args:
        page: lines, with a final line feed.

    Raises:
        OutputError: standard output is closed or full.
        BrokenPipeError: the reader of the pipe has closed it.
    """
    write_output(fit(hidden(page)))


def data(text: str, *, reveal: bool = False) -> None:
    """Write data to standard output: unchanged to a file or pipe, safe to a terminal.

    Args:
        text: lines, with a final line feed.
        reveal: whether to keep the secrets in it.

    Raises:
        OutputError: standard output is closed or full.
        BrokenPipeError: the reader of the pipe has closed it.
    """
    shown = text if reveal else hidden(text)
    write_output(plain_lines(shown) if sys.stdout.isatty() else shown)


def say(words: str) -> None:
    """Write one line to standard error."""
    write_error(f"{plain(hidden(words, words=True))}\n")


def say_page(page: str) -> None:
    """Write lines without colours to standard error."""
    write_error(f"{plain_lines(hidden(page, words=True))}\n")


def tell(message: str, hint: str) -> None:
    """Write an error to standard error.

    Args:
        message: one line, or several: details are on the further lines.
        hint: a remedy; "" for none.
    """
    write_error(f"{hanging(hidden(f'Error: {message}', words=True))}\n")
    if hint:
        say(f"hint: {hint}")


def warn(faults: Iterable[str]) -> None:
    """Write warnings to standard error."""
    for one in faults:
        say(f"Warning: {one}")
