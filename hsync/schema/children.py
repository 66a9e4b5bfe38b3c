"""Children: the collections of a section, whose items are lines (servers, rules); and lines that no API object has.

Theory of operation: `RowTable` finds the rows for a line by its first words, the most specific row first. A `Row` reads
a line into the section's own object; a `Form` reads a line into a child, which is always exactly one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Generic, TypeVar

from hsync.schema.forms import Form, Older
from hsync.schema.groups import Call, Cond
from hsync.schema.json import Body, Fields
from hsync.schema.reader import Arg, Field, Mismatch, units_of
from hsync.schema.rows import Row

__all__ = ["Aside", "Child", "RowTable", "Rule", "Shape", "mismatch_of", "rules"]


class Shape(StrEnum):
    """How the API addresses a resource (docs/reference/dataplane-api.md 4.1)."""

    SINGLETON = "singleton"
    NAMED = "named"
    LIST = "list"
    APPEND = "append"


@dataclass(frozen=True)
class Rule:
    """An action of a rule family: `Rule("set-header", Word("hdr_name"), Rest("hdr_format"))`.

    Args:
        action: the JSON `type` (or `action`); also the word in the text, unless `word` or a leading `Call` replaces it.
        args: patterns for the words after the action.
        word: the action's words in the text, if they differ from the JSON.
        cond: whether `if` or `unless` may follow.
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
    """The forms of rules that begin with the same words.

    Args:
        head: words before the action: `http-request`, `tcp-request content`.
        table: the actions.
        discriminator: JSON field for the action.
        const: further fields with a fixed value (`type="content"` of tcp rules).
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
        path: path of the collection below its section: `servers`, `http_request_rules`.
        shape: NAMED, LIST (has a PUT of the whole list, and indexes) or APPEND (no PUT of the list, no insert).
        forms: the patterns of a line.
        key: field with the name of a NAMED child.
        in_full: field of the collection in the section's full body: a map for NAMED, else an array.
        ordered: whether HAProxy depends on the order of NAMED children.
        put: whether the server acts on a PUT of one NAMED child; if not, a changed child is deleted and created.
        parent_query: query parameter with the section's name, for collections whose path does not have it
            (`nameservers?resolver=`).
        since: first API release in which this kind of section has the collection.
        full_since: first API release whose servers all accept the collection in the section's full body, if newer than
            `since`; older servers ignore it there.
        kept: patterns of lines that the server keeps in their place as text, but whose API object would lose words.
            hsync keeps them as text, too.
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
    full_since: str = ""
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
        """The words of one child; None if no form can express the body."""
        return next((words for form in self.forms_for(body) if (words := form.write(body)) is not None), None)

    def forms_for(self, body: Body) -> tuple[Form, ...]:
        """The forms whose constant fields the body has: a few of many, so they are cached."""
        key = tuple(repr(body.get(name)) for name in self.const_names)
        forms = self.by_const.get(key)
        if forms is None:
            forms = tuple(form for form in self.forms if form.has_const(body))
            self.by_const[key] = forms
        return forms

    def gated_form(self, body: Body) -> Form | None:
        """The form of a body, if any of its fields depends on the API release; else None."""
        if not any(form.may_be_gated(body) for form in self.forms_for(body)):
            return None
        form = next((form for form in self.forms_for(body) if form.write(body) is not None), None)
        return form if form and form.gated else None

    @cached_property
    def secret(self) -> tuple[str, ...]:
        """The paths of secret fields; cached, since every resource needs them."""
        return tuple(each.path for each in self.fields() if each.secret)

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by field path, for fields that have the same unit in all forms."""
        return units_of(each for form in self.forms for each in form.fields())

    def fields(self) -> Iterator[Field]:
        """All JSON fields of all forms, each path once."""
        seen: set[str] = set()
        for form in self.forms:
            for each in form.fields():
                if each.path not in seen:
                    seen.add(each.path)
                    yield each


RowLike = TypeVar("RowLike", Row, Form)


@dataclass(frozen=True)
class Aside:
    """Lines of one keyword that the server parses, although no object of its API has them (`unix-bind`).

    Args:
        said: the meaning of a line, independent of the order of its parameters.
        kept: the patterns of lines that the server parses and keeps in place, see `Child`; it moves other lines below.
        alone: remedy for a second line, if the server keeps only one.
    """

    said: Form
    kept: tuple[Form, ...]
    alone: str = ""

    @property
    def keyword(self) -> str:
        """The first word of such a line."""
        return self.said.head[0]


class RowTable(Generic[RowLike]):
    """Rows or forms by their first words."""

    def __init__(self, rows: Iterable[RowLike]) -> None:
        self.by_head: dict[tuple[str, ...], list[RowLike]] = {}
        for row in rows:
            for head in row.heads():
                self.by_head.setdefault(head, []).append(row)
        self.longest = max(map(len, self.by_head), default=0)

    def find(self, words: Sequence[str]) -> Iterator[RowLike]:
        """The rows that may read a line; those with the longest head first."""
        for length in range(min(self.longest, len(words)), 0, -1):
            head: tuple[str, ...] = tuple(words[:length])
            yield from self.by_head.get(head, ())
            name, parenthesis, _ = words[length - 1].partition("(")
            if parenthesis:
                yield from self.by_head.get((*head[:-1], name + "("), ())

    def knows(self, words: Sequence[str]) -> bool:
        """Whether any row may read the line."""
        return next(self.find(words), None) is not None


def mismatch_of(rows: Iterable[Row | Form], words: Sequence[str]) -> Mismatch | None:
    """The mismatch furthest to the right, if all rows refuse a line; None if a row accepts it or there are no rows."""
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
