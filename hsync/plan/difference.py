"""difference: the lines in which a server's text differs from the promised one, for people.

Theory: a server changes the order and spelling of the lines of a section. So each of its lines is first replaced by the
promised line with the same meaning, at the place of that line. The other lines differ. If there are no others, only the
order differs, and the lines are shown in the server's order.

Rule 1: no secret is shown: neither the value of a secret field nor a secret of the plan.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from hsync.model import ResourceSection, to_resources
from hsync.model.resources import said
from hsync.plan.compare import Delta
from hsync.plan.fields import masked_line
from hsync.plan.hiding import hidden_line
from hsync.plan.secrets import spellings
from hsync.syntax import Section

__all__ = ["AT_MOST", "lines_that_differ", "remedy_for", "says"]

AT_MOST = 40
"""Maximum number of lines; a longer difference is cut."""

_DROPS = "the server drops words that it does not know: remove them, or manage this host without a Data Plane API"
_OTHERWISE = "write the lines marked `-` in another form, or manage this host without a Data Plane API"


def lines_that_differ(left: Iterable[Delta], secrets: Iterable[str] = ()) -> tuple[str, ...]:
    """A diff of each section that differs, with secrets masked: `-` is a promised line, `+` a line of the server.

    Args:
        left: differences from the promised text (`before`) to the server's (`after`).
        secrets: values to mask, in addition to those of secret fields.
    """
    values = spellings(secrets)
    found = [line for delta in left for line in _of_section(delta, values)]
    more = len(found) - AT_MOST
    return (*found[:AT_MOST], f"... and {more} more line{'s' * (more > 1)}") if more > 0 else tuple(found)


def remedy_for(left: Iterable[Delta]) -> str:
    """The remedy for the lines that differ.

    Args:
        left: differences from the promised text to the server's.
    """
    pairs = [(old, new) for delta in left for old, new in _paired(delta) if old != new]
    return _DROPS if pairs and all(_drops_words(old, new) for old, new in pairs) else _OTHERWISE


def _drops_words(promised: str, found: str) -> bool:
    """Whether the server's line is the promised line without some of its words."""
    words = iter(promised.split())
    return bool(found) and all(word in words for word in found.split())


def _of_section(delta: Delta, values: Sequence[str]) -> Iterator[str]:
    pairs = _paired(delta)
    promised, found = ([line for line in side if line] for side in zip(*pairs, strict=True))
    if promised == found:
        found = _in_words_of(_lines(delta.before), _lines(delta.after))
    yield f"@@ {' '.join(filter(None, delta.key))}"
    for line in difflib.unified_diff(promised, found, n=2, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield line[:1] + hidden_line(masked_line(line[1:], values))


_Line = tuple[Hashable, str]
"""The meaning of a line, and its text."""


def _paired(delta: Delta) -> list[tuple[str, str]]:
    """Pairs of a promised line and the server's: equal if the server has its meaning, else one of its keyword."""
    promised, found = _lines(delta.before), _lines(delta.after)
    same = Counter(key for key, _ in promised) & Counter(key for key, _ in found)
    others = _without(found, same)
    pairs = []
    for key, text in promised:
        if same[key]:
            same[key] -= 1
            pairs.append((text, text))
        else:
            near = next((one for one in others if one.split()[:1] == text.split()[:1]), "")
            others = [one for one in others if one is not near]
            pairs.append((text, near))
    return [*pairs, *(("", one) for one in others)]


def _without(lines: Sequence[_Line], same: Counter[Hashable]) -> list[str]:
    """The texts of the lines without a counterpart of the same meaning."""
    left, texts = Counter(same), []
    for key, text in lines:
        if left[key]:
            left[key] -= 1
        else:
            texts.append(text)
    return texts


def _in_words_of(promised: Sequence[_Line], found: Sequence[_Line]) -> list[str]:
    """The server's lines in its order, with the promised spelling."""
    texts = dict(promised)
    return [texts.get(key, text) for key, text in found]


def _lines(read: ResourceSection | None) -> list[_Line]:
    """The header and the directives of a section; empty for no section."""
    if read is None:
        return []
    section, header = read.section, read.section.lines[0].rstrip()
    lines = [(_said(read.kind, header, one.text), f"  {one.text}") for one in section.directives]
    return [(section.header, header), *lines]


def says(kind: str, line: str) -> Hashable:
    """The meaning of a line in a section of a kind: equal for all spellings of a line.

    Args:
        kind: of the section.
        line: a line of it, or its header.
    """
    words = line.split()
    return tuple(words) if not words or words[0] == kind else _said(kind, f"{kind} x", line)


def _said(kind: str, header: str, line: str) -> Hashable:
    """The meaning of a line, see `says`."""
    one = to_resources(Section(kind, f"{header}\n{line}\n", 1))
    children = [(path, said(child.body)) for path, many in one.children.items() for child in many]
    own = {name: value for name, value in one.base.items() if name != "from"}
    return (said(own), tuple(children), tuple(text.meaning for text in one.opaque))
