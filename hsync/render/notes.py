"""notes: what a rendering is at, for who watches it from outside and must say where it was when it was ended.

A rendering that is ended from outside cannot say where it is. So it tells beforehand which file is read next, and which
lines of a compiled template are which lines of its source; the rest is in the traceback that Python leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["Notes"]


class Notes:
    """Takes notes, and drops them; `child` has one that writes them down."""

    file = ""
    """What is being read, for messages."""

    def reading(self, name: str) -> None:
        """Say which file is read next.

        Args:
            name: as messages show it.
        """
        self.file = name

    def compiled(self, code: str, name: str, lines: Sequence[tuple[int, int]]) -> None:
        """Say what a template was compiled to.

        Args:
            code: the file name that its Python code has in tracebacks.
            name: of the template, as messages show it.
            lines: line of the template and line of the code, each.
        """
