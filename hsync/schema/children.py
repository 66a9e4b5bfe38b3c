"""Children: the collections that the lines of a section make, the rules that share a keyword, and the lines aside.

Theory of operation: `RowTable` finds the rows for a line by its first words (longest first). A base row belongs to
its section's object; a `Form` belongs to a child, which is always exactly one line.
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
        since: first API release in which this parent has the collection.
        full_since: first API release of which every server takes it in a write of the whole section, when newer; others
            ignore it there.
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
        """The form that a body takes, when the API release matters for any of the fields that it has."""
        if not any(form.may_be_gated(body) for form in self.forms_for(body)):
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
