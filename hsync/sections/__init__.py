"""The section types, one data file each. A new file is found by its `SECTION`; there is no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from hsync import syntax
from hsync.schema import SectionType, Shape, UnmodelledSection
from hsync.syntax import Document, Grammar

__all__ = ["by_kind", "by_path", "every_kind", "grammar", "parse", "unmodelled"]


@cache
def every_kind() -> dict[str, SectionType | UnmodelledSection]:
    """Every kind of section by its keyword, in the order of the text. Two files for one kind are an error."""
    found: dict[str, SectionType | UnmodelledSection] = {}
    for info in pkgutil.iter_modules(__path__):
        section = getattr(importlib.import_module(f"{__name__}.{info.name}"), "SECTION", None)
        if section is None:
            continue
        if section.kind in found:
            raise ValueError(f"two section files for {section.kind}")
        found[section.kind] = section
    return dict(sorted(found.items(), key=lambda item: item[1].place))


@cache
def by_kind() -> dict[str, SectionType]:
    """Every section type that the API has by its keyword, in order of creation."""
    found = [one for one in every_kind().values() if isinstance(one, SectionType)]
    return {one.kind: one for one in sorted(found, key=lambda one: (one.rank, one.kind))}


@cache
def by_path() -> dict[str, SectionType]:
    """The same by API collection."""
    return {section.path: section for section in by_kind().values()}


@cache
def unmodelled() -> dict[str, UnmodelledSection]:
    """Every kind of section that the API has no objects for, by its keyword."""
    return {kind: one for kind, one in every_kind().items() if isinstance(one, UnmodelledSection)}


@cache
def grammar(*, blocks: bool = False) -> Grammar:
    """What `syntax` must know of the kinds of sections; `blocks`: see `Grammar`."""
    kinds = every_kind()
    return Grammar(
        tuple(kinds),
        merged=frozenset(one.kind for one in by_kind().values() if one.shape is Shape.SINGLETON),
        inheriting=frozenset(kind for kind, one in kinds.items() if one.inherits),
        nameless=frozenset(kind for kind, one in kinds.items() if not one.named),
        anonymous=frozenset(one.kind for one in by_kind().values() if one.anonymous),
        reads_over=frozenset(kind for kind, one in kinds.items() if one.reads_over),
        repeating=frozenset(kind for kind, one in kinds.items() if one.repeats),
        blocks=blocks,
    )


def parse(text: str, source: str = "haproxy.cfg", *, blocks: bool = False) -> Document:
    """`syntax.parse` with the kinds of sections that there are; `blocks`: see `Grammar`."""
    return syntax.parse(text, source, grammar(blocks=blocks))
