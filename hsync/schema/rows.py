"""Rows: a line of a section as keyword plus args, and the collections of children that lines make.

Rule 1: a row is data. From it come reading, writing, field names, gating by API line and the checks against the
served specifications; nobody writes code for one directive.
Rule 2: a row must consume the whole line. Otherwise the line is opaque: kept, compared by its words, carried by the
raw lane.

Theory of operation: `RowTable` finds the rows for a line by its first words (longest first). A base row belongs to
its section's object; a `Form` belongs to a child, which is always exactly one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from hsync.schema.args import Const, Flag
from hsync.schema.groups import Call, Cond, Many, Seq
from hsync.schema.json import Body, Fields, drop
from hsync.schema.reader import Arg, Field, Mismatch, Reader, units_of

__all__ = ["Aside", "Child", "Form", "Older", "Option", "Row", "RowTable", "Rows", "Rule", "Shape", "rules"]


CONDITION_WORDS = frozenset({"if", "unless"})


class Shape(StrEnum):
    """How the API addresses a resource (reference/dataplane-api.md 4.1)."""

    SINGLETON = "singleton"
    NAMED = "named"
    LIST = "list"
    APPEND = "append"


class Older(StrEnum):
    """What a server whose API does not have all of a line yet does with the line when the whole text is pushed."""

    MOVES = "moves"
    """It keeps the line as text, behind all lines that it knows."""

    KEEPS = "keeps"
    """It knows the text, and only its API does not: the line keeps its place."""

    CUTS = "cuts"
    """It reads the line, and drops words that it does not know."""


class Row:
    """A directive of a section's own object: at most one line (of two, the last counts).

    Args:
        keyword: the literal first words, `timeout client`.
        args: patterns for the rest of the line.
        raw_only: why the API must not be used for this line although it has fields for it; such a line is opaque.
        sticky: why a PUT of the section does not take the property away again.
        since: first API line that has it, when newer than 3.0.
        written: first API line that writes it right, see `Field`.
        older: what a server does that does not have all fields yet.
        once: why a second line is not the same as a later one that takes its place: HAProxy adds lines up where the
            server keeps one. The second line is opaque.
        alone: what to do instead of a second line, when the server drops one of the two.
        cut: what to do about words that the row does not read, when the server drops them even from text.
        kept: arguments with which the server reads the line as text besides. It moves others to the end of the section,
            or drops their words (`cut`). Only for rows where the place of a line tells.
    """

    def __init__(
        self,
        keyword: str,
        *args: Arg,
        raw_only: str = "",
        sticky: str = "",
        since: str = "",
        written: str = "",
        older: Older = Older.MOVES,
        once: str = "",
        alone: str = "",
        cut: str = "",
        kept: tuple[Arg, ...] = (),
    ) -> None:
        self.keyword = tuple(keyword.split())
        self.args = Seq(*args)
        self.raw_only = raw_only
        self.once = once
        self.alone = alone
        self.cut = cut
        self.kept = Form(keyword, *kept) if kept else None
        self.sticky = sticky
        self.since = since
        self.written = written
        self.older = older

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The first words under which the row is found."""
        yield self.keyword

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into the section's object, or raise `Mismatch` and leave it as it was.

        A second line of the same keyword takes the place of the first.
        """
        one: Fields = {}
        self.read_one(words, one)
        for path in self.paths if into else ():
            drop(into, path)
        merge(into, one)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The JSON fields that a line sets, lists without their items; asked for with every line, so kept."""
        return tuple(dict.fromkeys(one.path.partition("[]")[0] for one in self.fields()))

    def read_one(self, words: Sequence[str], into: Fields) -> None:
        """Read one line into an empty object."""
        read_args(words, len(self.keyword), self.args.args, into)

    def write(self, body: Body) -> list[list[str]]:
        """The lines, as words, for the fields of the object."""
        words = self.args.write(body)
        return [] if words is None else [[*self.keyword, *words]]

    def fields(self) -> Iterator[Field]:
        """All JSON fields; none is older than the row."""
        for one in self.args.fields():
            yield replace(one, since=one.since or self.since, written=one.written or self.written)


class Option(Row):
    """`option NAME`, and `no option NAME` for disabled."""

    def __init__(self, field: str, word: str = "", *, since: str = "", written: str = "", raw_only: str = "") -> None:
        self.word = word or field.replace("_", "-")
        super().__init__(f"option {self.word}", raw_only=raw_only, since=since, written=written)
        self.flag = Flag(field, f"option {self.word}", no=f"no option {self.word}", since=since, written=written)

    def heads(self) -> Iterator[tuple[str, ...]]:
        """Both spellings."""
        yield ("option", self.word)
        yield ("no", "option", self.word)

    def read_one(self, words: Sequence[str], into: Fields) -> None:
        """Enabled, or disabled behind `no`."""
        reader = Reader([" ".join(words)])
        self.flag.read(reader, into)

    def write(self, body: Body) -> list[list[str]]:
        """One line, or none."""
        words = self.flag.write(body)
        return [words[0].split()] if words else []

    def fields(self) -> Iterator[Field]:
        """One enum."""
        yield from self.flag.fields()


class Rows(Row):
    """A directive that repeats: every line is one item of a list (`errorfile`, `setenv`)."""

    def __init__(
        self,
        keyword: str,
        field: str,
        *args: Arg,
        item: str = "",
        raw_only: str = "",
        sticky: str = "",
        since: str = "",
        older: Older = Older.MOVES,
        cut: str = "",
        kept: tuple[Arg, ...] = (),
    ) -> None:
        self.many = Many(field, *args, item=item, since=since)
        super().__init__(
            keyword, self.many, raw_only=raw_only, sticky=sticky, since=since, older=older, cut=cut, kept=kept
        )

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Append the line's item."""
        one: Fields = {}
        read_args(words, len(self.keyword), self.many.group.args, one)
        self.many.append(one, into)

    read_one = read

    def write(self, body: Body) -> list[list[str]]:
        """One line for each item."""
        return [[*self.keyword, *words] for words in self.many.write_each(body)]


class Form:
    """One shape of a child's line: literal head words, then args. `const` fields tell the forms of a child apart.

    Args:
        head: literal first words, `http-request set-header`.
        args: patterns for the rest.
        const: fields with a fixed value (`type="set-header"`).
        raw_only: why the API must not be used for this line; such a line is opaque.
        since: first API line that has this form.
        written: first API line that writes it right, see `Field`.
        older: what a server does that does not have all of the line yet.
        cut: what to write instead, when the server drops words of such a line even from text.
        unread: whether the server writes such a line and does not read it: it is text for it, behind the others.
    """

    def __init__(
        self,
        head: str,
        *args: Arg,
        const: Fields | None = None,
        raw_only: str = "",
        since: str = "",
        written: str = "",
        older: Older = Older.MOVES,
        cut: str = "",
        unread: bool = False,
    ) -> None:
        self.head = tuple(head.split())
        self.args = args
        self.const = dict(const or {})
        self.raw_only = raw_only
        self.since = since
        self.written = written
        self.older = older
        self.cut = cut
        self.unread = unread

    def heads(self) -> Iterator[tuple[str, ...]]:
        """The first words under which the form is found; `name(` for a call."""
        first = next(iter(self.args), None)
        yield (*self.head, first.name + "(") if isinstance(first, Call) else self.head

    def read(self, words: Sequence[str], into: Fields) -> None:
        """Read the whole line, or raise `Mismatch`."""
        into.update(self.const)
        read_args(words, len(self.head), self.args, into)

    def has_const(self, body: Body) -> bool:
        """Whether the constant fields of the body are those of this form."""
        return all(body.get(name) == value for name, value in self.const.items())

    def write(self, body: Body) -> list[str] | None:
        """The words, when the constant fields are those of this form and its args can be written."""
        if not self.has_const(body):
            return None
        words = Seq(*self.args).write(body)
        return None if words is None else [*self.head, *words]

    @cached_property
    def gated(self) -> tuple[Field, ...]:
        """The fields for which the API line matters; asked for with every resource, so kept."""
        return tuple(one for one in self.fields() if one.gated)

    def fields(self) -> Iterator[Field]:
        """The constant fields, then those of the args; none is older than the form."""
        for arg in (Const(**self.const), *self.args):
            for one in arg.fields():
                yield replace(one, since=one.since or self.since, written=one.written or self.written)


@dataclass(frozen=True)
class Rule:
    """An action of a rule family: `Rule("set-header", Word("hdr_name"), Rest("hdr_format"))`.

    Args:
        action: the JSON `type` (or `action`), and the word in the text unless `word` or a leading `Call` says another.
        args: patterns behind the action word.
        word: the action's words in the text, when they differ from the JSON.
        cond: whether `if`/`unless` may follow.
        raw_only: see `Form`.
        since: see `Form`.
        written: see `Form`.
        older: see `Form`.
        unread: see `Form`.
    """

    action: str
    args: tuple[Arg, ...]
    word: str | None
    cond: bool
    raw_only: str
    since: str
    written: str
    older: Older
    unread: bool

    def __init__(
        self,
        action: str,
        *args: Arg,
        word: str | None = None,
        cond: bool = True,
        raw_only: str = "",
        since: str = "",
        written: str = "",
        older: Older = Older.MOVES,
        unread: bool = False,
    ) -> None:
        for name, value in (
            ("action", action), ("args", args), ("word", word), ("cond", cond), ("raw_only", raw_only),
            ("since", since), ("written", written), ("older", older), ("unread", unread),
        ):  # fmt: skip
            object.__setattr__(self, name, value)


def rules(head: str, *table: Rule, discriminator: str = "type", const: Fields | None = None) -> tuple[Form, ...]:
    """The forms of a rule family.

    Args:
        head: words before the action, `http-request`, `tcp-request content`.
        table: the actions.
        discriminator: JSON field that holds the action.
        const: further fixed fields (`type="content"` of tcp rules).
    """
    return tuple(_form(head, rule, discriminator, const or {}) for rule in table)


def _form(head: str, rule: Rule, discriminator: str, const: Fields) -> Form:
    called = bool(rule.args) and isinstance(rule.args[0], Call)
    word = rule.word if rule.word is not None else ("" if called else rule.action)
    args = (*rule.args, Cond()) if rule.cond else rule.args
    return Form(
        f"{head} {word}",
        *args,
        const={**const, discriminator: rule.action},
        raw_only=rule.raw_only,
        since=rule.since,
        written=rule.written,
        older=rule.older,
        unread=rule.unread,
    )


@dataclass(frozen=True)
class Child:
    """A collection of children of a section: one line is one child.

    Args:
        path: collection below the section's path, `servers`, `http_request_rules`.
        shape: NAMED, LIST (whole-list PUT and index) or APPEND (no list PUT, no insert).
        forms: the shapes of a line.
        key: field that names a NAMED child.
        in_full: its field in the section's full body: a map for NAMED, an array else.
        ordered: whether the order of NAMED children means something to HAProxy.
        put: whether a PUT of one NAMED child does anything; else it is deleted and created again.
        parent_query: query parameter that names the parent, for the collections whose path does not
            (`nameservers?resolver=`).
        since: first API line in which this parent has the collection.
        kept: further shapes of a line that the server reads as text, and of which its object loses a part. Such a line
            stays text; it keeps its place among the others.
    """

    path: str
    shape: Shape
    forms: tuple[Form, ...]
    in_full: str
    key: str = "name"
    ordered: bool = True
    put: bool = True
    parent_query: str = ""
    since: str = ""
    kept: tuple[Form, ...] = ()
    table: RowTable[Form] = field(init=False, repr=False, compare=False)
    kept_table: RowTable[Form] = field(init=False, repr=False, compare=False)
    const_names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    by_const: dict[tuple[str, ...], tuple[Form, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", RowTable(self.forms))
        object.__setattr__(self, "kept_table", RowTable(self.kept))
        object.__setattr__(self, "const_names", tuple(dict.fromkeys(n for form in self.forms for n in form.const)))

    def write(self, body: Body) -> list[str] | None:
        """The words of one child; None when no form can express the body."""
        return next((words for form in self.forms_for(body) if (words := form.write(body)) is not None), None)

    def forms_for(self, body: Body) -> tuple[Form, ...]:
        """The forms whose constant fields are those of the body: a few of many, so they are remembered."""
        key = tuple(repr(body.get(name)) for name in self.const_names)
        forms = self.by_const.get(key)
        if forms is None:
            forms = tuple(form for form in self.forms if form.has_const(body))
            self.by_const[key] = forms
        return forms

    def gated_form(self, body: Body) -> Form | None:
        """The form that a body takes, when the API line matters for any of its fields."""
        if not any(form.gated for form in self.forms_for(body)):
            return None
        form = next((form for form in self.forms_for(body) if form.write(body) is not None), None)
        return form if form and form.gated else None

    @cached_property
    def secret(self) -> tuple[str, ...]:
        """The paths of secret fields; asked for with every resource, so kept."""
        return tuple(one.path for one in self.fields() if one.secret)

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by the paths of fields that have one in all forms."""
        return units_of(one for form in self.forms for one in form.fields())

    def fields(self) -> Iterator[Field]:
        """All JSON fields of all forms, without repetition."""
        seen: set[str] = set()
        for form in self.forms:
            for one in form.fields():
                if one.path not in seen:
                    seen.add(one.path)
                    yield one


RowLike = TypeVar("RowLike", Row, Form)


@dataclass(frozen=True)
class Aside:
    """Lines of one keyword that the server reads, and that no object of its API holds.

    Args:
        said: what a line says, whatever the order of its words.
        kept: the shapes that the server reads, see `Child`. It moves others behind those.
        alone: what to do instead of a second line, when the server keeps one.
    """

    said: Form
    kept: tuple[Form, ...]
    alone: str = ""

    @property
    def keyword(self) -> str:
        """The first word of the lines."""
        return self.said.head[0]


class RowTable(Generic[RowLike]):
    """Rows or forms by their first words; the longest head that matches comes first."""

    def __init__(self, rows: Iterable[RowLike]) -> None:
        self.by_head: dict[tuple[str, ...], list[RowLike]] = {}
        for row in rows:
            for head in row.heads():
                self.by_head.setdefault(head, []).append(row)
        self.longest = max(map(len, self.by_head), default=0)

    def find(self, words: Sequence[str]) -> Iterator[RowLike]:
        """The rows that a line may belong to, the most specific first."""
        for length in range(min(self.longest, len(words)), 0, -1):
            head: tuple[str, ...] = tuple(words[:length])
            yield from self.by_head.get(head, ())
            name, parenthesis, _ = words[length - 1].partition("(")
            if parenthesis:
                yield from self.by_head.get((*head[:-1], name + "("), ())

    def knows(self, words: Sequence[str]) -> bool:
        """Whether the first word begins the head of any row."""
        return next(self.find(words), None) is not None


def read_args(words: Sequence[str], at: int, args: Sequence[Arg], into: Fields) -> None:
    """Read a line's words from `at` on with args that must consume all of them.

    When the last arg is a `Cond`, the others end at the first `if` or `unless`.
    """
    conditional = bool(args) and isinstance(args[-1], Cond)
    stop = len(words)
    if conditional:
        stop = next((index for index in range(at, len(words)) if words[index] in CONDITION_WORDS), len(words))
    reader = Reader(words, at, stop)
    for arg in args[:-1] if conditional else args:
        arg.read(reader, into)
    reader.done()
    if conditional:
        args[-1].read(Reader(words, stop), into)


def merge(into: Fields, more: Fields) -> None:
    """Add fields to an object, descending into objects that both have."""
    for name, value in more.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        else:
            into[name] = value


def mismatch_of(rows: Iterable[Row | Form], words: Sequence[str]) -> Mismatch | None:
    """Why none of the rows accepts a line: the mismatch that came furthest; None when one does or there is no row."""
    furthest: Mismatch | None = None
    for row in rows:
        try:
            row.read(words, {})
        except Mismatch as mismatch:
            if furthest is None or mismatch.at > furthest.at:
                furthest = mismatch
        else:
            return None
    return furthest
