"""to_resources: from the text of a section to API objects. The inverse is `to_text`.

A line is expressible if a row reads all of its words, and the words that the row writes give the same fields again. Any
other line is opaque. Each line is checked in this way, so a mistake in a row can make a line opaque, but not lose it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from hsync.model.resources import Content, Loss, Opaque, Resource, ResourceSection, said, same
from hsync.schema import Child, Fields, Form, Mismatch, Row, SectionType, Shape, get, mismatch_of
from hsync.schema.forms import CONDITION_WORDS
from hsync.schema.groups import parameter_words
from hsync.sections import by_kind, grammar
from hsync.sections.dropped import fewest_dropped
from hsync.syntax import Directive, Document, Section, meaning, raw_words
from hsync.syntax.words import is_plain

__all__ = ["as_text", "child_of", "join_repeated", "to_resources", "with_keys"]

UNNAMED_DEFAULTS = "unnamed_defaults_"
"""The server's name for an anonymous defaults section, followed by a number from 1."""


def join_repeated(keyed: Iterable[tuple[tuple[str, str], Section]]) -> dict[tuple[str, str], Section]:
    """Sections by key; sections with the same key are joined to one text, as HAProxy reads them."""
    joined: dict[tuple[str, str], Section] = {}
    for key, section in keyed:
        known = joined.get(key)
        if known is not None:
            section = Section(section.kind, known.text + "".join(section.lines[1:]), known.line)  # noqa: PLW2901
        joined[key] = section
    return joined


def with_keys(document: Document) -> Iterator[tuple[tuple[str, str], Section]]:
    """The sections of a document with their keys: kind and name; a repeated name gets a number, `web (2)`.

    An anonymous defaults section has the name that the server gives it.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for section in document.sections:
        if not section.kind:
            continue
        key = (section.kind, "" if section.kind in grammar().merged else section.name)
        seen[key] += 1
        if key == ("defaults", ""):
            key = ("defaults", f"{UNNAMED_DEFAULTS}{seen[key]}")
        elif seen[key] > 1 and section.kind not in grammar().merged:
            key = (section.kind, f"{section.name} ({seen[key]})")
        yield key, section


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a line is opaque, for people."""

    text: str


_SNIPPET = Reason("inside a config-snippet block")


class _Reading:
    """Collects the object, children and opaque lines of a section, line by line."""

    def __init__(self, section_type: SectionType) -> None:
        self.type = section_type
        self.base: Fields = {}
        self.lines: dict[str, Directive] = {}
        self.children: defaultdict[str, list[Resource]] = defaultdict(list)
        self.opaque: list[Opaque] = []

    def add(self, line: Directive) -> None:
        read = _SNIPPET if line.snippet else child_of(self.type.kind, line.text)
        if isinstance(read, Resource):
            self.children[read.child].append(Resource(read.child, read.key, read.body, line))
            return
        words = line.words
        of_base = _SNIPPET if line.snippet else self.add_base(line, words)
        if of_base is not None:
            self.opaque.append(self.left(line, words, (read or of_base).text))

    def left(self, line: Directive, words: list[str], reason: str) -> Opaque:
        """The opaque line, with what the server does to it."""
        after = tuple((child.path, len(self.children.get(child.path, ()))) for child in self.families(words))
        if line.snippet:
            return Opaque(line, reason, after)
        text = text_of(self.type.kind, line.text)
        # The server reads most keywords of a section's object with any words after them (`timeout client "${T}"`), and
        # a PUT of the object then drops the line. It reads a child's line only if it knows every word.
        known = text.known or self.type.table.knows(words)
        lost = text.lost or self.lost(words) or (None if text.stays else dropped(self.type, words))
        return Opaque(line, reason, after, known, text.stays, text.said, lost)

    def lost(self, words: list[str]) -> Loss | None:
        """What the server drops: words of an opaque line, or an earlier line of the same keyword."""
        for aside in self.type.asides:
            if aside.alone and aside.keyword == words[0] and self.has_text(words[0]):
                return Loss(KEEPS_LAST, aside.alone)
        for row in self.type.table.find(words):
            whole = row.kept is not None and body_of(row.kept, words) is not None
            if row.cut and not whole and read_row(row, words) is None:
                return cut_of(row.cut)
            if row.alone and any(get(self.base, path) is not None for path in row.paths):
                return Loss(KEEPS_LAST, row.alone)
        return None

    def has_text(self, keyword: str) -> bool:
        """Whether there is an opaque line with this keyword outside of a config-snippet block."""
        return any(opaque.line.words[0] == keyword for opaque in self.opaque if not opaque.line.snippet)

    def families(self, words: list[str]) -> list[Child]:
        """The collections whose keyword a line has. `no` alone is no such keyword: `no log`, `no option ...`."""
        families = self.type.child_by_word.get(words[0], ())
        return [child for child in families if words[0] != "no" or child.table.knows(words)]

    def add_base(self, line: Directive, words: list[str]) -> Reason | None:
        """Add a line to the section's object. None if it was added, else the reason why the line is opaque."""
        rows = list(self.type.table.find(words))
        for row in rows:
            read = read_row(row, words)
            if read is None:
                continue
            if isinstance(read, Reason):
                return read
            if row.once and any(get(self.base, path) is not None for path in row.paths):
                return Reason(row.once)
            row.read(words, self.base)
            self.lines.update((path.partition(".")[0], line) for path in row.paths)
            return None
        return why_not(rows, words, self.type.kind)


@lru_cache(maxsize=131_072)
def child_of(kind: str, text: str) -> Resource | Reason | None:
    """The child for a line, without the line's place; else why the line is opaque, or None for other keywords.

    Cached: most lines are in both texts of a comparison, and in the text of its proof. Bodies are never changed.
    """
    section_type, words = by_kind()[kind], raw_words(text)
    reason: Reason | None = None
    for child in section_type.child_by_word.get(words[0], ()):
        forms = list(child.table.find(words))
        for form in forms:
            body = read_child(child, form, words)
            if body is None or isinstance(body, Reason):
                reason = reason or body
                continue
            key = str(body.get(child.key, "")) if child.shape is Shape.NAMED else ""
            return Resource(child.path, key, body)
        reason = reason or (why_not(forms, words, kind) if forms else None)
    return reason


KEEPS_LAST = "HAProxy obeys all lines of this keyword, but the server keeps only the last"


@dataclass(frozen=True, slots=True)
class Text:
    """The attributes of an opaque line that do not depend on its place: see `Opaque`."""

    known: bool = False
    stays: bool = False
    said: Hashable = None
    lost: Loss | None = None


@lru_cache(maxsize=131_072)
def text_of(kind: str, text: str) -> Text:
    """What the server does to an opaque line. Cached, for the same reason as `child_of`."""
    words, section_type = raw_words(text), by_kind()[kind]
    for child in section_type.child_by_word.get(words[0], ()):
        read = (form for form in child.table.find(words) if form.raw_only and not form.unread)
        for form in (*read, *child.kept_table.find(words)):
            if body_of(form, words) is not None:
                return Text(known=True, stays=True, said=said_by(form, words), lost=cut_of(form.cut))
    for aside in section_type.asides:
        if aside.keyword == words[0]:
            fits = next((form for form in aside.kept if body_of(form, words) is not None), None)
            lost = cut_of(fits.cut) if fits else None
            return Text(stays=fits is not None, said=said_by(aside.said, words), lost=lost)
    rows = (row.kept for row in section_type.table.find(words) if row.kept)
    return Text(stays=any(body_of(form, words) is not None for form in rows))


def cut_of(remedy: str) -> Loss | None:
    """The loss of words, if the row has a remedy for it."""
    return Loss("the server drops words of this line", remedy) if remedy else None


def dropped(section_type: SectionType, words: list[str]) -> Loss | None:
    """The loss of unknown words, for keywords of which servers drop such words; None if the rest is no valid line."""
    fewest = fewest_dropped(words)
    for row in _rows_of(section_type, words) if fewest else ():
        start = _unread(row, words)
        end = next((at for at in range(start, len(words)) if words[at] in CONDITION_WORDS), len(words))
        unread = words[start:end]
        if len(unread) < fewest or unread[0] in _parameters(row):
            continue  # a known parameter: it is repeated, or excluded by another one
        if mismatch_of([row], words[:start] + words[end:]) is None:
            return Loss(_which(start, end, len(words)), NO_SUCH_WORDS)
    return None


NO_SUCH_WORDS = "remove them, or manage this host without a Data Plane API"


@cache
def _parameters(row: Row | Form) -> frozenset[str]:
    """The words of a row that begin parameters."""
    return frozenset(parameter_words(row.args.args if isinstance(row, Row) else row.args))


def _unread(row: Row | Form, words: list[str]) -> int:
    """The index of the first word after the keyword that a row does not read."""
    mismatch = mismatch_of([row], words)
    head = max((len(one) for one in row.heads() if tuple(words[: len(one)]) == one), default=0)
    return max(mismatch.at, head) if mismatch else len(words)


def _rows_of(section_type: SectionType, words: list[str]) -> Iterator[Row | Form]:
    yield from section_type.table.find(words)
    for child in section_type.child_by_word.get(words[0], ()):
        yield from child.table.find(words)


def _which(start: int, end: int, size: int) -> str:
    """The words that the server drops, by number: their text may be secret."""
    several = end - start > 1
    words, them = (f"{end - start} words", "them") if several else ("word", "it")
    which = f"last {words}" if end == size else f"{words} after word {start}"
    return f"the server does not know the {which} and drops {them}"


def said_by(form: Form, words: list[str]) -> Hashable:
    """The meaning of a line that a form can read and write without loss; else None."""
    body = body_of(form, words)
    written = form.write(body) if body is not None else None
    whole = written is not None and body_of(form, written) == body
    return (form.head, said(body)) if whole else None


def body_of(form: Form, words: list[str]) -> Fields | None:
    """The fields that a form reads from a line; None if the form refuses the line."""
    body: Fields = {}
    try:
        form.read(words, body)
    except Mismatch:
        return None
    return body


def read_child(child: Child, form: Form, words: list[str]) -> Fields | Reason | None:
    """The body of a child's line; else why the line is opaque, or None if the form refuses the line."""
    body: Fields = {}
    try:
        form.read(words, body)
    except Mismatch:
        return None
    if form.raw_only:
        return Reason(form.raw_only)
    written = child.write(body)
    if written == words:
        return body  # the same words give the same fields
    again: Fields = {}
    try:
        if written is None:
            return NOT_WRITTEN
        form.read(written, again)
    except Mismatch:
        return NOT_READ_AGAIN
    return body if again == body else WORD_LOST


NOT_WRITTEN = Reason("this line cannot be written again from its API fields")
NOT_READ_AGAIN = Reason("this line cannot be read again as it would be written")
WORD_LOST = Reason("the API fields of this line do not have all of its words")
QUOTES = Reason("the Data Plane API does not read the quotes of this line as HAProxy does")
"""Reasons of lines that a row reads, but not without loss: an opaque line is safe, see the head of the module."""


def read_row(row: Row, words: list[str]) -> Fields | Reason | None:
    """The fields of a line of a section's object; else why the line is opaque, or None if the row refuses it."""
    fields: Fields = {}
    again: Fields = {}
    try:
        row.read(words, fields)
    except Mismatch:
        return None
    if row.raw_only:
        return Reason(row.raw_only)
    if not _same_without_quotes(row, words, fields):
        return QUOTES
    written = row.write(fields)
    try:
        if len(written) != 1:
            return NOT_WRITTEN
        row.read(written[0], again)
    except Mismatch:
        return NOT_READ_AGAIN
    return fields if again == fields else WORD_LOST


def _same_without_quotes(row: Row, words: list[str], fields: Fields) -> bool:
    """Whether a row reads the same fields from words without needless quotes (`stats auth "u:p"`)."""
    if is_plain(" ".join(words)):
        return True
    bare: Fields = {}
    try:
        row.read([_bare(word) for word in words], bare)
    except Mismatch:
        return False
    return same(bare, fields)


def _bare(word: str) -> str:
    """The word without quotes, unless it needs them: for blanks, `#` or variables."""
    value = meaning(word)
    return value if is_plain(value) and value.isprintable() and " " not in value and value else word


def why_not(rows: Iterable[Row | Form], words: list[str], kind: str) -> Reason:
    """The reason why no row reads a line of a section kind: the word for which the API has no field."""
    mismatch = mismatch_of(rows, words)
    if mismatch is None:
        named = 2 + (tuple(words[:2]) in families_of(kind))
        return Reason(f"the Data Plane API has no field for {' '.join(words[:named])!r}")
    at, expected = mismatch.at, mismatch.expected
    if at == len(words):
        return Reason(f"incomplete line: the Data Plane API expects {expected}")
    if tuple(words[:at]) in families_of(kind):
        # The expected keyword is omitted: it would be one of dozens.
        article = "the" if kind in grammar().merged else "an" if kind[0] in "aeiou" else "a"
        return Reason(f"the Data Plane API has no `{' '.join(words[: at + 1])}` in {article} {kind} section")
    if expected == "the end of the line":
        return Reason(f"the Data Plane API cannot express {words[at]!r} in this line")
    return Reason(f"the Data Plane API cannot express {words[at]!r} here: it expects {expected}")


@cache
def families_of(kind: str) -> frozenset[tuple[str, ...]]:
    """First words of several keywords of a section kind, such as `option` and `http-request`."""
    section_type = by_kind()[kind]
    known: list[Iterable[tuple[str, ...]]] = [
        section_type.table.by_head,
        *(child.table.by_head for child in section_type.children),
    ]
    longer = {head[: size + 1] for heads in known for head in heads for size in range(1, len(head))}
    count = Counter(head[:-1] for head in longer)
    return frozenset(words for words, number in count.items() if number > 1)


def to_resources(section: Section, name: str | None = None) -> ResourceSection:
    """Read a section as API objects.

    Args:
        section: the text.
        name: the section's name in the API, if it is not in the header (anonymous defaults).

    Returns:
        The section's object, children and opaque lines: each directive is in exactly one of them. The lines are read
        at their first use.
    """
    section_type = by_kind().get(section.kind)
    if section_type is None:
        return as_text(section, section.name, f"the Data Plane API has no {section.kind} sections")
    if name is None:
        name = "" if section_type.shape is Shape.SINGLETON else section.name
    return ResourceSection(section_type, section.kind, name, section, partial(_content, section_type, section))


def _content(section_type: SectionType, section: Section) -> Content:
    """The lines of a section as API objects."""
    reading = _Reading(section_type)
    if section_type.inherits and section.parent:
        reading.base["from"] = section.parent
    for line in section.directives:
        reading.add(line)
    children = {path: tuple(reading.children[path]) for path in section_type.child_by_path if path in reading.children}
    return Content(reading.base, children, tuple(reading.opaque), reading.lines)


def as_text(section: Section, name: str, reason: str) -> ResourceSection:
    """A section whose lines are all opaque; a header with surplus words is an opaque line, too.

    Args:
        section: the text.
        name: the section's name, unique among sections of its kind.
        reason: why the section is not an API object, for people.
    """
    return ResourceSection(None, section.kind, name, section, partial(_text_content, section, reason), reason)


def _text_content(section: Section, reason: str) -> Content:
    """The lines of a section that is compared as text."""
    lines = section.directives
    if grammar().further(section):
        lines = (Directive(section.lines[0].strip(" \t\r\n"), section.line), *lines)
    return Content({}, {}, tuple(Opaque(line, reason) for line in lines), {})
