"""Address: the place of a resource, for people and as a path of the API.

`backends/web/servers/s1` is a server, `frontends/www/acls` a whole ordered list, `global` the singleton.
The path of a request is made from an address only, so an edited plan file cannot reach any other path.

Source: docs/reference/dataplane-api.md 4.2 and 4.3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from hsync.schema import Child, SectionType, Shape
from hsync.sections import by_path

__all__ = ["CONFIGURATION", "LINES", "Address"]

CONFIGURATION = "/services/haproxy/configuration"
"""A plan may only write to paths below this path (the client adds the base path `/v3`)."""


LINES = "lines"
"""The collection of a section's opaque lines in addresses of changes. The API does not have it."""

_MEMBER = re.compile(r"(?P<child>[A-Za-z_]+)\[(?P<index>0|[1-9]\d{0,8})\]")


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A section, a collection of its children, or one child.

    Only addresses of changes can have an index, the collection `LINES`, or a section kind that the API does not have.

    Args:
        collection: API collection of the section, `backends`; `global` for the singleton.
        name: the section's name; "" for the singleton.
        child: path of a collection of children; "" for the section itself.
        key: name of a child; "" for the section or the whole collection.
        index: index of a child in its list, from 0; -1 for none.
    """

    collection: str
    name: str = ""
    child: str = ""
    key: str = ""
    index: int = -1

    def __str__(self) -> str:
        """Parts joined by slashes; a slash or percent sign inside a part is percent-encoded."""
        text = "/".join(map(_spelled, self.parts))
        return text if self.index < 0 else f"{text}[{self.index}]"

    @classmethod
    def parse_change(cls, text: str) -> Address:
        """The address of a change: the inverse of `str`.

        Args:
            text: `backends/web/servers/s1`, `frontends/www/acls[2]`, `listen/stats/lines[0]`.

        Raises:
            ValueError: a section kind without this collection, or a spelling that `str` would not give.
        """
        collection, *rest = text.split("/")
        known = by_path().get(collection)
        named = known.shape is not Shape.SINGLETON if known else bool(rest) and not _MEMBER.fullmatch(rest[0])
        name, rest = (rest[0], rest[1:]) if named and rest else ("", rest)
        child, *key = rest or [""]
        listed = _MEMBER.fullmatch(child) if not key else None
        child, index = (listed["child"], int(listed["index"])) if listed else (child, -1)
        known_as = unquote(name, errors="surrogateescape")
        address = cls(collection, known_as, child, unquote("/".join(key), errors="surrogateescape"), index)
        if not text or str(address) != text or (child and not (key or listed)) or (named and not name):
            raise ValueError(f"{text!r} is not the address of a change that hsync writes")
        if child and child != LINES and child not in (known.child_by_path if known else ()):
            raise ValueError(f"{collection} have no collection {child!r}")
        return address

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address for a text: the inverse of `str`.

        Args:
            text: `backends/web/servers/s1`, parts percent-encoded.

        Raises:
            ValueError: an unknown section or collection, too many parts, a spelling that `str` would not give, or a
                part `.` or `..`, which HTTP clients remove from the path.
        """
        collection, *rest = (unquote(part, errors="surrogateescape") for part in text.split("/"))
        section_type = by_path().get(collection)
        if section_type is None:
            raise ValueError(f"the API has no sections {collection!r}")
        if section_type.shape is Shape.SINGLETON:
            rest = ["", *rest]
        if len(rest) not in {1, 2, 3}:
            raise ValueError("a section has one name, a child one collection and one name")
        name, child, key = (*rest, "", "")[:3]
        address = cls(collection, name, child, key)
        if str(address) != text or {".", ".."} & {address.name, address.key}:
            raise ValueError("not an address that hsync writes")
        if address.child and address.child not in section_type.child_by_path:
            raise ValueError(f"{collection} have no collection {address.child!r}")
        if not address.name and section_type.shape is not Shape.SINGLETON:
            raise ValueError("the section has no name")
        return address

    @property
    def parts(self) -> tuple[str, ...]:
        """The non-empty parts, outermost first."""
        return tuple(part for part in (self.collection, self.name, self.child, self.key) if part)

    @property
    def section_type(self) -> SectionType:
        """The type of the section; KeyError for an unknown collection."""
        return by_path()[self.collection]

    @property
    def child_type(self) -> Child | None:
        """The type of the child; None for a section."""
        return self.section_type.child_by_path[self.child] if self.child else None

    @property
    def section(self) -> Address:
        """The address of the section."""
        return Address(self.collection, self.name)

    @property
    def holder(self) -> Address:
        """The address of the child's collection; of the section itself for a section."""
        return Address(self.collection, self.name, self.child)

    @property
    def member(self) -> str:
        """Name or index in the collection, for people: `s1` or `[2]`; "" for a section or a collection."""
        if self.index >= 0:
            return f"[{self.index}]"
        return _spelled(self.key)

    @property
    def inner(self) -> str:
        """The address below the section, for people: `servers/s1`, `acls[2]`."""
        return str(replace(self, collection=self.child, name=self.key, child="", key=""))

    @property
    def section_key(self) -> tuple[str, str]:
        """Kind and name of the section: ("backend", "web")."""
        known = by_path().get(self.collection)
        return (known.kind if known else self.collection, self.name)

    def of(self, child: str, key: str = "", index: int = -1) -> Address:
        """The address of a collection of this section, or of a child in it."""
        return Address(self.collection, self.name, child, key, index)

    def path(self, *, item: bool = True) -> str:
        """The path of a request.

        Args:
            item: False for the collection of a section, to which a new section is POSTed.
        """
        if not self.child:
            singleton = self.section_type.shape is Shape.SINGLETON
            parts = [self.collection] if singleton or not item else [self.collection, self.name]
        elif self.child_type is not None and self.child_type.parent_query:
            parts = [self.child, self.key]
        else:
            parts = [self.section_type.children_path or self.collection, self.name, self.child, self.key]
        return "/".join([CONFIGURATION, *(quote(part, safe="", errors="surrogateescape") for part in parts if part)])

    def query(self) -> dict[str, str]:
        """Query parameters of the address: the section's name, for children whose path does not have it."""
        child = self.child_type
        return {child.parent_query: self.name} if child and child.parent_query else {}


def _spelled(part: str) -> str:
    return quote(part, safe="@:!$&'()*+,;=[]{} ", errors="surrogateescape")
