"""bind: text -> API objects. The inverse is `unbind`.

A line is expressible when a row reads all of its words and writing the result reads back the same; everything else
is opaque. The check is made for each line that is bound, so a table that forgets something can only make a line
opaque, never lose it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from hsync.model.bound import BoundSection, Loss, Opaque, Resource, frozen, normal, same
from hsync.schema import Child, Fields, Form, Mismatch, Row, SectionType, Shape, get, mismatch_of
from hsync.schema.forms import CONDITION_WORDS
from hsync.schema.groups import parameter_words
from hsync.sections import by_kind, grammar
from hsync.sections.dropped import fewest_dropped
from hsync.syntax import Directive, Document, Section, meaning, raw_words
from hsync.syntax.words import is_plain

__all__ = ["as_text", "bind", "child_of", "join_repeated", "with_keys"]

UNNAMED_DEFAULTS = "unnamed_defaults_"
"""What the server calls anonymous defaults sections, with a number from 1."""


def join_repeated(keyed: Iterable[tuple[tuple[str, str], Section]]) -> dict[tuple[str, str], Section]:
    """Sections by their keys; those that may repeat become one text, as HAProxy reads them."""
    joined: dict[tuple[str, str], Section] = {}
    for key, section in keyed:
        known = joined.get(key)
        if known is not None:
            section = Section(section.kind, known.text + "".join(section.lines[1:]), known.line)  # noqa: PLW2901
        joined[key] = section
    return joined


def with_keys(document: Document) -> Iterator[tuple[tuple[str, str], Section]]:
    """The sections of a document with their keys: kind and name, and a number behind the name of a repeated one.

    The n-th anonymous defaults section has the name that the server gives it.
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


class _Binding:
    """Collects what the lines of one section are."""

    def __init__(self, section_type: SectionType) -> None:
        self.type = section_type
        self.base: Fields = {}
        self.lines: dict[str, Directive] = {}
        self.children: defaultdict[str, list[Resource]] = defaultdict(list)
        self.opaque: list[Opaque] = []

    def add(self, line: Directive) -> None:
        read = "inside a config-snippet block" if line.snippet else child_of(self.type.kind, line.text)
        if isinstance(read, Resource):
            self.children[read.child].append(Resource(read.child, read.key, read.body, line))
            return
        words, reason = line.words, read
        if not line.snippet:
            of_base = self.add_base(line, words)
            reason = reason or of_base if of_base else ""
        if reason:
            self.opaque.append(self.left(line, words, reason))

    def left(self, line: Directive, words: list[str], reason: str) -> Opaque:
        """A line that stays text, with what is known of it."""
        after = tuple((child.path, len(self.children.get(child.path, ()))) for child in self.families(words))
        if line.snippet:
            return Opaque(line, reason, after)
        text = text_of(self.type.kind, line.text)
        # The server takes most keywords of a section's object with any words behind them (`timeout client "${T}"`), and
        # a PUT of the object then drops the line. Of a child's line it must know every word.
        known = text.known or self.type.table.knows(words)
        lost = text.lost or self.lost(words) or (None if text.stays else dropped(self.type, words))
        return Opaque(line, reason, after, known, text.stays, text.said, lost)

    def lost(self, words: list[str]) -> Loss | None:
        """What the server drops of a line of the section's object, or of the one before it."""
        for aside in self.type.asides:
            if aside.alone and aside.keyword == words[0] and self.has_text(words[0]):
                return Loss(KEEPS_LAST, aside.alone)
        for row in self.type.table.find(words):
            whole = row.kept is not None and body_of(row.kept, words) is not None
            if row.cut and not whole and expressible(row, words) is None:
                return cut_of(row.cut)
            if row.alone and any(get(self.base, path) is not None for path in row.paths):
                return Loss(KEEPS_LAST, row.alone)
        return None

    def has_text(self, keyword: str) -> bool:
        """Whether a line with this keyword stays text, outside of a block."""
        return any(one.line.words[0] == keyword for one in self.opaque if not one.line.snippet)

    def families(self, words: list[str]) -> list[Child]:
        """The collections whose keyword a line has. `no` is the keyword of `no log` and of much else."""
        families = self.type.child_by_word.get(words[0], ())
        return [child for child in families if words[0] != "no" or child.table.knows(words)]

    def add_base(self, line: Directive, words: list[str]) -> str:
        """Empty when the line is part of the section's object now; else why not."""
        rows = list(self.type.table.find(words))
        for row in rows:
            reason = expressible(row, words)
            if reason:
                return reason
            if reason is None:
                continue
            if row.once and any(get(self.base, path) is not None for path in row.paths):
                return row.once
            row.read(words, self.base)
            self.lines.update((path.partition(".")[0], line) for path in row.paths)
            return ""
        return why_not(rows, words, self.type.kind)


@lru_cache(maxsize=131_072)
def child_of(kind: str, text: str) -> Resource | str:
    """The child that a line of a section kind is, without its place; or why it is none, "" when none has its keyword.

    Remembered, since most lines stand on both sides of a comparison and again in its proof. Nobody changes a body.
    """
    section_type, words = by_kind()[kind], raw_words(text)
    reason = ""
    for child in section_type.child_by_word.get(words[0], ()):
        forms = list(child.table.find(words))
        for form in forms:
            body = read_child(child, form, words)
            if isinstance(body, str):
                reason = reason or body
                continue
            key = str(body.get(child.key, "")) if child.shape is Shape.NAMED else ""
            return Resource(child.path, key, body)
        reason = reason or (why_not(forms, words, kind) if forms else "")
    return reason


KEEPS_LAST = "HAProxy obeys every line of this keyword, the server keeps the last"


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of a line that stays text, wherever it stands: see `Opaque`."""

    known: bool = False
    stays: bool = False
    said: Hashable = None
    lost: Loss | None = None


@lru_cache(maxsize=131_072)
def text_of(kind: str, text: str) -> Text:
    """What is known of a line that stays text. Remembered like `child_of`."""
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
    """The loss of words for which a row has a remedy."""
    return Loss("the server drops words of it", remedy) if remedy else None


def dropped(section_type: SectionType, words: list[str]) -> Loss | None:
    """The loss of the words that no row reads, behind those that one does, where the server drops such words."""
    fewest = fewest_dropped(words)
    for row in _rows_of(section_type, words) if fewest else ():
        start = _unread(row, words)
        end = next((at for at in range(start, len(words)) if words[at] in CONDITION_WORDS), len(words))
        unread = words[start:end]
        if len(unread) < fewest or unread[0] in _parameters(row):
            continue  # a parameter that stands twice, or beside one that excludes it, is no unknown word
        if mismatch_of([row], words[:start] + words[end:]) is None:
            return Loss(_which(start, end, len(words)), NO_SUCH_WORDS)
    return None


NO_SUCH_WORDS = "leave them out, or manage this host without a Data Plane API"


@cache
def _parameters(row: Row | Form) -> frozenset[str]:
    """The words of a row that begin parameters."""
    return frozenset(parameter_words(row.args.args if isinstance(row, Row) else row.args))


def _unread(row: Row | Form, words: list[str]) -> int:
    """The place of the first word that a row does not read: not one of its keyword."""
    mismatch = mismatch_of([row], words)
    head = max((len(one) for one in row.heads() if tuple(words[: len(one)]) == one), default=0)
    return max(mismatch.at, head) if mismatch else len(words)


def _rows_of(section_type: SectionType, words: list[str]) -> Iterator[Row | Form]:
    yield from section_type.table.find(words)
    for child in section_type.child_by_word.get(words[0], ()):
        yield from child.table.find(words)


def _which(start: int, end: int, size: int) -> str:
    """Which words the server drops. They are not shown: they may be secret."""
    many = f"{end - start} words" if end - start > 1 else "word"
    if end == size:
        return f"the server does not know the last {many} and drops {'them' if end - start > 1 else 'it'}"
    return (
        f"the server does not know the {many} behind the word {start} and drops {'them' if end - start > 1 else 'it'}"
    )


def said_by(form: Form, words: list[str]) -> Hashable:
    """What a form reads, when it is all of the line; else None."""
    body = body_of(form, words)
    written = form.write(body) if body is not None else None
    whole = written is not None and body_of(form, written) == body
    return (form.head, frozen(normal(body))) if whole else None


def body_of(form: Form, words: list[str]) -> Fields | None:
    """What a form reads from a line; None when it does not fit."""
    body: Fields = {}
    try:
        form.read(words, body)
    except Mismatch:
        return None
    return body


def read_child(child: Child, form: Form, words: list[str]) -> Fields | str:
    """The body of a child's line, or why the line must stay text ("" when the form does not fit)."""
    body: Fields = {}
    try:
        form.read(words, body)
    except Mismatch:
        return ""
    if form.raw_only:
        return form.raw_only
    written = child.write(body)
    if written == words:
        return body  # to read the same words again would give the same
    again: Fields = {}
    try:
        if written is None:
            return "the row cannot write what it reads"
        form.read(written, again)
    except Mismatch:
        return "the row cannot read what it writes"
    return body if again == body else "the row loses a word"


def expressible(row: Row, words: list[str]) -> str | None:
    """Empty when a row can carry the line; why not when it must stay text; None when the row does not fit."""
    one: Fields = {}
    again: Fields = {}
    try:
        row.read(words, one)
    except Mismatch:
        return None
    if row.raw_only:
        return row.raw_only
    if not _same_without_quotes(row, words, one):
        return "the API would take a word in quotes for another than HAProxy does"
    written = row.write(one)
    try:
        if len(written) != 1:
            return "the row cannot write what it reads"
        row.read(written[0], again)
    except Mismatch:
        return "the row cannot read what it writes"
    return "" if again == one else "the row loses a word"


def _same_without_quotes(row: Row, words: list[str], one: Fields) -> bool:
    """Whether a row reads the same when words stand without quotes that they do not need (`stats auth "u:p"`)."""
    if is_plain(" ".join(words)):
        return True
    bare: Fields = {}
    try:
        row.read([_bare(word) for word in words], bare)
    except Mismatch:
        return False
    return same(bare, one)


def _bare(word: str) -> str:
    """A word without quotes, where it means the same: not around blanks, comments or variables."""
    value = meaning(word)
    return value if is_plain(value) and value.isprintable() and " " not in value and value else word


def why_not(rows: Iterable[Row | Form], words: list[str], kind: str) -> str:
    """The reason that a reader understands: which word the API has no place for, in a section of a kind."""
    mismatch = mismatch_of(rows, words)
    if mismatch is None:
        named = 2 + (tuple(words[:2]) in families_of(kind))
        return f"the Data Plane API has no field for {' '.join(words[:named])!r}"
    at, expected = mismatch.at, mismatch.expected
    if at == len(words):
        return f"the Data Plane API cannot express 'the end of the line' here (it knows {expected})"
    if tuple(words[:at]) in families_of(kind):
        # What one of the rows wants instead would be one keyword of dozens.
        article = "the" if kind in grammar().merged else "an" if kind[0] in "aeiou" else "a"
        return f"the Data Plane API has no `{' '.join(words[: at + 1])}` in {article} {kind} section"
    if expected == "the end of the line":
        return f"the Data Plane API cannot express {words[at]!r} at this place"
    return f"the Data Plane API cannot express {words[at]!r} here (it knows {expected})"


@cache
def families_of(kind: str) -> frozenset[tuple[str, ...]]:
    """First words that begin several keywords of a section kind, as `option` and `http-request` do."""
    section_type = by_kind()[kind]
    known: list[Iterable[tuple[str, ...]]] = [
        section_type.table.by_head,
        *(child.table.by_head for child in section_type.children),
    ]
    longer = {head[: size + 1] for heads in known for head in heads for size in range(1, len(head))}
    count = Counter(head[:-1] for head in longer)
    return frozenset(words for words, number in count.items() if number > 1)


def bind(section: Section, name: str | None = None) -> BoundSection:
    """Read a section as API objects.

    Args:
        section: the text.
        name: the section's name in the API, when the header does not say it (anonymous defaults).

    Returns:
        Its object, children and opaque lines: every directive is in exactly one of them.
    """
    section_type = by_kind().get(section.kind)
    if section_type is None:
        return as_text(section, section.name, f"the Data Plane API has no {section.kind} sections")
    if name is None:
        name = "" if section_type.shape is Shape.SINGLETON else section.name
    binding = _Binding(section_type)
    if section_type.inherits and section.parent:
        binding.base["from"] = section.parent
    for line in section.directives:
        binding.add(line)
    children = {path: tuple(binding.children[path]) for path in section_type.child_by_path if path in binding.children}
    return BoundSection(
        section_type, section.kind, name, binding.base, children, tuple(binding.opaque), binding.lines, section
    )


def as_text(section: Section, name: str, reason: str) -> BoundSection:
    """A section whose lines are all opaque; a header with more than a name is one of them.

    Args:
        section: the text.
        name: the section's name among those of its kind.
        reason: why it is no API object, for people.
    """
    lines = section.directives
    if grammar().further(section):
        lines = (Directive(section.lines[0].strip(" \t\r\n"), section.line), *lines)
    opaque = tuple(Opaque(line, reason) for line in lines)
    return BoundSection(None, section.kind, name, {}, {}, opaque, {}, section, reason)
