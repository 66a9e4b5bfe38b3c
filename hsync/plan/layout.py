"""layout: the parts of a text without a meaning: comments, blank lines, the order of sections, spelling.

Theory of operation: operations change only the meaning of a configuration, but a file must end with the desired text,
byte for byte. So the plan for a file also has the line by line difference between the text after its operations and the
desired text. Both have the same meaning; this is proved when the plan is made, and again before the commit.

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
        text: the text after the operations.
        desired: the desired text.

    Returns:
        Hunks in the order of their lines; empty for equal texts.
    """
    if text == desired:
        return ()
    before, after = _lines(text), _lines(desired)
    head, tail = common_ends(before, after)
    middle = SequenceMatcher(None, before[head : len(before) - tail], after[head : len(after) - tail])
    return tuple(
        Hunk(head + start + 1, end - start, tuple(after[head + new_start : head + new_end]))
        for tag, start, end, new_start, new_end in middle.get_opcodes()
        if tag != "equal"
    )


def laid_out(text: str, hunks: Sequence[Hunk]) -> str:
    """The desired text: the inverse of `layout`.

    Args:
        text: the text after the operations.
        hunks: the result of `layout`.

    Raises:
        ValueError: a hunk is about lines that the text does not have.
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
    """Lines with their line feeds; no other character ends a line."""
    lines = [f"{line}\n" for line in text.split("\n")]
    last = lines.pop().removesuffix("\n")
    return [*lines, last] if last else lines
