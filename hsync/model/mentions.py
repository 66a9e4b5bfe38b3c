"""mentions: the names that lines refer to (`use_backend NAME`, `server a/b`), and the names of servers.

Theory of operation: the table in `sections.mentions` lists the words that are names. This module finds them in a line.
The value of one parameter is never read as another parameter. Names that HAProxy makes at run time (`%[...]`, `"$X"`)
or finds by number (`#7`) are skipped.
Rule 1: only a line that may have a name is split into words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from hsync.sections.mentions import CALLS, MENTIONS, SERVER_VALUES, Mention
from hsync.syntax import Directive, Document, Section, Word, split
from hsync.syntax.words import VARIABLE

__all__ = ["Named", "conditional_lines", "has_line", "named_in", "server_names"]


class Named(NamedTuple):
    """A name that a line refers to.

    Args:
        to: the kind of the named thing: a section kind, `server`, or `table`.
        name: the name.
        line: number of the line in the text.
        text: the whole line.
        column: 1-based place of the name in the line.
        mention: the entry of the table; None for an argument of a fetch or converter, and for `from NAME`.
    """

    to: str
    name: str
    line: int
    text: str
    column: int
    mention: Mention | None = None

    @property
    def proxy(self) -> str:
        """For a server: the proxy in `PROXY/SERVER`; "" for a server of the line's own proxy."""
        return self.name.rpartition("/")[0] if self.to == "server" else ""

    @property
    def last(self) -> str:
        """The name without the proxy."""
        return self.name.rpartition("/")[2] if self.to == "server" else self.name


def named_in(section: Section, skipped: frozenset[int] = frozenset()) -> Iterator[Named]:
    """The names that the lines of a section refer to.

    Args:
        section: the text.
        skipped: numbers of lines that HAProxy may not read, see `conditional_lines`.
    """
    for offset, text in enumerate(section.lines[bool(section.kind) :], bool(section.kind)):
        number = section.line + offset
        if _may_name(text) and number not in skipped:
            yield from _in_line(section.kind, number, text)


def _may_name(text: str) -> bool:
    """Whether a line may have a name; fast, and never False by mistake."""
    first = text.split(maxsplit=1)[:1]
    hints = _hints().get(first[0], ()) if first else ()
    return any(hint in text for hint in hints) or ("(" in text and any(name in CALLS for name in _CALLED.findall(text)))


_CALLED = re.compile(r"([a-z0-9_]+)\(")


@cache
def _hints() -> dict[str, tuple[str, ...]]:
    """Parts of a line that are in each line with a name, by the first word of the line."""
    found: dict[str, list[str]] = {}
    for mention in MENTIONS:
        longer = mention.head[-1].rstrip("*") if len(mention.head) > 1 else ""
        marked = "@" if "@" in mention.name else ""
        found.setdefault(mention.head[0], []).append(longer or (mention.at if isinstance(mention.at, str) else marked))
    return {word: tuple(dict.fromkeys(hints)) for word, hints in found.items()}


def _in_line(kind: str, number: int, text: str) -> Iterator[Named]:
    words = split(text).words
    if not words:
        return
    for mention in _by_word().get(words[0].value, ()):
        if (not mention.kinds or kind in mention.kinds) and _has_head(words, mention.head):
            for word in _names_at(words, mention):
                yield from _named(mention, word, number, text)
    if "(" in text:
        yield from (named for word in _expressions(words) for named in _calls(word, number, text))


@cache
def _by_word() -> dict[str, tuple[Mention, ...]]:
    found: dict[str, list[Mention]] = {}
    for mention in MENTIONS:
        found.setdefault(mention.head[0], []).append(mention)
    return {word: tuple(many) for word, many in found.items()}


def _has_head(words: Sequence[Word], head: Sequence[str]) -> bool:
    return len(words) >= len(head) and all(
        word.value.startswith(part[:-1]) if part.endswith("*") else word.value == part
        for word, part in zip(words, head, strict=False)
    )


def _names_at(words: Sequence[Word], mention: Mention) -> Iterator[Word]:
    """The words that may be the name; if a parameter is repeated, the last counts."""
    if isinstance(mention.at, int):
        yield from words[mention.at : mention.at + 1]
        return
    valued = SERVER_VALUES if mention.head[0].endswith(("server", "server-template")) else frozenset()
    found, at = None, len(mention.head)
    while at < len(words) - 1 and words[at].value not in {"if", "unless"}:
        if words[at].value == mention.at:
            found = words[at + 1]
        at += 1 + (words[at].value in valued or words[at].value == mention.at)
    if found is not None:
        yield found


def _named(mention: Mention, word: Word, number: int, text: str) -> Iterator[Named]:
    match = re.fullmatch(mention.name, word.value)
    if match and _is_literal(match["name"]):
        shift = match.start("name") if word.raw == word.value else 0
        yield Named(mention.to, match["name"], number, text, word.column + shift, mention)


def _is_literal(name: str) -> bool:
    """Whether a name is literal: HAProxy does not make it at run time, or find it by number."""
    return bool(name) and VARIABLE not in name and "%" not in name and not name.startswith("#")


_TAKES_EXPRESSION = re.compile(r"(?:un)?set-var\b.*|track-sc\d?|sc-set-gpt.*|capture|on|match|store-re(?:quest|sponse)")
_FORMATTED = re.compile(r"%(?:\{[^}]*\})?(?:\([^)]*\))?\[([^\]]*)\]")


def _expressions(words: Sequence[Word]) -> Iterator[tuple[Word, str, int]]:
    """The sample expressions of a line: the word, the expression, and the place in the word where it begins."""
    in_acl = words[0].value == "acl"
    for at, word in enumerate(words):
        before = words[at - 1].value if at else ""
        if before in {"{", "!{"} or (in_acl and at == 2) or (at and _TAKES_EXPRESSION.fullmatch(before)):
            yield word, word.value, 0
        elif "%" in word.value:
            yield from ((word, match[1], match.start(1)) for match in _FORMATTED.finditer(word.value))


_CALL = re.compile(r"(?:^|,)([a-z0-9_.]+)\(([^()'\"]*)\)")


def _calls(expression: tuple[Word, str, int], number: int, text: str) -> Iterator[Named]:
    """The names among the arguments of the fetches and converters of an expression."""
    word, code, start = expression
    if "'" in code or '"' in code:
        return  # quotes: part of the expression may be a string that looks like a call
    for call in _CALL.finditer(code):
        to, index = CALLS.get(call[1], ("", 0))
        arguments = call[2].split(",")
        if to and len(arguments) > index and _is_literal(arguments[index]):
            place = start + call.start(2) + sum(len(argument) + 1 for argument in arguments[:index])
            shift = place if word.raw == word.value else 0
            yield Named(to, arguments[index], number, text, word.column + shift)


def has_line(section: Section, keyword: str) -> bool:
    """Whether a section has a line that begins with the words of a keyword."""
    return keyword in section.text and _line_of(keyword).search(section.text) is not None


@cache
def _line_of(keyword: str) -> re.Pattern[str]:
    words = r"[ \t]+".join(map(re.escape, keyword.split()))
    return re.compile(rf"^[ \t]*{words}(?=[\s#]|\Z)", re.MULTILINE)


def server_names(section: Section) -> frozenset[str] | None:
    """The names of a proxy's servers; None if a name depends on a variable."""
    names: set[str] = set()
    for line in section.directives:
        if line.text.startswith("server"):
            made = _servers_of(line)
            if made is None:
                return None
            names.update(made)
    return frozenset(names)


_RANGE = re.compile(r"(?:(\d{1,5})-)?(\d{1,5})")


def _servers_of(line: Directive) -> Iterable[str] | None:
    words = line.meaning
    if len(words) < 2 or words[0] not in {"server", "server-template"}:
        return ()
    if words[0] == "server":
        return None if VARIABLE in words[1] else words[1:2]
    number = _RANGE.fullmatch(words[2]) if len(words) > 2 else None
    if number is None or VARIABLE in words[1]:
        return None
    return (f"{words[1]}{index}" for index in range(int(number[1] or 1), int(number[2]) + 1))


def conditional_lines(document: Document) -> frozenset[int]:
    """Numbers of the lines between `.if` and `.endif`, which HAProxy may not read."""
    found: set[int] = set()
    depth = 0
    for section in document.sections:
        if depth:
            found.add(section.line)
        if not depth and ".if" not in section.text:
            continue
        for line in section.directives:
            word = line.text.split(maxsplit=1)[0]
            depth += (word == ".if") - (word == ".endif")
            if depth > 0:
                found.add(line.number)
    return frozenset(found)
