"""Document: a haproxy.cfg as sections of lines; every byte of the input is reachable from it.

Rule 1: `emit(parse(t)) == t` for any text. A section is a slice of the text, from its header to the next header.
Rule 2: the cost of parsing is one search for headers; lines and words are taken apart only where somebody asks.
Rule 3: nothing here changes, so that who parses the same text again shares the sections, and what was read of them.
Rule 4: where the grammar says so, an `.if` block that holds section headers is one section of kind BLOCK, up to the
next header behind its `.endif`: which sections it stands for is decided when HAProxy reads it.

Rule 5: a text of several files (see `folder`) has a section of kind "" at the head of each: no section goes on there.

Undecodable bytes travel as surrogates (`errors="surrogateescape"`), so that text read from disk goes back as it was.

Source: HAProxy manual 2.1 "Configuration file format"; docs/reference/haproxy-cfg.md section 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from hsync.syntax.folder import FILE_MARK
from hsync.syntax.words import BLANK, decode, is_plain, raw_words, split

__all__ = [
    "BLOCK",
    "SNIPPET_BEGIN",
    "SNIPPET_END",
    "SNIPPET_KINDS",
    "Directive",
    "Document",
    "Grammar",
    "Section",
    "emit",
    "parse",
]


@dataclass(frozen=True)
class Grammar:
    """What a text must be told apart by, and is data of the layers above: the kinds of sections.

    Args:
        kinds: section keywords, reserved as the first word of a line anywhere.
        merged: those that may stand several times and mean one section.
        inheriting: those whose header may carry `from NAME`.
        nameless: those whose header needs no name.
        anonymous: those that HAProxy takes without a name, and a server does not.
        reads_over: those behind whose name HAProxy reads over further words.
        repeating: those of which HAProxy takes several with one name.
        blocks: whether conditional blocks that hold headers are sections of kind BLOCK (rule 4).
    """

    kinds: tuple[str, ...]
    merged: frozenset[str] = frozenset()
    inheriting: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
    anonymous: frozenset[str] = frozenset()
    reads_over: frozenset[str] = frozenset()
    repeating: frozenset[str] = frozenset()
    blocks: bool = False

    def further(self, section: Section) -> tuple[str, ...]:
        """The words of a header that are neither name nor, where the kind has it, `from NAME`."""
        inherited = section.parent and section.kind not in self.inheriting
        return section.header[-2:] if inherited and not section.extra else section.extra

    @cached_property
    def header(self) -> re.Pattern[str]:
        """Finds headers in a text with a newline in front: a literal start makes the search twice as fast as `^`."""
        return re.compile(rf"\n[ \t\r\v\f]*({'|'.join(self.kinds)})(?=[{BLANK}#]|\Z)")


BLOCK = ".if"
"""The kind of a section that is a conditional block; its name is the condition."""

SNIPPET_BEGIN = "###_config-snippet_### BEGIN"
SNIPPET_END = "###_config-snippet_### END"
"""Between these full-line comments the server keeps lines verbatim (docs/reference/dataplane-api.md 6.1)."""

SNIPPET_KINDS = frozenset({"global", "defaults", "frontend", "backend", "listen"})
"""In these kinds of sections. In all others they are comments like any."""


class Directive(NamedTuple):
    """One line with at least one word. `text` has neither indentation nor line end; `number` counts from 1."""

    text: str
    number: int
    snippet: bool = False

    @property
    def words(self) -> list[str]:
        """Raw spellings of the words, without the comment."""
        return raw_words(self.text)

    @property
    def comment(self) -> str | None:
        """What follows `#`, or None."""
        return None if is_plain(self.text) else split(self.text).comment

    @property
    def meaning(self) -> tuple[str, ...]:
        """The decoded words: what HAProxy sees."""
        return decode(self.text)


@dataclass(frozen=True)
class Section:
    """A section: `text` from its header line up to the next header; `line` is the header's number, from 1.

    The part of a document, or of one of its files, before the first header is a Section of kind "" without a header.
    """

    kind: str
    text: str
    line: int

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """All lines with their ends, the header included."""
        return tuple(self.text.splitlines(keepends=True)) if self._simple else tuple(_lines(self.text))

    @property
    def _simple(self) -> bool:
        """True when only LF and CRLF end lines, as `str.splitlines` sees it (pure ASCII without odd controls)."""
        return self.text.isascii() and not _ODD_ENDS.search(self.text)

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Decoded words of the header line; empty for the part before the first header."""
        return decode(self.text.partition("\n")[0]) if self.kind else ()

    @cached_property
    def name(self) -> str:
        """The section's name; "" when it has none."""
        words = self.header
        if self.kind == BLOCK:
            return " ".join(words[1:])
        return "" if len(words) < 2 or (words[1] == "from" and len(words) == 3) else words[1]

    @cached_property
    def parent(self) -> str:
        """The name behind `from` in the header; "" when there is none."""
        words = self.header if self.kind != BLOCK else ()
        return words[-1] if len(words) > 2 and words[-2] == "from" else ""

    @property
    def extra(self) -> tuple[str, ...]:
        """Header words that are neither name nor `from NAME`."""
        if self.kind == BLOCK:
            return ()
        used = 1 + bool(self.name) + 2 * bool(self.parent)
        return self.header[used:] if len(self.header) > used else ()

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """The lines below the header that have a word, in order; of a BLOCK all lines."""
        return tuple(_directives(self))

    @cached_property
    def is_conditional(self) -> bool:
        """Whether some of its lines stand in an `.if` block, outside of a config-snippet block."""
        if not any(word in self.text for word in (".if", ".el", ".endif")):
            return False
        return any(_CONDITIONAL.match(line.text) for line in self.directives if not line.snippet)

    @cached_property
    def meaning(self) -> tuple[tuple[str, ...], ...]:
        """Decoded words of header and directives: equal for sections that differ only in spelling."""
        return (self.header, *(directive.meaning for directive in self.directives))


_CONDITIONAL = re.compile(r"^[ \t]*\.(?:if|elif|else|endif)(?=\s|\Z)", re.MULTILINE)
_ODD_ENDS = re.compile("[\v\f\x1c-\x1f]|\r(?!\n)")


def _lines(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _directives(section: Section) -> Iterator[Directive]:
    snippet = False
    for offset, line in enumerate(section.lines):
        text = line.strip(BLANK)
        if not text or (offset == 0 and section.kind not in ("", BLOCK)):
            continue
        if text[0] == "#":
            begins = text.startswith(SNIPPET_BEGIN) and section.kind in SNIPPET_KINDS
            snippet = begins or (snippet and not text.startswith(SNIPPET_END))
            continue
        yield Directive(text, section.line + offset, snippet)


@dataclass(frozen=True)
class Document:
    """A whole configuration text. `source` names it in messages (`haproxy.cfg`, `server`, a template's path)."""

    source: str
    sections: tuple[Section, ...]

    def where(self, line: int, column: int = 0) -> str:
        """`file:line:column` for messages; without the column when it is 0. Of several files the one that it is in."""
        mark, name = next(((at, name) for at, name in reversed(self.files) if at <= line), (0, ""))
        source = f"{self.source.rstrip('/')}/{name}" if name else self.source
        return f"{source}:{line - mark}:{column}" if column else f"{source}:{line - mark}"

    @cached_property
    def files(self) -> tuple[tuple[int, str], ...]:
        """For a text of several files: where each begins, and its name."""
        heads = (one for one in self.sections if not one.kind and one.text.startswith(FILE_MARK))
        return tuple((one.line, one.text.partition("\n")[0].removeprefix(FILE_MARK)) for one in heads)

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Section]:
        """Sections by (kind, name); of two equal ones the last, as the server keeps it."""
        return {(section.kind, section.name): section for section in self.sections if section.kind}


def parse(text: str, source: str, grammar: Grammar) -> Document:
    """Split text into sections.

    Args:
        text: any text, valid configuration or not.
        source: how messages name the text.
        grammar: the kinds of sections.

    Returns:
        A document from which `emit` gives back `text` byte for byte.
    """
    if grammar.blocks and ".if" not in text:
        grammar = replace(grammar, blocks=False)  # the same sections, and no second time
    return Document(source, sections_of(text, grammar))


@lru_cache(maxsize=4)
def sections_of(text: str, grammar: Grammar) -> tuple[Section, ...]:
    """The sections of a text. Remembered: a plan meets the current and the desired text at several places.

    The few that are kept are those of one plan: the text with and without the server's header lines, and the result.
    """
    sections = []
    starts = [(match.start(), match.group(1)) for match in grammar.header.finditer(f"\n{text}")]
    if FILE_MARK in text:
        starts = sorted([*starts, *((match.start(), "") for match in _FILE.finditer(text))])
    if grammar.blocks:
        starts = _with_blocks(text, starts)
    head = starts[0][0] if starts else len(text)
    if head:
        sections.append(Section("", text[:head], 1))
    line = 1 + text.count("\n", 0, head)
    for (start, kind), end in zip(starts, [*(start for start, _ in starts[1:]), len(text)], strict=False):
        sections.append(Section(kind, text[start:end], line))
        line += text.count("\n", start, end)
    return tuple(sections)


_GUARD = re.compile(
    rf"^(?:[ \t]*(?:\.(if|endif)(?=\s|\Z)|###_config-snippet_### (BEGIN|END))|({FILE_MARK}))", re.MULTILINE
)
_FILE = re.compile(rf"^{FILE_MARK}", re.MULTILINE)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where the outermost `.if` blocks begin and end, config-snippet blocks left out. None goes beyond its file."""
    depth, start, snippet = 0, 0, False
    for match in _GUARD.finditer(text):
        if match[3]:
            if depth:
                yield start, match.start()
            depth, snippet = 0, False
        elif match[2]:
            snippet = match[2] == "BEGIN"
        elif snippet:
            continue
        elif match[1] == "if":
            start = start if depth else match.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield start, match.end()
    if depth:
        yield start, len(text)


def _with_blocks(text: str, starts: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The starts of sections, those inside of an `.if` block replaced by that of the block.

    A block in front of all sections is one as well: it has no section to belong to.
    """
    for start, end in _blocks(text):
        inside = [one for one in starts if start <= one[0] < end]
        above = next((kind for at, kind in reversed(starts) if at < start), "")
        if inside or not above:
            starts = sorted({*starts} - {*inside} | {(start, BLOCK)})
    return starts


def emit(document: Document) -> str:
    """The text of a document: inverse of `parse`."""
    return "".join(section.text for section in document.sections)
