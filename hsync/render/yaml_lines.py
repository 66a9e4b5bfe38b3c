"""yaml_lines: a fast reader of plain YAML, line by line; most files of variables are plain.

Rule 1: for each text that this module reads, `yaml_files` gives the same values and places; a test compares the two.
Any other text is left to `yaml_files`, also any text with a fault.

Plain YAML has: keys and values on one line, nested by indentation; lists; flow lists and objects that end on their
line; words of common characters, and quotes without escapes. It has no anchors, tags, merges, blocks of text, and words
over several lines.

Theory of operation: ruamel.yaml reads character by character and costs 100 us a line. Here regular expressions read
lines, about 20 times as fast, so that 50,000 servers in YAML are read in a second.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Protocol

__all__ = ["Lines", "NotPlainError", "read_lines"]

Path = tuple[str | int, ...]


class Word(Protocol):
    """Returns the value of a bare word. Raises NotPlainError if it has a fault."""

    def __call__(self, word: str, *, is_key: bool) -> object:
        """The value of a word.

        Args:
            word: the word.
            is_key: whether it is a key.
        """


Placed = Callable[[Path, int, int, str | None], None]
"""Called for each text in quotes, with path, line and column, and for each key of the first level, without a text."""

MAX_DEPTH = 50
"""Maximum number of levels of lists and objects that are read here."""

_ODD = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Tabs, other line ends, and characters that are not printable in YAML."""

_CHAR = r"[A-Za-z0-9_/.@%+=~()$-]"
_BARE = rf"(?:[A-Za-z0-9_/.+~($]|-(?=[A-Za-z0-9_/.]))(?:{_CHAR}|:(?=[A-Za-z0-9_/.])| (?={_CHAR}))*"
_QUOTED = r""""[^"\\]*"|'[^']*'"""
_KEY = rf"[A-Za-z_][A-Za-z0-9_.-]*|{_QUOTED}"

_PAIR = re.compile(rf"({_KEY}):(?: +|$)")
_SCALAR = re.compile(rf"({_QUOTED}|{_BARE})(?: +#.*| *)$")
_ITEM = re.compile(rf" *(?:({_KEY}): +)?({_QUOTED}|{_BARE}|[\[{{]) *")
_END = re.compile(r"(?: +#.*| *)$")
_EMPTY = re.compile(r"\[ *\]|\{ *\}")
_CLOSES = {"[": "]", "{": "}"}
_DOCUMENT = re.compile(r"---(?: +#.*| *)$")


class NotPlainError(Exception):
    """A text that is left to `yaml_files`."""


def read_lines(text: str, word: Word, placed: Placed) -> object:
    """The value of a text.

    Args:
        text: the text.
        word: the meaning of a bare word.
        placed: called with the places of texts in quotes and of keys of the first level.

    Raises:
        NotPlainError: the text is not plain, or has a fault.
    """
    if _ODD.search(text):
        raise NotPlainError
    lines = Lines(text, word, placed)
    value = lines.node(lines.column, ())
    if lines.column != _NOTHING:
        raise NotPlainError
    return value


_NOTHING = -1
"""The place of the line after the last one."""


class Lines:
    """The lines of a text with content; `line`, `column` (from 0) and `text` are those of the current line."""

    def __init__(self, text: str, word: Word, placed: Placed) -> None:
        self.word = word
        self.placed = placed
        self.left = _content(text)
        self.next()

    def next(self) -> None:
        """Go to the next line."""
        self.line, self.column, self.text = next(self.left, (0, _NOTHING, ""))

    @property
    def is_item(self) -> bool:
        """Whether the line is an item of a list."""
        return self.text[:1] == "-" and self.text[1:2] in {"", " "}

    def node(self, column: int, path: Path) -> object:
        """The list or object that begins at the current line."""
        if len(path) > MAX_DEPTH or column == _NOTHING:
            raise NotPlainError
        return self.sequence(column, path) if self.is_item else self.mapping(column, path)

    def mapping(self, column: int, path: Path) -> dict[str, object]:
        """The object with keys at a column."""
        made: dict[str, object] = {}
        while self.column == column:
            pair = _PAIR.match(self.text)
            if pair is None or (key := self.key(pair[1])) in made:
                raise NotPlainError
            if not path:
                self.placed((key,), self.line, column + 1, None)
            made[key] = self.below(column, pair.end(), (*path, key), lists=True)
        if self.column > column:
            raise NotPlainError
        return made

    def sequence(self, column: int, path: Path) -> list[object]:
        """The list with dashes at a column."""
        made: list[object] = []
        while self.column == column and self.is_item:
            inner = len(self.text) - len(self.text[1:].lstrip(" "))
            if _PAIR.match(self.text, inner):
                self.column, self.text = column + inner, self.text[inner:]
                made.append(self.mapping(self.column, (*path, len(made))))
            else:
                made.append(self.below(column, inner, (*path, len(made)), lists=False))
            if self.column > column:
                raise NotPlainError
        return made

    def below(self, column: int, start: int, path: Path, *, lists: bool) -> object:
        """The value after a key or a dash, or in the lines below; with `lists`, a list may begin at the column."""
        number, text, at = self.line, self.text, self.column + 1
        self.next()
        if start == len(text) or text[start] == "#":
            if self.column > column or (lists and self.column == column and self.is_item):
                return self.node(self.column, path)
            return None
        if self.column > column:
            raise NotPlainError  # the value continues in the next line
        if text[start] in "[{":
            value, end = self.flow(text, start, path, number, at)
            if not _END.match(text, end):
                raise NotPlainError
            return value
        scalar = _SCALAR.match(text, start)
        if scalar is None:
            raise NotPlainError
        return self.scalar(scalar[1], path, number, at + start)

    def flow(self, text: str, start: int, path: Path, number: int, at: int) -> tuple[object, int]:
        """The list or object in brackets that begins at an index of a line, and the index of its end."""
        if empty := _EMPTY.match(text, start):
            return [] if text[start] == "[" else {}, empty.end()
        close, made, end = _CLOSES[text[start]], dict[str | int, object](), start
        while True:
            item = _ITEM.match(text, end + 1)
            if item is None or (item[1] is None) != (close == "]") or len(path) > MAX_DEPTH:
                raise NotPlainError
            name = self.key(item[1]) if item[1] else len(made)
            if name in made:
                raise NotPlainError
            if item[2] in _CLOSES:
                made[name], end = self.flow(text, item.start(2), (*path, name), number, at)
                end += len(text[end:]) - len(text[end:].lstrip(" "))
            else:
                made[name], end = self.scalar(item[2], (*path, name), number, at + item.start(2)), item.end()
            if text[end : end + 1] == close:
                return list(made.values()) if close == "]" else made, end + 1
            if text[end : end + 1] != ",":
                raise NotPlainError

    def scalar(self, raw: str, path: Path, number: int, column: int) -> object:
        """The value of a bare or quoted word."""
        if raw[0] not in "\"'":
            return self.word(raw, is_key=False)
        self.placed(path, number, column, raw[1:-1])
        return raw[1:-1]

    def key(self, raw: str) -> str:
        """The text of a key."""
        key = self.word(raw, is_key=True) if raw[0] not in "\"'" else raw[1:-1]
        if not isinstance(key, str):
            raise NotPlainError
        return key


def _content(text: str) -> Iterator[tuple[int, int, str]]:
    """The lines that are neither blank nor a comment, without the line that begins the document."""
    first = True
    for number, line in enumerate(text.split("\n"), 1):
        content = line.lstrip(" ")
        if not content or content[0] == "#":
            continue
        if not first or not _DOCUMENT.match(line):
            yield number, len(line) - len(content), content
        first = False
