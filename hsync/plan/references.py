"""references: sections that name another section, by the fields that say so (`refers`).

Whether a name in the middle of an expression (`nbsrv(web)`) means a section, no table says: HAProxy tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hsync.model import Address, BoundSection, Configuration
from hsync.plan.compare import Delta
from hsync.schema import Field, Fields, values_at

__all__ = ["dangling"]


def dangling(desired: Configuration, deltas: Iterable[Delta]) -> Iterator[str]:
    """Sections that stay and name one that is deleted: HAProxy does not start with them.

    Args:
        desired: what the target is to run.
        deltas: how it gets there.
    """
    for gone in deltas:
        if gone.after is None and gone.either.type is not None and gone.either.name:
            for key, section in desired.sections.items():
                if gone.either.name in section.text and _names(desired.bound(key), gone.address):
                    yield f"{_said(desired.bound(key))} still names {gone.address}, which is deleted"


def _said(section: BoundSection) -> str:
    return str(Address(section.type.path, section.name)) if section.type else section.kind


def _names(section: BoundSection, gone: Address) -> bool:
    if section.type is None:
        return False
    bodies = [(tuple(section.type.fields()), [section.base])]
    for path, many in section.children.items():
        bodies.append((tuple(section.type.child_by_path[path].fields()), [one.body for one in many]))
    return any(_refers(fields, body, gone) for fields, many in bodies for body in many)


def _refers(fields: Iterable[Field], body: Fields, gone: Address) -> bool:
    return any(gone.name in values_at(body, one.path) for one in fields if one.refers == gone.collection)
