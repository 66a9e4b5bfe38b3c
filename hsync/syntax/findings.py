"""Findings: lines that HAProxy cannot read, and lines that the server would silently damage when it stores them.

Both are looked for before anything is sent. A file target stores its text unchanged, so there only the lines that
HAProxy cannot read are faults (`kept`).

All findings of a text are returned together, in the order of their lines. In the desired text they are faults that end
the plan; in the text of a server they are facts that the plan reports.

Source: docs/reference/dataplane-api.md section 6, docs/reference/haproxy-cfg.md section 1.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple

from hsync.errors import Fault
from hsync.syntax.document import (
    BLOCK,
    SNIPPET_BEGIN,
    SNIPPET_END,
    SNIPPET_KINDS,
    Document,
    Grammar,
    Section,
    parse,
)
from hsync.syntax.words import BLANK, has_fault, is_plain, split

__all__ = ["MAX_LINE_BYTES", "check", "lost"]

MAX_LINE_BYTES = 65536
"""The server's reader stops at a longer line and loses the rest of the file (bufio.MaxScanTokenSize)."""

MAX_WORDS = 64
"""HAProxy's MAX_LINE_ARGS."""

_CONDITIONAL = re.compile(r"\.(if|elif|else|endif)(?=\s|\Z)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]|\r(?!\n|\\Z)")
_NO_TEXT = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Lone surrogates that are not an undecodable byte (see `document`): a variable can have one, a file cannot."""

_UNREADABLE = frozenset("\x00\x01")
"""HAProxy stops reading at a NUL; \\x01 is hsync's own mark for variables in decoded words (`words.VARIABLE`)."""

_TEXT = "\\x00-\\x08\\x0a-\\x1f"
_LINE = (
    rf"""[ \t]*+(?!\.)[^ \t{_TEXT}"'\\#]*+(?!["'])"""  # a bare first word
    rf"""[^{_TEXT}"'\\#]*+(?:(?:"[^{_TEXT}"\\]*+"|'[^{_TEXT}']*+')[^{_TEXT}"'\\#]*+)*+"""  # words, quotes closed
    rf"""(?:#[^{_TEXT}]*+)?+\r?"""
)
_GOOD = re.compile(rf"(?:{_LINE}\n)*+(?:{_LINE})?+")


def _is_good(text: str) -> bool:
    """Fast check: whether one regular expression is enough to see that no line has a fault."""
    short = max(map(len, text.split("\n"))) < 2 * MAX_WORDS
    whole = text.isascii() or not _NO_TEXT.search(text)
    return short and whole and SNIPPET_BEGIN not in text and _GOOD.fullmatch(text) is not None


class _Finding(NamedTuple):
    """A fault without its file. `server`: whether HAProxy reads the line well, and only the server damages it."""

    line: int
    column: int
    what: str
    remedy: str
    server: bool = False


def _damaged(line: int, column: int, what: str, remedy: str) -> _Finding:
    """A finding about a line that HAProxy reads well and the server damages."""
    return _Finding(line, column, what, remedy, server=True)


def check(
    document: Document, grammar: Grammar, good: Container[str] = (), *, whole: bool = True, kept: bool = False
) -> list[Fault]:
    """All lines of a document that HAProxy cannot read or the server would damage.

    Args:
        document: the parsed text.
        grammar: the section kinds.
        good: texts of sections whose lines are known to have no fault.
        whole: whether HAProxy reads only this document; if not, `from NAME` may refer to a section of another file.
        kept: whether the target stores the text unchanged, so that only unreadable lines are faults.

    Returns:
        Faults in the order of their lines; empty for a text that can be sent.
    """
    findings = [
        *(
            finding
            for section in document.sections
            if section.text not in good
            for finding in _of_section(section, grammar)
        ),
        *_duplicates(document, grammar),
        *_inheritance(document, grammar),
        *(_unknown_parents(document, grammar) if whole else ()),
        *_unclosed(document),
    ]
    findings = [finding for finding in findings if not (kept and finding.server)]
    findings.sort(key=lambda finding: (finding.line, finding.column))
    return [_fault(document, finding) for finding in findings]


def lost(document: Document, grammar: Grammar) -> list[Fault]:
    """The part of `check` about lines that are in no section, in a conditional block, or in a duplicate section."""
    homeless = (finding for section in document.sections for finding in _homeless(section))
    conditional = (finding for section in document.sections for finding in _conditionals(section))
    findings = sorted((*homeless, *conditional, *_duplicates(document, grammar)))
    return [_fault(document, finding) for finding in findings]


def _fault(document: Document, finding: _Finding) -> Fault:
    line, column, what, remedy, _ = finding
    section = next(one for one in reversed(document.sections) if one.line <= line)
    text = section.lines[line - section.line]
    column = max(column, len(text) - len(text.lstrip(BLANK)) + 1)
    return Fault(document.where(line, column), what, remedy, text, column, line)


def _of_section(section: Section, grammar: Grammar) -> Iterator[_Finding]:
    yield from _lines(section, grammar)
    yield from _header(section, grammar)


def _lines(section: Section, grammar: Grammar) -> Iterator[_Finding]:
    if section.kind and _is_good(section.text):
        return
    for offset, line in enumerate(section.lines):
        if not _is_good(line):
            yield from _one_line(line, section.line + offset, grammar)
    yield from _homeless(section)
    yield from _conditionals(section)
    yield from _snippets(section)


def _homeless(section: Section) -> Iterator[_Finding]:
    """Directives before the first section: one finding for all, since a file of another format has many."""
    found = [] if section.kind else [one for one in section.directives if not one.text.startswith(".")]
    if found and found[0].text.startswith("\ufeff"):
        yield _Finding(found.pop(0).number, 1, "a byte order mark", "save the file as UTF-8 without one")
    if found:
        what = f"{len(found)} directives" if len(found) > 1 else "a directive"
        what = f"{what} before the first section"
        yield _Finding(found[0].number, 1, what, "begin with a section header: global, defaults, frontend ...")


def _one_line(line: str, number: int, grammar: Grammar) -> Iterator[_Finding]:
    half = _NO_TEXT.search(line)
    if half:
        yield _Finding(number, half.start() + 1, "half of a surrogate pair, which is not a character", "remove it")
        return
    if len(line) > MAX_LINE_BYTES // 4 and len(line.encode("utf-8", "surrogateescape")) >= MAX_LINE_BYTES:
        yield _damaged(number, 1, "a line of 64 KiB or more", "split it: the server would lose the rest of the file")
        return
    control = _CONTROL.search(line)
    if control and line.strip(BLANK):
        found = _Finding if control.group() in _UNREADABLE else _damaged
        yield found(number, control.start() + 1, f"control character {control.group()!r}", "remove it")
    if (fault := has_fault(line)) is not None:
        yield _Finding(number, fault[1], fault[0], "close the quote, or escape it with a backslash")
    words = split(line).words
    if len(words) > MAX_WORDS:
        yield _Finding(number, words[MAX_WORDS].column, f"more than {MAX_WORDS} words", "split the line")
    if words and words[0].raw != words[0].value and words[0].value in grammar.kinds:
        yield _Finding(
            number, words[0].column, f"quoted section keyword {words[0].raw}", f"write {words[0].value} without quotes"
        )


def _conditionals(section: Section) -> Iterator[_Finding]:
    for directive in section.directives:
        if directive.text[0] == "." and not directive.snippet and (match := _CONDITIONAL.match(directive.text)):
            what = f"the server drops {match.group()}, so the lines of the block would become unconditional"
            block = ", or put the block between config-snippet comments" if section.kind in SNIPPET_KINDS else ""
            yield _damaged(directive.number, 1, what, f"use a condition of the template{block}")


def _unclosed(document: Document) -> Iterator[_Finding]:
    """In a text of several files: `.if` blocks without `.endif` in the same file."""
    open_at: list[int] = []
    for section in (*document.sections, Section("", "", 0)) if document.files else ():
        if not section.kind:
            yield from (
                _Finding(line, 1, "an .if block without .endif in the same file", "add .endif") for line in open_at
            )
            open_at = []
        for line in section.directives:
            word = line.text.split(maxsplit=1)[0]
            if word == ".if" and not line.snippet:
                open_at.append(line.number)
            elif word == ".endif" and not line.snippet:
                del open_at[-1:]


def _snippets(section: Section) -> Iterator[_Finding]:
    if SNIPPET_BEGIN not in section.text or section.kind not in SNIPPET_KINDS:
        return
    begins = [n for n, line in enumerate(section.lines) if line.strip(BLANK).startswith(SNIPPET_BEGIN)]
    if begins and not any(line.strip(BLANK).startswith(SNIPPET_END) for line in section.lines[begins[-1] :]):
        what = "a config-snippet block without its END line"
        yield _damaged(section.line + begins[-1], 1, what, f"add `{SNIPPET_END}` below its last line")
    for offset in begins[1:]:
        yield _damaged(
            section.line + offset,
            1,
            "a second config-snippet block in one section",
            "merge the two blocks: the server keeps only one",
        )


def _header(section: Section, grammar: Grammar) -> Iterator[_Finding]:
    if section.kind == BLOCK:
        return
    line, words = section.text.partition("\n")[0], section.header
    if section.kind and not is_plain(line):
        parts = split(line).words
        for word in parts[1:]:
            if word.raw != word.value:
                what, remedy = f"quoted section name {word.raw}", f"write {word.value} without quotes"
                yield _damaged(section.line, word.column, what, remedy)
    inherits = section.kind in grammar.inheriting
    if grammar.further(section):
        found = _more_words(section, line, inherits=inherits)
        yield found._replace(server=True) if section.kind in grammar.reads_over else found
    if len(words) == 1 and section.kind not in grammar.nameless:
        fault = _damaged if section.kind in grammar.anonymous else _Finding
        yield fault(section.line, 1, f"{section.kind} without a name", f"write `{section.kind} NAME`")


_BINDING_KINDS = frozenset({"frontend", "listen"})
"""Kinds whose header took addresses up to HAProxy 1.5: `listen stats 0.0.0.0:1936`."""


def _more_words(section: Section, line: str, *, inherits: bool) -> _Finding:
    """The finding about surplus words in a header."""
    named = 1 + bool(section.name)
    words = split(line).words[named : len(section.header) - 2 * (bool(section.parent) and inherits)]
    extra, column = " ".join(word.raw for word in words), words[0].column
    if section.kind in _BINDING_KINDS and re.search("[:/@]", words[0].raw):
        what = f"an address in the section header, {extra!r}"
        return _damaged(section.line, column, what, f"write `bind {extra}` on a line of its own")
    remedy = "write one name, then `from NAME`" if inherits else "write only a name"
    return _Finding(section.line, column, f"unexpected {extra!r} in the section header", remedy)


def _duplicates(document: Document, grammar: Grammar) -> Iterator[_Finding]:
    seen: dict[tuple[str, str], int] = {}
    for section in document.sections:
        key = (section.kind, section.name)
        if section.kind in ("", BLOCK) or section.kind in grammar.merged or key == ("defaults", ""):
            continue
        if key in seen:
            what = f"duplicate section: {section.kind} {section.name} is already at line {seen[key]}"
            if section.kind in grammar.repeating:
                yield _damaged(section.line, 1, what, "merge the two sections: the server keeps only the last")
            else:
                yield _Finding(section.line, 1, what, "merge the two sections, or rename one: names must be unique")
        seen[key] = section.line


def _inheritance(document: Document, grammar: Grammar) -> Iterator[_Finding]:
    defaults = [section for section in document.sections if section.kind == "defaults"]
    anonymous = [section for section in defaults if not section.name]
    for section in anonymous[1:]:
        what = "a second anonymous defaults section: the server moves it, and proxies would inherit from another one"
        yield _damaged(section.line, 1, what, "name each defaults section and write `from NAME` on each proxy")
    if len(defaults) < 2 or len(anonymous) > 1:
        return
    above = ""
    for section in document.sections:
        if section.kind == "defaults":
            above = section.name
        elif section.kind in grammar.inheriting and not section.parent:
            what = f"{section.kind} {section.name} has no `from NAME`, and there are several defaults sections"
            remedy = f"write `{section.kind} {section.name} from {above or 'NAME'}`"
            named = "" if above else ", and give this name to the defaults section above it"
            yield _damaged(section.line, 1, what, remedy + named)


def _unknown_parents(document: Document, grammar: Grammar) -> Iterator[_Finding]:
    everywhere = _with_nested_sections(document, grammar)
    names = {section.name: None for section in everywhere if section.kind == "defaults" and section.name}
    for section in document.sections:
        if section.kind in grammar.inheriting and section.parent and section.parent not in names:
            column = split(section.text.partition("\n")[0]).words[-1].column
            what = f"defaults section {section.parent!r} does not exist"
            yield _Finding(section.line, column, what, _meant(section.parent, list(names)))


def _with_nested_sections(document: Document, grammar: Grammar) -> Iterator[Section]:
    """All sections, including those inside of `.if` blocks: HAProxy may or may not read them."""
    for section in document.sections:
        yield section
        if section.kind == BLOCK:
            yield from parse(section.text, document.source, replace(grammar, blocks=False)).sections


def _meant(parent: str, names: list[str]) -> str:
    near = get_close_matches(parent, names, n=1)
    if near:
        return f"did you mean `from {near[0]}`?"
    known = f"write one of {', '.join(names[:MANY])}" if names else "remove `from`"
    return f"add `defaults {parent}`, or {known}"


MANY = 10
"""Maximum number of names in a remedy."""
