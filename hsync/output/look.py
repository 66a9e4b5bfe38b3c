"""look: width and colours of the output, according to the terminal.

Rule 1: a text is cut before it is coloured: an escape sequence has no width and must not be cut in two.
Rule 2: each colour has a sign with the same meaning, for terminals without colours.

Source: NO_COLOR (no-color.org): any value but an empty one turns colours off.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

__all__ = ["PLAIN", "STYLE", "Look", "look_of"]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

_ANY = f"(?:{'|'.join(_CODES.values())})"
STYLE = re.compile(rf"(\x1b\[(?:0|{_ANY}(?:;{_ANY})*)m)")
"""The escape sequences that `Look.paint` adds to a text."""

NARROWEST = 40
"""Minimum terminal width: narrower terminals are treated as this wide."""

ENDLESS = 100_000
"""Width for output that is not a terminal: nothing is cut there."""


@dataclass(frozen=True, slots=True)
class Look:
    """Width and colours of a text.

    Args:
        width: maximum number of columns of a line.
        colour: whether to add escape sequences for colours.
    """

    width: int = ENDLESS
    colour: bool = False

    def paint(self, text: str, *styles: str) -> str:
        """The text with styles (`bold`, `dim`, `red`, `green`, `yellow`, `cyan`); unchanged if colours are off."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


PLAIN = Look()
"""The look for pipes and files."""


def look_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Look:
    """The look for a stream: the terminal's width and colours if it is a terminal, else PLAIN.

    Args:
        stream: the output.
        environment: variables of the process: NO_COLOR and TERM.
    """
    if not stream.isatty():
        return PLAIN
    colour = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    import shutil  # only a page needs the width, not a version or an error

    return Look(max(NARROWEST, shutil.get_terminal_size((100, 24)).columns), colour)
