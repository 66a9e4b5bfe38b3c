r"""Words: one line of haproxy.cfg, split as HAProxy splits it.

A word has its raw spelling and its decoded value: decoded words are compared, raw words are written, and no word is
quoted anew.

Theory of operation: `str.split` splits an ASCII line without quotes, backslashes or `#`, unless it has a character that
is a blank only for Python (FS, GS, RS, US). A scanner with three states (bare, "weak", 'strong') splits all other
lines. `#` outside of quotes starts a comment, even inside of a word. HAProxy expands variables when it reads the file,
so `$` stays in the word. In weak quotes `$` begins a variable and `\$` is a dollar sign, so a decoded word has VARIABLE
before the `$` of a variable: `"\$A"` and `"$A"` must not be equal.

Source: HAProxy manual 2.2 "Quoting and escaping"; docs/reference/haproxy-cfg.md section 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

__all__ = [
    "BLANK",
    "VARIABLE",
    "Split",
    "Word",
    "decode",
    "has_fault",
    "is_plain",
    "join_raw",
    "meaning",
    "raw_words",
    "split",
]

VARIABLE = "\x01"
"""Marks a variable in a decoded word: HAProxy expands the `$` that follows (only in weak quotes)."""

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", " ": " ", "\\": "\\", "#": "#", "'": "'", '"': '"'}
BLANK = " \t\r\n\v\f"
"""The characters between words, as C's `isspace` has them; Python's `str.isspace` has more."""
_HEX = re.compile("[0-9A-Fa-f]{2}")
_RUN = re.compile("[^ \t\r\n\v\f#\"'\\\\]+")
"""Characters without a special meaning, outside of quotes."""
_WEAK_RUN = re.compile('[^"\\\\]+')
"""Characters without a special meaning, inside of weak quotes."""


class Word(NamedTuple):
    """A word of a line: `raw` as written, `value` decoded, `column` 1-based."""

    raw: str
    value: str
    column: int


class Split(NamedTuple):
    """The parts of a line. `comment` has no `#`. `fault`: message and column of an open quote or a bad escape."""

    words: tuple[Word, ...]
    comment: str | None = None
    fault: tuple[str, int] | None = None


def is_plain(line: str) -> bool:
    """Whether `str.split` gives the words of the line: it has no quotes, escapes or comment."""
    return (
        line.isascii()
        and "\\" not in line
        and '"' not in line
        and "'" not in line
        and "#" not in line
        and not ("\x1c" in line or "\x1d" in line or "\x1e" in line or "\x1f" in line)
    )


def raw_words(line: str) -> list[str]:
    """The raw words of a line, without its comment; the API has these in its JSON values."""
    if is_plain(line):
        return line.split()
    return [word.raw for word in split(line).words]


def split(line: str) -> Split:
    """Split one line (with or without its line end) into words.

    Args:
        line: the text of the line.

    Returns:
        Words, comment and the first fault. The words of a faulty line have all of its text.
    """
    if is_plain(line):
        return Split(tuple(_plain(line)))
    return _scan(line)


def _plain(line: str) -> list[Word]:
    words, at = [], 0
    for raw in line.split():
        at = line.index(raw, at)
        words.append(Word(raw, raw, at + 1))
        at += len(raw)
    return words


class _Scanner:
    """Scans one line; `take_word` moves `at` to the end of the word."""

    def __init__(self, line: str) -> None:
        self.line = line.rstrip("\r\n")
        self.at = 0
        self.fault: tuple[str, int] | None = None

    def take_word(self) -> Word:
        start, value = self.at, []
        while self.at < len(self.line):
            if run := _RUN.match(self.line, self.at):
                value.append(run[0])
                self.at = run.end()
            elif take := _TAKERS.get(self.line[self.at]):
                value.append(take(self))
            else:
                break
        return Word(self.line[start : self.at], "".join(value), start + 1)

    def take_character(self) -> str:
        self.at += 1
        return self.line[self.at - 1]

    def take_strong(self) -> str:
        end = self.line.find("'", self.at + 1)
        return self.take_unterminated("'") if end < 0 else self.take_until(end)

    def take_until(self, end: int) -> str:
        text = self.line[self.at + 1 : end]
        self.at = end + 1
        return text

    def take_unterminated(self, quote: str) -> str:
        self.fault = self.fault or (f"unmatched {quote}", self.at + 1)
        text = self.line[self.at :]
        self.at = len(self.line)
        return text

    def take_weak(self) -> str:
        start, value = self.at, []
        self.at += 1
        while self.at < len(self.line) and self.line[self.at] != '"':
            if self.line[self.at] == "\\":
                value.append(self.take_escape(weak=True))
            else:
                run = _WEAK_RUN.match(self.line, self.at)
                assert run is not None, "the character is neither a quote nor a backslash"
                value.append(run[0].replace("$", VARIABLE + "$"))
                self.at = run.end()
        if self.at >= len(self.line):
            self.at = start
            return self.take_unterminated('"')
        self.at += 1
        return "".join(value)

    def take_escape(self, *, weak: bool = False) -> str:
        following = self.line[self.at + 1 : self.at + 2]
        if following == "x":
            return self.take_hex()
        if following == "$" and weak:
            self.at += 2
            return "$"
        if following in _ESCAPES and following:
            self.at += 2
            return _ESCAPES[following]
        self.at += 1
        return "\\"

    def take_hex(self) -> str:
        digits = self.line[self.at + 2 : self.at + 4]
        if not _HEX.fullmatch(digits):
            self.fault = self.fault or ("\\x needs two hexadecimal digits", self.at + 1)
            return self.take_character()
        self.at += 4
        return chr(int(digits, 16))


_TAKERS: dict[str, Callable[[_Scanner], str]] = {
    '"': _Scanner.take_weak,
    "'": _Scanner.take_strong,
    "\\": _Scanner.take_escape,
}


def _scan(line: str) -> Split:
    scanner = _Scanner(line)
    words: list[Word] = []
    while True:
        while scanner.at < len(scanner.line) and scanner.line[scanner.at] in BLANK:
            scanner.at += 1
        if scanner.at >= len(scanner.line):
            return Split(tuple(words), None, scanner.fault)
        if scanner.line[scanner.at] == "#":
            return Split(tuple(words), scanner.line[scanner.at + 1 :], scanner.fault)
        words.append(scanner.take_word())


def has_fault(line: str) -> tuple[str, int] | None:
    """Message and column of the first fault in the quoting of a line; None if there is none."""
    return None if is_plain(line) else _scan(line).fault


def decode(text: str) -> tuple[str, ...]:
    """The decoded words of raw text (a line, or a JSON value that keeps its raw spelling)."""
    if is_plain(text):
        return tuple(text.split())
    return tuple(word.value for word in _scan(text).words)


@lru_cache(maxsize=65536)
def meaning(text: str) -> str:
    r"""A string that is equal for texts with equal decoded words: `a "b c"` and `a b\ c`, but not `a b c`."""
    return "\x1f".join(decode(text))


def join_raw(words: list[str] | tuple[str, ...]) -> str:
    """The text of raw words, with single blanks between them."""
    return " ".join(words)
