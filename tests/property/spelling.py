"""Spelling: the ways in which people write the same configuration: comments, blank lines, indentation, quotes.

Rule 1: the meaning of a line stays: a word is respelled only if `decode` gives the same value.
Rule 2: the spelling of a line depends only on the look and its words, so that an unchanged line keeps its spelling.
Rule 3: the default look gives the plain text, so that hypothesis shrinks to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from hsync.model import to_resources
from hsync.sections import every_kind, parse
from hsync.syntax import decode, raw_words
from hsync.syntax.words import VARIABLE, has_fault

__all__ = ["PLAIN", "Look", "looks", "respelled", "written"]

REMARKS = (
    "a remark",
    "",
    "of 3\" and don't",
    "# twice",
    "back\\",
    "é ©",
    *(f"{kind} alpha from beta" for kind in every_kind()),
    "1.2.3.4:80 {json: [1]}",
)
"""Texts of comments, even the header of a section."""

INDENTS = ("  ", "    ", "\t", "", " \t ")
GAPS = (" ", "  ", "\t", " \t")
ENDS = ("", "", " ", "\t", "\r")


@dataclass(frozen=True)
class Look:
    """The spelling of a section's lines.

    Args:
        seed: selects one of the possible spellings.
        remarks: whether there are comment lines, and comments at the ends of lines.
        blanks: whether indentation, blanks between words, line ends and blank lines vary.
        quotes: whether words have other quotes and escapes.
        readable: whether lines must remain readable for the rows, which know keywords without quotes only.
    """

    seed: int = 0
    remarks: bool = False
    blanks: bool = False
    quotes: bool = False
    readable: bool = False


PLAIN = Look()

WEAK = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"', "$": "\\$"}
BARE = {**WEAK, "$": "$", " ": "\\ ", "#": "\\#", "'": "\\'"}
"""The escapes of a character in double quotes, and outside of quotes."""


def looks(*, readable: bool) -> st.SearchStrategy[Look]:
    """Any look; see `Look` for the argument."""
    flag = st.booleans()
    return st.builds(Look, st.integers(0, 999), flag, flag, flag, st.just(readable))


def written(header: str, lines: Sequence[str], look: Look) -> str:
    """A section as text.

    Args:
        header: the header line.
        lines: the lines below it.
        look: their spelling.
    """
    if not (look.remarks or look.blanks or look.quotes):
        return "\n  ".join([header, *lines]) + "\n"
    kind = header.partition(" ")[0]
    made = list(_lines(header, look, ""))
    for line in lines:
        made += _lines(quoted(kind, line, look) if look.quotes else line, look, "  ")
    return "".join(f"{line}\n" for line in (*made, *_above(Random(f"{look.seed} end"), look)))


def quoted(kind: str, line: str, look: Look) -> str:
    """A line with some words respelled, but never the first one."""
    chance = Random(f"{look.seed} {line}")
    first, *more = raw_words(line) or [line]
    made = [first, *(chance.choice(respelled(word)) if chance.random() < 0.2 else word for word in more)]
    known = not look.readable or _unread(kind, made) <= _unread(kind, [first, *more])
    return " ".join(made) if known else line


def _unread(kind: str, words: list[str]) -> int:
    """The number of opaque lines for a line: one or none."""
    return len(to_resources(parse(f"{kind} x\n{' '.join(words)}\n").sections[0]).opaque)


def _lines(line: str, look: Look, indent: str) -> Iterator[str]:
    """A line, with comments and blank lines above it."""
    chance = Random(f"{look.seed} {line}")
    yield from _above(chance, look)
    yield (chance.choice(INDENTS) if look.blanks else indent) + (line if line[:1] == "#" else _line(line, look, chance))


def _above(chance: Random, look: Look) -> Iterator[str]:
    """A blank line, a comment, both or none."""
    if look.blanks and chance.random() < 0.2:
        yield chance.choice(ENDS)
    if look.remarks and chance.random() < 0.2:
        yield chance.choice(INDENTS) + _remark(chance)


def _remark(chance: Random) -> str:
    """A comment. It is never only blanks, since the server's library crashes on such a comment in a snippet."""
    return f"#{chance.choice(('', ' '))}{chance.choice(REMARKS)}".rstrip()


def _line(line: str, look: Look, chance: Random) -> str:
    """The words of a line, and perhaps a comment."""
    text = "".join(word + (chance.choice(GAPS) if look.blanks else " ") for word in raw_words(line)).rstrip(" \t")
    if look.remarks and chance.random() < 0.2:
        text += chance.choice(GAPS) + _remark(chance)
    return text + (chance.choice(ENDS) if look.blanks and text[-1] != "#" else "")


def respelled(word: str) -> tuple[str, ...]:
    """The spellings of a word, beginning with the given one."""
    (value,) = decode(word) or ("",)
    weak = "".join(WEAK.get(char, char) for char in value)
    bare = "".join(BARE.get(char, char) for char in value)
    ways = (f'"{weak}"', f"'{value}'", bare, f'{value[:1]}"{weak[1:]}"', f"{value[:1]}'{value[1:]}'")
    return tuple(dict.fromkeys((word, *(way for way in ways if VARIABLE not in value and _says(way, value)))))


def _says(word: str, value: str) -> bool:
    """Whether a spelling is a single word with this value."""
    return word.isprintable() and has_fault(word) is None and decode(word) == (value,)
