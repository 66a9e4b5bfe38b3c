"""SectionType: all that hsync knows about a kind of section, as data. Each kind has one file in `sections/`.

Theory of operation: modules of `sections/` define `SECTION = SectionType(...)`; `hsync.sections.by_kind` collects them.
A kind without objects in the Data Plane API is an `UnmodelledSection`: its lines stay text.
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
        place: position of the kind in the text that the server writes.
        inherits: whether the header may have `from NAME`.
        named: whether the header must have a name.
        repeats: whether HAProxy accepts several sections with one name.
        reads_over: whether HAProxy ignores surplus words after the name in the header.
        gone: first API release whose server reads the header as a directive of the section above; "" if none does.
        like: kinds of sections with the same directives, for suggestions.
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
        path: collection below `/services/haproxy/configuration` in the API: `backends`; `global` for the singleton.
        shape: SINGLETON or NAMED.
        place: position of the kind in the text that the server writes.
        rank: order of creation: a section may refer to sections of a lower rank. Deletion goes in reverse.
        rows: the section's own directives, in the order in which the server writes them.
        children: its collections, in the order in which the server writes their lines.
        inherits: whether the header may have `from NAME` (JSON field `from`).
        named: whether the header must have a name.
        anonymous: whether HAProxy accepts the section without a name, although the API does not.
        reads_over: whether HAProxy ignores surplus words after the name in the header.
        repeats: whether HAProxy accepts several sections with one name.
        put: whether the API has a PUT for the section; without it (userlists, peers) a change deletes and creates it.
        full_section: whether the server accepts the section and all its children in one body; if not, it ignores the
            children.
        since: first API release that has the section.
        created: first API release that has a POST for it, if newer than `since`.
        needs: JSON fields without which the API refuses the section's object, or writes lines that the body does not
            have; with the reason. A section without such a field cannot be POSTed or PUT, but its children can. `a.b`
            is needed only if `a` is there.
        behind_snippet: collections that the server writes below a config-snippet block; it writes the others above it.
        children_path: collection in the paths of the children, if it is not `path` (`peers` for `peer_section`).
        naming: regular expression for the names that the API accepts in a body. HAProxy may accept more: a section with
            such a name can be deleted, but not written.
        asides: lines that the server parses, although no object of the API has them.
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
        """The fields of its own object that depend on the API release; cached, since every section needs them."""
        return tuple(each for each in self.fields() if each.gated)

    @cached_property
    def secret(self) -> tuple[str, ...]:
        """The paths of secret fields of its own object; cached, since every section needs them."""
        return tuple(each.path for each in self.fields() if each.secret)

    @cached_property
    def units(self) -> dict[str, str]:
        """Units by field path, for the fields of its own object."""
        return units_of(self.fields())

    def fields(self) -> Iterator[Field]:
        """The JSON fields of the section's own object, without those of its children."""
        if self.shape is Shape.NAMED:
            yield Field("name")
        if self.inherits:
            yield Field("from", refers="defaults")
        for row in self.rows:
            yield from row.fields()
