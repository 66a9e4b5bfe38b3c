"""layout: what a text has besides its meaning: comments, blank lines, the order of sections, spelling.

Theory of operation: operations say what a configuration means, and a target that is a file keeps the text that it is
given. For such a target a plan holds the difference between the text that its operations lead to and the desired
text, line by line. Both mean the same, which is proved when the plan is made and again before it is committed.

Rule 1: `laid_out(text, layout(text, desired)) == desired` for any two texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from hsync.plan.edits import common_ends
from hsync.plan.plan import Hunk

__all__ = ["laid_out", "layout"]


def layout(text: str, desired: str) -> tuple[Hunk, ...]:
    """The difference between two texts.

    Args:
        text: the text that operations lead to.
        desired: the text that is wanted.

    Returns:
        Hunks in the order of their lines; empty for equal texts.
    """
    if text == desired:
        return ()
    before, after = _lines(text), _lines(desired)
    head, tail = common_ends(before, after)
    middle = SequenceMatcher(None, before[head : len(before) - tail], after[head : len(after) - tail])
    return tuple(
        Hunk(head + one + 1, two - one, tuple(after[head + three : head + four]))
        for tag, one, two, three, four in middle.get_opcodes()
        if tag != "equal"
    )


def laid_out(text: str, hunks: Sequence[Hunk]) -> str:
    """The desired text: the inverse of `layout`.

    Args:
        text: the text that the operations lead to.
        hunks: from `layout`.

    Raises:
        ValueError: a hunk that does not fit the text.
    """
    return "".join(_laid_out(_lines(text), hunks))


def _laid_out(lines: Sequence[str], hunks: Sequence[Hunk]) -> Iterator[str]:
    at = 0
    for hunk in hunks:
        start = hunk.line - 1
        if not at <= start <= start + hunk.removed <= len(lines):
            raise ValueError(f"no such lines: {hunk.removed} from line {hunk.line}")
        yield from lines[at:start]
        yield from hunk.added
        at = start + hunk.removed
    yield from lines[at:]


def _lines(text: str) -> list[str]:
    """Lines with their line feeds; nothing else ends one."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
