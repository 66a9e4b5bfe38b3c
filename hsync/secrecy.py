"""secrecy: the secrets that a run knows, and the one place that hides them, on their way to a screen or a file.

Rule 1: whoever looks a secret up says so here (`learn`), before anybody can show it.
Rule 2: whatever leaves a run goes through `hide`: what was made safe before is not changed by it.
Rule 3: a short value, or a number, is hidden only as a word of its own: inside of other words it is an accident.

Theory of operation: what a run knows belongs to the run, not to the process: a scope is a context variable, so that
runs in other threads have their own. Without a scope nothing is remembered. A line of a configuration is hidden by its
places (`hsync.plan.hiding`); what is known of a line is asked here first (`hide_line`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote

__all__ = ["MASK", "SHORT", "hide_line", "learn", "learn_lines", "pattern_of", "scope"]

MASK = "(secret)"
"""Stands for a secret in everything that people read."""

SHORT = 6
"""A value with fewer characters may also be part of an ordinary word."""


class _Scope:
    """What a run knows."""

    def __init__(self, outer: _Scope | None) -> None:
        self.values: set[str] = set(outer.values) if outer else set()
        self.lines: dict[str, str] = dict(outer.lines) if outer else {}
        self._patterns: tuple[int, re.Pattern[str] | None, re.Pattern[str] | None] = (0, None, None)

    def patterns(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        """What finds the values in a line, and what finds them in anything that leaves the run."""
        count, of_lines, of_all = self._patterns
        if count != len(self.values):
            of_lines = pattern_of(self.values)
            spelled = {spelling for value in self.values for spelling in _spellings(value)}
            of_all = pattern_of(spelling for spelling in spelled if len(spelling) >= SHORT and not spelling.isdecimal())
            self._patterns = (len(self.values), of_lines, of_all)
        return of_lines, of_all


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


def learn_lines(lines: Mapping[str, str]) -> None:
    """Remember lines of configurations that have secrets.

    Args:
        lines: what is shown in their place, by line; blanks around them do not count.
    """
    current = _CURRENT.get()
    if current is not None:
        current.lines.update({line.strip(): shown.strip() for line, shown in lines.items()})


def hide_line(line: str) -> str:
    """A line of a configuration without the secrets that are known of it.

    Args:
        line: with or without indentation and line end.
    """
    current = _CURRENT.get()
    if current is None or not (current.values or current.lines):
        return line
    bare = line.strip()
    shown = current.lines.get(bare)
    if shown is not None:
        return line.replace(bare, shown, 1)
    pattern = current.patterns()[0]
    return pattern.sub(MASK, line) if pattern else line


def hide(text: str) -> str:
    """A text that leaves the run, without secrets. Names of members of a JSON document stay.

    Args:
        text: words, or a document.
    """
    current = _CURRENT.get()
    pattern = current.patterns()[1] if current is not None and current.values else None
    return pattern.sub(_masked, text) if pattern else text


def _masked(found: re.Match[str]) -> str:
    """The mask; a name of a member of a JSON document is no secret."""
    start, end = found.span()
    is_name = found.string[start - 1 : start] == '"' and found.string[end : end + 2] == '":'
    return found.group() if is_name else MASK


def _spellings(value: str) -> Iterator[str]:
    """What a value may look like in a text."""
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
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
