"""progress: a progress bar while a plan is applied, only on a terminal. Only this module uses rich."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

from hsync.events import Event, Listener, Recovered, Step, TakenOver
from hsync.output.safe import plain

__all__ = ["progress_on", "shown_on"]

Progress = Callable[[str, int, int], None]
"""Called with the current step, the number of finished operations, and the number of all operations."""


@contextmanager
def progress_on(stream: TextIO) -> Iterator[Progress]:
    """A progress bar for the duration of the block; none if the stream is not a terminal.

    Args:
        stream: the output: standard error.
    """
    if not stream.isatty():
        yield _silent
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Words(TextColumn):
        """The description of a task, without markup."""

        def render(self, task: object) -> Text:
            return Text(str(getattr(task, "description", "")), no_wrap=True, overflow="ellipsis")

    console = Console(file=cast("TextIO", _Forgiving(stream)))
    with Bar(Words(""), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda words, done, total: bar.update(task, description=plain(words), completed=done, total=total)


def shown_on(progress: Progress, say: Callable[[str], None]) -> Listener:
    """A function that shows events on a terminal.

    Args:
        progress: called with each step.
        say: called with each message.
    """

    def show(event: Event) -> None:
        if isinstance(event, Step):
            progress(event.what, event.done, event.total)
        elif isinstance(event, Recovered | TakenOver):
            say(event.words)

    return show


class _Forgiving:
    """A terminal that may be closed: its errors are ignored, since the run does not depend on the progress bar."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, and ignore errors."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, and ignore errors."""
        with suppress(OSError):
            self._stream.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _silent(words: str, done: int, total: int) -> None:
    """A `Progress` that shows nothing."""
