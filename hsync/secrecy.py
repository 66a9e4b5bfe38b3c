"""secrecy: the secrets that a run knows, and the one place that hides them, on their way to a screen or a file.

Rule 1: whoever looks a secret up says so here (`learn`), before anybody can show it.
Rule 2: whatever leaves a run goes through `hide`: what was made safe before is not changed by it.
Rule 3: a short value, or a number, is hidden only as a word of its own: inside of other words it is an accident.

Theory of operation: what a run knows belongs to the run, not to the process: a scope is a context variable, so that
runs in other threads have their own. Without a scope nothing is remembered. Lines of configurations are hidden by
`hsync.plan.hiding`, which asks here first (`hide_line`).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from urllib.parse import quote

__all__ = ["MASK", "SHORT", "hide", "hide_line", "learn", "pattern_of", "scope"]

MASK = "(secret)"
"""Stands for a secret in everything that people read."""

SHORT = 6
"""A value with fewer characters may also be part of an ordinary word."""


class _Scope:
    """What a run knows."""

    def __init__(self, outer: _Scope | None) -> None:
        self.values: set[str] = set(outer.values) if outer else set()
        self._pattern: tuple[int, re.Pattern[str] | None] = (0, None)

    def pattern(self) -> re.Pattern[str] | None:
        """What finds the values in a line."""
        if self._pattern[0] != len(self.values):
            self._pattern = (len(self.values), pattern_of(self.values))
        return self._pattern[1]


_CURRENT: ContextVar[_Scope | None] = ContextVar("secrets", default=None)


@contextmanager
def scope() -> Iterator[None]:
    """A run: what it learns is forgotten at its end; it knows what the run around it knows."""
    before = _CURRENT.set(_Scope(_CURRENT.get()))
    try:
        yield
    finally:
        _CURRENT.reset(before)


def learn(values: Iterable[str]) -> None:
    """Remember secret values for the rest of the run.

    Args:
        values: the values; empty ones are none.
    """
    current = _CURRENT.get()
    if current is not None:
        current.values.update(value for value in values if value)


def hide_line(line: str) -> str:
    """A line of a configuration without the secrets that are known of it.

    Args:
        line: with or without indentation and line end.
    """
    current = _CURRENT.get()
    pattern = current.pattern() if current is not None and current.values else None
    return pattern.sub(MASK, line) if pattern else line


def hide(text: str, also: Iterable[str] = (), *, words: bool = False) -> str:
    """A text that leaves the run, without secrets. Names of members of a JSON document stay.

    Args:
        text: words, or a document.
        also: values that the run does not know to be secret.
        words: whether it is no document: short values and numbers are hidden, too.
    """
    current, values = _CURRENT.get(), frozenset(also)
    if current is not None:
        values |= current.values
    pattern = _everywhere(values, SHORT - 2 if words else SHORT, numbers=words) if values else None
    return pattern.sub(_masked, text) if pattern else text


@lru_cache(maxsize=64)
def _everywhere(values: frozenset[str], shortest: int, *, numbers: bool) -> re.Pattern[str] | None:
    """What finds values in anything that leaves a run."""
    spelled = {spelling for value in values for spelling in _spellings(value)}
    found = (one for one in spelled if len(one) >= shortest + one.isdecimal() and (numbers or not one.isdecimal()))
    return pattern_of(found, _escaped_or_not)


_NAMED = {"\n": "n", "\r": "r", "\t": "t"}


def _escaped_or_not(value: str) -> str:
    """A pattern for a value in which somebody has escaped characters, or escaped them again: HAProxy, JSON, a log."""
    return "".join(
        rf"(?:{re.escape(char)}|\\+{_NAMED[char]})"
        if char in _NAMED
        else r"\\+"
        if char == "\\"
        else (rf"\\*{re.escape(char)}" if char in "\"'$# " else re.escape(char))
        for char in value
    )


def _masked(found: re.Match[str]) -> str:
    """The mask; a name of a member of a JSON document is no secret."""
    start, end = found.span()
    is_name = found.string[start - 1 : start] == '"' and found.string[end : end + 2] == '":'
    return found.group() if is_name else MASK


def _spellings(value: str) -> Iterator[str]:
    """What a value, or a line of one, may look like in a text."""
    yield from {value, value.strip(), *value.splitlines()}
    yield base64.b64encode(value.encode("utf-8", "surrogateescape")).decode("ascii")
    yield json.dumps(value)[1:-1]
    yield repr(value)[1:-1]
    yield quote(value, errors="surrogateescape")
    yield quote(value, safe="", errors="surrogateescape")


def pattern_of(values: Iterable[str], spell: Callable[[str], str] = re.escape) -> re.Pattern[str] | None:
    """What finds values in a text, a longer one before a shorter one; None without values.

    Args:
        values: the values.
        spell: makes the pattern of a value.
    """
    ordered = sorted(set(values), key=lambda value: (-len(value), value))
    words = (spell(value) if len(value) >= SHORT else rf"(?<!\w){spell(value)}(?!\w)" for value in ordered)
    return re.compile("|".join(words)) if ordered else None
