"""text_diff: the text diff of a plan for people, section by section."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from hsync.model import Configuration
from hsync.plan.compare import Delta
from hsync.plan.hiding import hidden_line
from hsync.plan.snapshot import split_header
from hsync.plan.window import cut

__all__ = ["text_diff"]


def text_diff(current: Configuration, promised: str, about: Sequence[Delta] | Configuration) -> Iterator[str]:
    """A unified diff per section, with masked secrets.

    Args:
        current: the current configuration.
        promised: the promised configuration.
        about: the sections whose meaning changes; or, for a target that stores a text byte for byte, the promised text:
            then the diff has all sections whose text differs.
    """
    if isinstance(about, Configuration):
        result = about
        old, new = _heads(current), _heads(result)
        for file in (*new, *(file for file in old if file not in new)):
            yield from _hunks(" ".join(filter(None, (file, HEAD))), old.get(file, ()), new.get(file, ()))
        keys = [*result.sections, *(key for key in current.sections if key not in result.sections)]
    else:
        result, keys = Configuration.from_text(promised), [delta.key for delta in about]
    for key in keys:
        before, after = current.sections.get(key), result.sections.get(key)
        if before is not None and after is not None and before.text == after.text:
            continue
        yield from _hunks(" ".join(filter(None, key)), before.lines if before else (), after.lines if after else ())


CONTEXT = 2
"""Unchanged lines above and below a change."""


def _hunks(heading: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    head, tail = cut(old, new)
    start, below = max(head - CONTEXT, 0), max(tail - CONTEXT, 0)
    before, after = ([line.rstrip() for line in side[start : len(side) - below]] for side in (old, new))
    diff = difflib.unified_diff(before, after, n=CONTEXT, lineterm="")
    lines = [line for line in diff if line[:3] not in {"---", "+++"}]
    if lines:
        yield f"@@ {heading}"
    yield from (line[:1] + hidden_line(line[1:]) for line in lines if not line.startswith("@@"))


HEAD = "(before the first section)"


def _heads(configuration: Configuration) -> dict[str, Sequence[str]]:
    """The lines before the first section of each file, without header lines of a server and blank lines.

    A text that is one file has the name "".
    """
    names = dict(configuration.document.files)
    heads: dict[str, Sequence[str]] = {}
    for section in configuration.document.sections:
        if not section.kind and (section.line in names) == bool(names):
            text = section.text.partition("\n")[2] if names else split_header(section.text)[1]
            heads[names.get(section.line, "")] = [line for line in text.splitlines() if line.strip()]
    return heads
