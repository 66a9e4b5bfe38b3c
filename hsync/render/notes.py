"""notes: the progress of a rendering, for the place in the error after it was killed.

A rendering that is killed cannot report its place. So it notes in advance which file it reads next, and which lines of
a compiled template correspond to which lines of its source. The current line is in the traceback that Python writes.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Notes"]


class Notes:
    """Notes of the progress, which are dropped here; `child` has a subclass that writes them to a pipe."""

    file = ""
    """The current file, for messages."""

    def reading(self, name: str) -> None:
        """Note the file that is read next.

        Args:
            name: its name for messages.
        """
        self.file = name

    def compiled(self, code: str, name: str, lines: Sequence[tuple[int, int]]) -> None:
        """Note the compiled code of a template.

        Args:
            code: the file name of its Python code in tracebacks.
            name: the name of the template for messages.
            lines: pairs of a line of the template and a line of the code.
        """
