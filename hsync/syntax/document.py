"""Document: a haproxy.cfg as a sequence of sections, with every byte of the input.

Rule 1: `emit(parse(t)) == t` for any text. A section is a slice of the text, from its header to the next header.
Rule 2: parsing is one search for section headers. A section splits its text into lines and words on first use.
Rule 3: all values are immutable: parsing the same text again returns the same sections, with their cached lines.
Rule 4: if `Grammar.blocks` is set, an `.if` block that contains section headers is one section of kind BLOCK. It ends
at the first header after its `.endif`. Only HAProxy can evaluate the condition, so the sections inside stay text.
Rule 5: in a text of several files (see `folder`) a section ends with its file: each file begins with a section of
kind "".

Undecodable bytes are kept as surrogates (`errors="surrogateescape"`), so that they are written back unchanged.

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
    """The section kinds, which the parser gets as data from the layers above.

    Args:
        kinds: section keywords; the first word of any line that is one of them begins a section.
        merged: kinds whose sections HAProxy merges into one (`global`).
        inheriting: kinds whose header may have `from NAME`.
        nameless: kinds whose header needs no name.
        anonymous: kinds that need no name for HAProxy, but for the server.
        reads_over: kinds whose header HAProxy accepts with extra words after the name, which it ignores.
        repeating: kinds that HAProxy accepts several times under one name.
        blocks: whether an `.if` block that contains section headers is a section of kind BLOCK (rule 4).
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
        """Surplus words of a header: neither its name nor, for inheriting kinds, `from NAME`."""
        inherited = section.parent and section.kind not in self.inheriting
        return section.header[-2:] if inherited and not section.extra else section.extra

    @cached_property
    def header(self) -> re.Pattern[str]:
        """Finds headers in a text with a newline prepended: a literal newline is twice as fast to search as `^`."""
        return re.compile(rf"\n[ \t\r\v\f]*({'|'.join(self.kinds)})(?=[{BLANK}#]|\Z)")


BLOCK = ".if"
"""The kind of a section that is a conditional block; its name is the condition."""

SNIPPET_BEGIN = "###_config-snippet_### BEGIN"
SNIPPET_END = "###_config-snippet_### END"
"""The server keeps the lines between these two comment lines verbatim (docs/reference/dataplane-api.md 6.1)."""

SNIPPET_KINDS = frozenset({"global", "defaults", "frontend", "backend", "listen"})
"""Section kinds that can have a config-snippet block. In other kinds its two lines are ordinary comments."""


class Directive(NamedTuple):
    """A line with at least one word. `text` is the line without indentation and line end; `number` counts from 1."""

    text: str
    number: int
    snippet: bool = False

    @property
    def words(self) -> list[str]:
        """Raw spellings of the words, without the comment."""
        return raw_words(self.text)

    @property
    def comment(self) -> str | None:
        """The text after `#`, or None."""
        return None if is_plain(self.text) else split(self.text).comment

    @property
    def meaning(self) -> tuple[str, ...]:
        """The decoded words, as HAProxy reads them."""
        return decode(self.text)


@dataclass(frozen=True)
class Section:
    """A section: `text` from its header line up to the next header; `line` is the number of the header line, from 1.

    The text before the first header of a file is a section of kind "", which has no header line.
    """

    kind: str
    text: str
    line: int

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """All lines with their line ends, including the header line."""
        return tuple(self.text.splitlines(keepends=True)) if self.has_simple_lines else tuple(_lines(self.text))

    @cached_property
    def has_simple_lines(self) -> bool:
        """Whether `str.splitlines` is safe: it also splits at characters that do not end a line for HAProxy."""
        text = self.text
        plain = text.isascii() and not any(character in text for character in _ODD_ENDS)
        return plain and not ("\r" in text and _BARE_RETURN.search(text))

    @cached_property
    def first_words(self) -> frozenset[str]:
        """The first words of its lines, and perhaps the starts of other words."""
        return frozenset(_FIRST_WORDS.findall(self.text))

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Decoded words of the header line; empty for kind ""."""
        return decode(self.text.partition("\n")[0]) if self.kind else ()

    @cached_property
    def name(self) -> str:
        """The section's name, or ""."""
        words = self.header
        if self.kind == BLOCK:
            return " ".join(words[1:])
        return "" if len(words) < 2 or (words[1] == "from" and len(words) == 3) else words[1]

    @cached_property
    def parent(self) -> str:
        """The name after `from` in the header, or ""."""
        words = self.header if self.kind != BLOCK else ()
        return words[-1] if len(words) > 2 and words[-2] == "from" else ""

    @property
    def extra(self) -> tuple[str, ...]:
        """Surplus words of the header: neither its name nor `from NAME`, for any kind."""
        if self.kind == BLOCK:
            return ()
        used = 1 + bool(self.name) + 2 * bool(self.parent)
        return self.header[used:] if len(self.header) > used else ()

    @cached_property
    def directives(self) -> tuple[Directive, ...]:
        """The lines below the header that have at least one word, in order; for a BLOCK the first line, too."""
        return tuple(_directives(self))

    def part(self, start: int, end: int) -> Section:
        """Some lines of the section, by their indexes in `lines`, as a section without a header."""
        return Section("", "".join(self.lines[start:end]), self.line + start)

    @cached_property
    def is_conditional(self) -> bool:
        """Whether the section has an `.if` block outside of a config-snippet block."""
        if not any(word in self.text for word in (".if", ".el", ".endif")):
            return False
        return any(_CONDITIONAL.match(line.text) for line in self.directives if not line.snippet)

    @cached_property
    def meaning(self) -> tuple[tuple[str, ...], ...]:
        """Decoded words of header and directives: equal for sections that differ only in quoting and comments."""
        return (self.header, *(directive.meaning for directive in self.directives))


_CONDITIONAL = re.compile(r"^[ \t]*\.(?:if|elif|else|endif)(?=\s|\Z)", re.MULTILINE)
_ODD_ENDS = "\v\f\x1c\x1d\x1e\x1f"
_BARE_RETURN = re.compile("\r(?!\n)")
_FIRST_WORDS = re.compile(rf"^[{BLANK}]*([^\s#]+)", re.MULTILINE)


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
    """A whole configuration text. `source` is its name in messages: `haproxy.cfg`, `server`, a template's path."""

    source: str
    sections: tuple[Section, ...]

    def where(self, line: int, column: int = 0) -> str:
        """`file:line:column` for messages, without the column if it is 0; `file` may be one of several files."""
        mark, name = next(((at, name) for at, name in reversed(self.files) if at <= line), (0, ""))
        source = f"{self.source.rstrip('/')}/{name}" if name else self.source
        return f"{source}:{line - mark}:{column}" if column else f"{source}:{line - mark}"

    @cached_property
    def files(self) -> tuple[tuple[int, str], ...]:
        """For a text of several files: the number of the line that begins a file, and the name of the file."""
        heads = (one for one in self.sections if not one.kind and one.text.startswith(FILE_MARK))
        return tuple((one.line, one.text.partition("\n")[0].removeprefix(FILE_MARK)) for one in heads)

    @cached_property
    def by_key(self) -> dict[tuple[str, str], Section]:
        """Sections by (kind, name); the last of several with the same key, which is the one that the server keeps."""
        return {(section.kind, section.name): section for section in self.sections if section.kind}


def parse(text: str, source: str, grammar: Grammar) -> Document:
    """Split text into sections.

    Args:
        text: any text, valid configuration or not.
        source: the name of the text in messages.
        grammar: the section kinds.

    Returns:
        A document that `emit` turns back into `text`, byte for byte.
    """
    if grammar.blocks and ".if" not in text:
        grammar = replace(grammar, blocks=False)  # the same sections: shares the cache entry
    return Document(source, sections_of(text, grammar))


@lru_cache(maxsize=6)
def sections_of(text: str, grammar: Grammar) -> tuple[Section, ...]:
    """The sections of a text. Cached, since a plan parses its current and its desired text several times.

    The cache has room for the texts of one plan: current text with and without version comment, desired text, result,
    and the two texts that `show` will compare.
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
    """Start and end of each outermost `.if` block outside of config-snippet blocks. A block ends with its file."""
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
    """The starts of sections; those inside of an `.if` block are replaced by the start of the block.

    A block before the first header becomes a section, too, since there is no section that it could belong to.
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
