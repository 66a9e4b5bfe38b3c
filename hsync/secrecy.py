"""secrecy: the secrets that a run knows, and the functions that mask them in all output and files.

Rule 1: code that reads a secret calls `learn` before it uses the value.
Rule 2: all output of a run passes `hide`, which does not change text that is already masked.
Rule 3: a short value, or a number, is masked only as a whole word: as a part of another word it is a coincidence.

Theory of operation: the known secrets belong to the run, not to the process: a scope is a context variable, so that
runs in other threads have their own. Without a scope no secret is recorded. Lines of configurations are masked by
`hsync.plan.hiding`, which uses `hide_line` first.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

__all__ = ["MASK", "SHORT", "hide", "hide_line", "learn", "pattern_of", "scope"]

MASK = "(secret)"
"""Replaces a secret in all output for people."""

SHORT = 6
"""A value with fewer characters may be part of an ordinary word."""


class _Scope:
    """The secrets that a run knows."""

    def __init__(self, outer: _Scope | None) -> None:
        self.values: set[str] = set(outer.values) if outer else set()
        self._pattern: tuple[int, re.Pattern[str] | None] = (0, None)

    def pattern(self) -> re.Pattern[str] | None:
        """A pattern for the values; None without values."""
        if self._pattern[0] != len(self.values):
            self._pattern = (len(self.values), pattern_of(self.values))
        return self._pattern[1]


_CURRENT: ContextVar[_Scope | None] = ContextVar("secrets", default=None)


@contextmanager
def scope() -> Iterator[None]:
    """A scope for a run: it inherits the secrets of the outer scope, and drops its own at its end."""
    before = _CURRENT.set(_Scope(_CURRENT.get()))
    try:
        yield
    finally:
        _CURRENT.reset(before)


def learn(values: Iterable[str]) -> None:
    """Remember secret values for the rest of the run.

    Args:
        values: the values; empty ones are ignored.
    """
    current = _CURRENT.get()
    if current is not None:
        current.values.update(value for value in values if value)


def hide_line(line: str) -> str:
    """A line of a configuration with masked known secrets.

    Args:
        line: with or without indentation and line end.
    """
    current = _CURRENT.get()
    pattern = current.pattern() if current is not None and current.values else None
    return pattern.sub(MASK, line) if pattern else line


def hide(text: str, also: Iterable[str] = (), *, words: bool = False) -> str:
    """A text for output, with masked secrets. Names of members of a JSON document are not masked.

    Args:
        text: a message or a document.
        also: further secret values.
        words: whether it is a message, in which short values and numbers are masked, too.
    """
    current, values = _CURRENT.get(), frozenset(also)
    if current is not None:
        values |= current.values
    pattern = _everywhere(values, SHORT - 2 if words else SHORT, numbers=words) if values else None
    return pattern.sub(_masked, text) if pattern else text


@lru_cache(maxsize=64)
def _everywhere(values: frozenset[str], shortest: int, *, numbers: bool) -> re.Pattern[str] | None:
    """A pattern for values in any output."""
    spelled = {spelling for value in values for spelling in _spellings(value)}
    found = (one for one in spelled if len(one) >= shortest + one.isdecimal() and (numbers or not one.isdecimal()))
    return pattern_of(found, _escaped_or_not)


_NAMED = {"\n": "n", "\r": "r", "\t": "t"}


def _escaped_or_not(value: str) -> str:
    """A pattern for a value with characters that are escaped once or several times, by HAProxy, JSON or a log."""
    return "".join(
        rf"(?:{re.escape(char)}|\\+{_NAMED[char]})"
        if char in _NAMED
        else r"\\+"
        if char == "\\"
        else (rf"\\*{re.escape(char)}" if char in "\"'$# " else re.escape(char))
        for char in value
    )


def _masked(found: re.Match[str]) -> str:
    """The mask, or the unchanged match if it is the name of a member of a JSON document."""
    start, end = found.span()
    is_name = found.string[start - 1 : start] == '"' and found.string[end : end + 2] == '":'
    return found.group() if is_name else MASK


def _spellings(value: str) -> Iterator[str]:
    """The spellings of a value, or of a line of it, in a text."""
    yield from {value, value.strip(), *value.splitlines()}
    yield base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    from urllib.parse import quote

    yield quote(value, errors="surrogateescape")
    yield quote(value, safe="", errors="surrogateescape")


def pattern_of(values: Iterable[str], spell: Callable[[str], str] = re.escape) -> re.Pattern[str] | None:
    """A pattern for values in a text, a longer value before a shorter one; None without values.

    Args:
        values: the values.
        spell: returns the pattern of a value.
    """
    ordered = sorted(set(values), key=lambda value: (-len(value), value))
    words = (spell(value) if len(value) >= SHORT else rf"(?<!\w){spell(value)}(?!\w)" for value in ordered)
    return re.compile("|".join(words)) if ordered else None
