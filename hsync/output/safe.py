r"""safe: text from outside made fit for a terminal and for markdown.

Rule 1: what cannot be seen, or acts on a terminal, is shown as `\xNN` (a byte) or `\uNNNN` (a character).
A tab becomes one blank.
Rule 2: whoever prints text that hsync did not write calls one of these functions, and only once.

Source: ECMA-48 (control functions); Unicode TR 36 (bidirectional controls, invisible characters).
"""

from __future__ import annotations

import re
from itertools import accumulate

__all__ = ["ELLIPSIS", "code", "cut", "fenced", "plain", "plain_lines", "prose", "width_of"]

_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)

ELLIPSIS = "…"


def plain(text: str) -> str:
    """Text as one line that does nothing to a terminal.

    Args:
        text: anything; bytes that are not UTF-8 travel as surrogates.
    """
    return _UNSAFE.sub(_shown, text)


def plain_lines(text: str) -> str:
    """The same for text of several lines: line feeds stay."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _shown(match: re.Match[str]) -> str:
    point = ord(match[0])
    if point == 0x09:
        return " "
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def width_of(text: str) -> int:
    """Columns that a plain text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    import unicodedata

    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def cut(text: str, room: int) -> str:
    """A plain text that fits into so many columns; what was cut is marked.

    Args:
        text: a plain text.
        room: columns; less than one counts as one.
    """
    if width_of(text) <= room:
        return text
    used = accumulate(map(_columns, text), initial=1)
    fitting = sum(columns <= room for columns in used) - 1
    return text[: max(fitting, 0)] + ELLIPSIS


def fenced(lines: list[str], language: str = "") -> list[str]:
    """Lines as a fenced block of markdown; the fence is longer than any run of backquotes inside."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return [fence + language, *(plain(line) for line in lines), fence]


def code(text: str) -> str:
    """Text as inline code of markdown, also inside a table."""
    shown = plain(text).replace("|", "\\|")
    runs = [len(run) for run in re.findall("`+", shown)]
    if not runs:
        return f"`{shown}`" if shown.strip() else "(empty)"
    fence = "`" * (max(runs) + 1)
    return f"{fence} {shown} {fence}"


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&@]|:(?=//)|(?<=\bwww)\.)", re.IGNORECASE)


def prose(text: str) -> str:
    """Text as words of markdown: nothing in it is a link, an image, HTML, a mention or an emphasis."""
    return _MARKDOWN.sub(r"\\\1", plain(text))
