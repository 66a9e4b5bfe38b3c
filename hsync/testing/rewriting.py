"""Rewrite: the text as the real server would store it: regrouped and sorted sections and directives, moved comments.

For tests: a second plan must be empty on a text that the real server has rewritten.

Rule 1: sections are in a fixed order of kinds, and sections of a kind are sorted by name; a `defaults` section follows
the one that it inherits from.
Rule 2: directives are in a fixed order of keywords. Lines that the server cannot parse come last.
Rule 3: an indented comment stays with the group of lines below it; a comment at column 0 goes above the next section.
Rule 4: of sections with the same name, and of lines of a keyword that a section has once, only the last is kept.

Source: docs/reference/dataplane-api.md 6.1 and 6.3; client-native v6.4, config-parser/reader.go and writer.go.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hsync.dataplane.embedded.sheet import BASE, HEADER, OPAQUE, Line, read_sheet
from hsync.schema import Form, Option, Row, SectionType, mismatch_of
from hsync.sections import by_kind, every_kind, grammar, parse, unmodelled
from hsync.syntax import Section, raw_words
from hsync.syntax.document import SNIPPET_BEGIN, SNIPPET_END, SNIPPET_KINDS
from hsync.syntax.findings import MAX_LINE_BYTES
from hsync.syntax.words import split
from hsync.testing.order import order_of

__all__ = ["rewrite"]

LAST = 10_000
"""Rank of lines that the server cannot parse."""


@dataclass(slots=True)
class _Group:
    """The lines of one keyword."""

    comments: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Target:
    """A section of the new text."""

    kind: str
    name: str
    parent: str
    header: str
    above: list[str] = field(default_factory=list)
    groups: dict[int, _Group] = field(default_factory=dict)
    below: list[str] = field(default_factory=list)

    def group(self, rank: int) -> _Group:
        return self.groups.setdefault(rank, _Group())

    def text(self) -> str:
        """The section, with the blank line above it."""
        lines = [f"# {comment}" for comment in self.above] + [self.header]
        for rank in sorted(self.groups):
            group = self.groups[rank]
            lines += [f"  # {comment}" for comment in group.comments] + [f"  {line}" for line in group.lines]
        lines += [f"  # {comment}" for comment in self.below]
        return "\n" + "".join(f"{line}\n" for line in lines)


def rewrite(text: str) -> str:
    """Rewrite a text as the real server would.

    Args:
        text: a configuration without the server's header lines.

    Returns:
        The comments at the start of the file, then each section with a blank line above it.
    """
    return _Rewriting().run(text)


def _readable(text: str) -> str:
    """The part of a text that the server reads: up to the first line of 64 KiB, with LF as line end."""
    text = text.replace("\r\n", "\n")
    end = 0
    for line in text.splitlines(keepends=True) if len(text) >= MAX_LINE_BYTES else ():
        if len(line.encode("utf-8", "surrogateescape")) > MAX_LINE_BYTES:
            return text[:end]
        end += len(line)
    return text


class _Rewriting:
    """One pass over a text."""

    def __init__(self) -> None:
        self.head: list[str] = []
        self.pending: list[str] = []
        self.targets: dict[tuple[str, str], _Target] = {}
        self.active: _Target | None = None
        self.unnamed = 0

    def run(self, text: str) -> str:
        """Read all sections, then write them."""
        for section in parse(_readable(text)).sections:
            if not section.kind:
                self.take_preamble(section)
            elif _absorbed(section.kind) and self.active is not None:
                self.take_lines(self.active, section, 0)
            else:
                self.take_section(section)
        if self.pending and self.active is not None:
            self.active.below += self.pending
        return "".join(f"{line}\n" for line in self.head) + "".join(target.text() for target in self.written())

    def take_preamble(self, section: Section) -> None:
        """Comments up to the first blank line belong to the file, comments after it to the next section."""
        of_file = True
        for line in section.lines:
            stripped = line.strip()
            if not stripped:
                of_file = False
            elif stripped.startswith("#") and not of_file:
                self.pending.append(_comment(stripped))
            else:
                self.head.append(f"# {_comment(stripped)}" if stripped.startswith("#") else stripped)

    def take_section(self, section: Section) -> None:
        """Open a section and take its lines."""
        name = "" if section.kind in grammar().merged else section.name
        if section.kind == "defaults" and not name:
            self.unnamed += 1
            name = f"unnamed_defaults_{self.unnamed}"
        key = (section.kind, name)
        if section.kind in grammar().merged and key in self.targets:
            target = self.targets[key]
        else:
            target = _Target(section.kind, name, section.parent, _header(section, name))
            self.targets[key] = target
        target.above, self.pending = [*target.above, *self.pending], []
        self.active = target
        self.take_lines(target, section, 1)

    def take_lines(self, target: _Target, section: Section, start: int) -> None:
        """Sort a section's lines into groups."""
        sheet = read_sheet(Section(target.kind, section.text, 1)) if start else None
        lines = sheet.lines[start:] if sheet else [Line(text, OPAQUE) for text in section.lines]
        comments: list[str] = []
        snippet: list[str] | None = None
        for line in lines:
            text = line.text.strip()
            if text.startswith(SNIPPET_BEGIN) and target.kind in SNIPPET_KINDS:
                snippet = []
            elif text.startswith(SNIPPET_END) and snippet is not None:
                self.take_snippet(target, snippet)
                snippet = None
            elif snippet is not None:
                snippet += [text] if text else []
            elif text.startswith("#"):
                (comments if line.text[0] == " " else self.pending).append(_comment(text))
            elif text and line.owner != HEADER:
                self.take_line(target, line, comments)
                comments = []
        target.below += comments

    def take_snippet(self, target: _Target, lines: list[str]) -> None:
        """Put a config-snippet block at its fixed place, where it replaces an earlier block; in `listen` at the end."""
        rank = order_of(target.kind).get("config-snippet", LAST)
        group = target.group(rank)
        kept = group.lines if rank == LAST else []
        group.lines = [*kept, SNIPPET_BEGIN, *lines, SNIPPET_END]

    def take_line(self, target: _Target, line: Line, comments: list[str]) -> None:
        """Put a directive and the comments above it into its group."""
        words = raw_words(line.text)
        rank = _rank(target.kind, words)
        if line.owner == OPAQUE and _refused(target.kind, words):
            rank = LAST
        group = target.group(rank)
        group.comments += comments
        if line.owner == BASE and rank != LAST and (row := _single(by_kind()[target.kind], words)) is not None:
            group.lines = [old for old in group.lines if _single(by_kind()[target.kind], raw_words(old)) is not row]
        group.lines.append(_spelling(line.text, words, verbatim=rank == LAST))

    def written(self) -> list[_Target]:
        """The sections in the order of the new text, without a global section that has no lines."""
        by_rank: list[_Target] = []
        for kind in every_kind():
            targets = (target for target in self.targets.values() if target.kind == kind)
            found = sorted(targets, key=lambda target: target.name)
            by_rank += _behind_parents(found) if kind == "defaults" else found
        return [target for target in by_rank if target.kind != "global" or target.groups or target.below]


def _absorbed(kind: str) -> bool:
    """Whether the server does not know the section keyword, and adds the lines to the section above."""
    return kind in unmodelled() and bool(unmodelled()[kind].gone)


def _behind_parents(sections: list[_Target]) -> list[_Target]:
    """Sorted sections, each moved after the one that it inherits from."""
    place, moves = 0, 0
    while place < len(sections):
        names = [section.name for section in sections]
        parent = sections[place].parent
        at = names.index(parent) if parent in names else -1
        if at > place and moves < len(sections) ** 2:
            sections.insert(at, sections.pop(place))
            moves += 1
        else:
            place += 1
    return sections


def _header(section: Section, name: str) -> str:
    words = [section.kind, *([name] if name else []), *(["from", section.parent] if section.parent else [])]
    comment = split(section.lines[0]).comment
    return " ".join(words) + (f" # {comment.strip()}" if comment else "")


def _rank(kind: str, words: list[str]) -> int:
    order = order_of(kind)
    bare = words[1:] if words[0] in {"no", "default"} else words
    for length in range(min(3, len(bare)), 0, -1):
        if (rank := order.get(" ".join(bare[:length]))) is not None:
            return rank
    return LAST


def _refused(kind: str, words: list[str]) -> bool:
    """Whether the server has a parser for the keyword, and the parser refuses the line.

    The parser accepts lines that hsync keeps as text for another reason (`raw_only`, `kept`).
    """
    section_type = by_kind().get(kind)
    if section_type is None:
        return False
    rows: list[Row | Form] = list(section_type.table.find(words))
    kept: list[Row | Form] = []
    for child in section_type.child_by_word.get(words[0], ()):
        rows += child.forms
        kept += child.kept_table.find(words)
    kept += [row for row in rows if row.raw_only and not (isinstance(row, Form) and row.unread)]
    return bool(rows) and all(mismatch_of([row], words) for row in kept)


def _single(section_type: SectionType, words: list[str]) -> Row | None:
    """The row of a directive of which the server keeps only the last line; None for other directives."""
    row = next(section_type.table.find(words), None)
    return row if type(row) in {Row, Option} else None


def _spelling(text: str, words: list[str], *, verbatim: bool) -> str:
    if verbatim:
        return text.strip()
    comment = split(text).comment
    return " ".join(words) + (f" # {comment.strip()}" if comment and comment.strip() else "")


def _comment(text: str) -> str:
    return text[1:].lstrip(" ")
