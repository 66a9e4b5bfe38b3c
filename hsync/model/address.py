"""Address: where a resource lives, as people read it and as the API's path.

`backends/web/servers/s1` is the server, `frontends/www/acls` the whole ordered list, `global` the singleton.
The path of a request is made from an address and nothing else: an edited plan cannot reach anything else.

Source: docs/reference/dataplane-api.md 4.2 and 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote

from hsync.schema import Child, SectionType, Shape
from hsync.sections import by_path

__all__ = ["CONFIGURATION", "Address"]

CONFIGURATION = "/services/haproxy/configuration"
"""Everything that a plan may write lies below this path (the base path `/v3` belongs to the client)."""


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A section, a collection of its children, or one child.

    Args:
        collection: API collection of the section, `backends`; `global` for the singleton.
        name: the section's name; "" for the singleton.
        child: path of a collection of children; "" for the section itself.
        key: name of one child; "" for the section or the whole collection.
    """

    collection: str
    name: str = ""
    child: str = ""
    key: str = ""

    def __str__(self) -> str:
        """Parts joined by slashes; a slash or percent sign inside a part is percent-encoded."""
        return "/".join(quote(part, safe="@:!$&'()*+,;=[]{} ", errors="surrogateescape") for part in self.parts)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address that `str` wrote.

        Args:
            text: `backends/web/servers/s1`, parts percent-encoded.

        Raises:
            ValueError: no known section or collection, too many parts, another spelling than that of `str`, or a part
                `.` or `..`, which would leave the path on its way to the server.
        """
        collection, *rest = (unquote(part, errors="surrogateescape") for part in text.split("/"))
        section_type = by_path().get(collection)
        if section_type is None:
            raise ValueError(f"no section of the API is called {collection!r}")
        if section_type.shape is Shape.SINGLETON:
            rest = ["", *rest]
        if len(rest) not in {1, 2, 3}:
            raise ValueError("a section has one name, a child one collection and one name")
        address = cls(collection, *rest)
        if str(address) != text or {".", ".."} & {address.name, address.key}:
            raise ValueError("not an address that hsync writes")
        if address.child and address.child not in section_type.child_by_path:
            raise ValueError(f"{collection} have no collection {address.child!r}")
        if not address.name and section_type.shape is not Shape.SINGLETON:
            raise ValueError("a section without a name")
        return address

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are there, outermost first."""
        return tuple(part for part in (self.collection, self.name, self.child, self.key) if part)

    @property
    def section_type(self) -> SectionType:
        """The section's type; KeyError for an unknown collection."""
        return by_path()[self.collection]

    @property
    def child_type(self) -> Child | None:
        """The child's type; None for the section itself."""
        return self.section_type.child_by_path[self.child] if self.child else None

    @property
    def section(self) -> Address:
        """The address of the section."""
        return Address(self.collection, self.name)

    def of(self, child: str, key: str = "") -> Address:
        """A collection of children of this section, or one of them."""
        return Address(self.collection, self.name, child, key)

    def path(self, *, item: bool = True) -> str:
        """The request path.

        Args:
            item: False for the collection that a new section is POSTed to.
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
        """Query parameters that belong to the address: the parent of children whose path does not name it."""
        child = self.child_type
        return {child.parent_query: self.name} if child and child.parent_query else {}
