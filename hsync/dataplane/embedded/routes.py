"""Routes: the resource and the methods of a path below `/services/haproxy/configuration`.

Rule 1: all routes come from the section types.

Source: docs/reference/dataplane-api.md 4.1 to 4.3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hsync.dataplane.embedded.answers import Refusal
from hsync.dataplane.embedded.requests import INTEGER, is_int64
from hsync.schema import Child, SectionType, Shape
from hsync.sections import by_path

__all__ = ["Place", "find_place"]

_ALIASES = {"peers": "peer_section"}
"""Collections whose children have another first word in their paths than the collection itself."""

_PERMANENT = frozenset({"global"})
"""Singletons that always exist: they cannot be created or deleted."""


@dataclass(frozen=True, slots=True)
class Place:
    """The resource that a path addresses.

    Args:
        type: the section's type.
        name: the section's name; None for the collection of sections.
        child: the collection of children; None for the section itself.
        key: name or index of a child; None for the collection.
    """

    type: SectionType
    name: str | None
    child: Child | None = None
    key: str | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of the path, in the order of the `Allow` header."""
        if self.child is None:
            return self._section_methods
        if self.key is None:
            return ("GET", "PUT") if self.child.shape is Shape.LIST else ("GET", "POST")
        return ("GET", "POST", "PUT", "DELETE") if self.child.shape is Shape.LIST else ("GET", "PUT", "DELETE")

    @property
    def _section_methods(self) -> tuple[str, ...]:
        if self.name is None:
            # The API has a PUT for the collection of defaults, which does the same as POST.
            return ("GET", "POST", "PUT") if self.type.kind == "defaults" else ("GET", "POST")
        if self.type.shape is Shape.SINGLETON:
            return ("GET", "PUT") if self.permanent else ("GET", "POST", "PUT", "DELETE")
        return ("GET", "PUT", "DELETE") if self.type.put else ("GET", "DELETE")

    @property
    def permanent(self) -> bool:
        """Whether the section exists even if it has no line in the text."""
        return self.type.kind in _PERMANENT

    @property
    def index(self) -> int:
        """The key as an index."""
        text = self.key or ""
        is_number = INTEGER.fullmatch(text) is not None
        if not is_number or not is_int64(int(text[:24])):
            reason = "value out of range" if is_number else "invalid syntax"
            raise Refusal(
                400,
                "Invalid format for parameter index: error binding string parameter: "
                f'strconv.ParseInt: parsing "{text}": {reason}',
            )
        return int(text)


def find_place(segments: Sequence[str], query: Mapping[str, str]) -> Place | None:
    """Find the resource of a path.

    Args:
        segments: decoded segments after `configuration/`.
        query: query parameters, for children whose section is in the query.

    Returns:
        The place; None for an unknown path.

    Raises:
        Refusal: the query parameter with the section's name is missing.
    """
    first, *rest = segments
    queried = _by_query().get(first)
    if queried and len(rest) < 2:
        section_type, child = queried
        parent = query.get(child.parent_query)
        if not parent:
            raise Refusal(400, f"Query argument {child.parent_query} is required, but not found")
        return Place(section_type, parent, child, rest[0] if rest else None)
    section_type_or_none = by_path().get(_ALIASES.get(first, first) if len(rest) > 1 else first)
    if section_type_or_none is None:
        return None
    return _in_section(section_type_or_none, rest)


def _in_section(section_type: SectionType, rest: list[str]) -> Place | None:
    if section_type.shape is Shape.SINGLETON:
        rest = ["", *rest]
    elif not rest:
        return Place(section_type, None)
    name, *below = rest
    if not below:
        return Place(section_type, name)
    child = section_type.child_by_path.get(below[0])
    if child is None or child.parent_query or len(below) > 2:
        return None
    return Place(section_type, name, child, below[1] if len(below) > 1 else None)


@cache
def _by_query() -> dict[str, tuple[SectionType, Child]]:
    """Collections whose path does not have the section's name, by their path."""
    types = by_path().values()
    return {child.path: (parent, child) for parent in types for child in parent.children if child.parent_query}
