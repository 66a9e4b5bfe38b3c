"""SectionType: everything hsync knows about one kind of section, as data. One file in `sections/` makes one.

Theory of operation: `sections/` modules define `SECTION = SectionType(...)`; `hsync.sections.by_kind` collects them.
A kind that the Data Plane API has no objects for is an `UnmodelledSection`: its lines are text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from hsync.schema.children import Aside, Child, RowTable, Shape
from hsync.schema.reader import Field, units_of
from hsync.schema.rows import Row

__all__ = ["SectionType", "UnmodelledSection"]


@dataclass(frozen=True)
class UnmodelledSection:
    """A kind of section that the Data Plane API has no objects for: its lines stay text.

    Args:
        kind: keyword in the text, `listen`.
        place: order of the kinds in the text, as the server writes them.
        inherits: whether the header may carry `from NAME`.
        named: whether the header must carry a name.
        repeats: whether HAProxy takes several with one name.
        reads_over: whether HAProxy takes a header with words behind its name, and reads over them.
        gone: first API release whose server does not know the keyword, and adds the lines to the section before; ""
            when it keeps such sections.
        like: kinds of sections that share its directives, to suggest one.
    """

    kind: str
    place: int
    inherits: bool = False
    named: bool = True
    repeats: bool = False
    reads_over: bool = False
    gone: str = ""
    like: tuple[str, ...] = ()


@dataclass(frozen=True)
class SectionType:
    """A kind of section.

    Args:
        kind: keyword in the text, `backend`.
        path: collection in the API below `/services/haproxy/configuration`, `backends`; `global` for the singleton.
        shape: SINGLETON or NAMED.
        place: order of the kinds in the text, as the server writes them.
        rank: order of creation; a section of lower rank may be referred to by one of higher rank. Deletion is reverse.
        rows: the section's own directives, in the order in which they are written.
        children: its collections, in the order in which their lines are written.
        inherits: whether the header may carry `from NAME` (JSON field `from`).
        named: whether the header must carry a name.
        anonymous: whether HAProxy takes it without a name where the API does not.
        reads_over: whether HAProxy takes a header with words behind its name, and reads over them.
        repeats: whether HAProxy takes several with one name.
        put: whether the API has a PUT for the section (userlists and peers have none: delete and create again).
        full_section: whether the server takes the section with all its children in one body; else it ignores them.
        header_fields: JSON fields that come from the header, besides `name` and `from`.
        since: first API release that has the section.
        created: first API release that has a POST for it, when newer than `since`.
        sent_with_children: whether POST and PUT without full_section suffice to make the section exist.
        needs: JSON fields without which the API refuses the section's object or writes lines that nobody asked for, and
            why: a section that lacks one must not be POSTed or PUT (its children may). `a.b` is needed where `a` is.
        behind_snippet: the collections that the server writes behind a config-snippet block; the others before it.
        children_path: the collection below which the children live, when it is not `path` (`peers` of `peer_section`).
        naming: regular expression of the names that the API takes in a body. HAProxy may take more: such a section can
            be deleted, and not written.
        asides: lines that no object of the API holds.
    """

    kind: str
    path: str
    shape: Shape
    place: int
    rank: int
    rows: tuple[Row, ...] = ()
    children: tuple[Child, ...] = ()
    inherits: bool = False
    named: bool = True
    anonymous: bool = False
    reads_over: bool = False
    repeats: bool = False
    put: bool = True
    full_section: bool = True
    since: str = ""
    created: str = ""
    needs: Mapping[str, str] = field(default_factory=dict)
    behind_snippet: tuple[str, ...] = ()
    children_path: str = ""
    naming: str = r"[A-Za-z0-9_.:-]+"
    asides: tuple[Aside, ...] = ()
    table: RowTable[Row] = field(init=False, repr=False, compare=False)
    child_by_path: dict[str, Child] = field(init=False, repr=False, compare=False)
    child_by_word: dict[str, tuple[Child, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", RowTable(self.rows))
        object.__setattr__(self, "child_by_path", {child.path: child for child in self.children})
        if len(self.child_by_path) != len(self.children):
            raise ValueError(f"{self.kind}: two children with one path")
        by_word: dict[str, tuple[Child, ...]] = {}
        for child in self.children:
            for first in dict.fromkeys(head[0] for form in child.forms for head in form.heads()):
                by_word[first] = (*by_word.get(first, ()), child)
        object.__setattr__(self, "child_by_word", by_word)

    @cached_property
    def gated(self) -> tuple[Field, ...]:
        """The fields of its own object for which the API release matters; asked for with every section, so kept."""
        return tuple(one for one in self.fields() if one.gated)

    @cached_property
    def secret(self) -> tuple[str, ...]:
        """The paths of secret fields of its own object; asked for with every section, so kept."""
        return tuple(one.path for one in self.fields() if one.secret)

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by the paths of fields of its own object that have one."""
        return units_of(self.fields())

    def fields(self) -> Iterator[Field]:
        """The JSON fields of the section's own object (children not counted)."""
        if self.shape is Shape.NAMED:
            yield Field("name")
        if self.inherits:
            yield Field("from", refers="defaults")
        for row in self.rows:
            yield from row.fields()
