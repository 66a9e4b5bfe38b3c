"""console: the two streams. Everything that a verb writes goes through `out` or `say`.

Rule 1: `out` takes text that an output made safe, or data that must stay as it is; `say` makes its words safe itself.
"""

from __future__ import annotations

import sys

from hsync.output.safe import plain_lines

__all__ = ["confirmed", "is_interactive", "out", "say", "version"]


def out(text: str) -> None:
    """Write data to standard output; bytes that are no UTF-8 go out as they came in."""
    stream = sys.stdout
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(text)
        return
    stream.flush()
    binary.write(text.encode("utf-8", "surrogateescape"))
    binary.flush()


def say(words: str) -> None:
    """Write words to standard error."""
    text = plain_lines(words) + "\n"
    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    sys.stderr.write(text.encode(encoding, "replace").decode(encoding))
    sys.stderr.flush()


def is_interactive() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def confirmed(question: str) -> bool:
    """Ask on the terminal; only a typed `yes` is one."""
    import click

    answer: str = click.prompt(question, default="", show_default=False, err=True, prompt_suffix=" ")
    return answer.strip() == "yes"


def version() -> str:
    """The version of hsync."""
    from hsync.version import __version__

    return __version__
