"""look: how wide and how colourful a text may be. The place where output meets the terminal's abilities.

Rule 1: colours go on a text after it was cut: an escape sequence has no width and must not be cut in two.
Rule 2: colour says nothing that a sign does not say as well.

Source: NO_COLOR (no-color.org): any value but an empty one turns colours off.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

__all__ = ["PLAIN", "STYLE", "Look", "look_of"]

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}

_ANY = f"(?:{'|'.join(_CODES.values())})"
STYLE = re.compile(rf"(\x1b\[(?:0|{_ANY}(?:;{_ANY})*)m)")
"""All that `Look.paint` adds to a text."""

NARROWEST = 40
"""Columns; a terminal that says less is not believed."""

ENDLESS = 100_000
"""Columns of something that is not a terminal: nothing is cut there."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a text is to look.

    Args:
        width: columns that a line may take.
        colour: whether escape sequences are wanted.
    """

    width: int = ENDLESS
    colour: bool = False

    def paint(self, text: str, *styles: str) -> str:
        """The text with styles (`bold`, `dim`, `red`, `green`, `yellow`, `cyan`), when colours are wanted."""
        if not self.colour or not text:
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"


PLAIN = Look()
"""For pipes and files."""


def look_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> Look:
    """The look for a stream: colours and the terminal's width only where it is a terminal.

    Args:
        stream: where the text goes.
        environment: for NO_COLOR and TERM.
    """
    if not stream.isatty():
        return PLAIN
    colour = not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    return Look(max(NARROWEST, shutil.get_terminal_size((100, 24)).columns), colour)
