"""The section types, one data file for each kind. A module with a `SECTION` is found; there is no list to edit."""

from __future__ import annotations

from functools import cache

from hsync import syntax
from hsync.registered import registered
from hsync.schema import SectionType, Shape, UnmodelledSection
from hsync.syntax import Document, Grammar

__all__ = ["by_kind", "by_path", "every_kind", "grammar", "parse", "unmodelled"]


@cache
def every_kind() -> dict[str, SectionType | UnmodelledSection]:
    """All section kinds by keyword, in the order in which the server writes them."""
    found: dict[str, SectionType | UnmodelledSection] = {}
    for section in registered(__name__, "SECTION", object):
        assert isinstance(section, SectionType | UnmodelledSection), section
        if section.kind in found:
            raise ValueError(f"two section files for {section.kind}")
        found[section.kind] = section
    return dict(sorted(found.items(), key=lambda item: item[1].place))


@cache
def by_kind() -> dict[str, SectionType]:
    """The section types of the API by keyword, in order of creation."""
    found = [section for section in every_kind().values() if isinstance(section, SectionType)]
    return {section.kind: section for section in sorted(found, key=lambda section: (section.rank, section.kind))}


@cache
def by_path() -> dict[str, SectionType]:
    """The section types of the API by collection."""
    return {section.path: section for section in by_kind().values()}


@cache
def unmodelled() -> dict[str, UnmodelledSection]:
    """The section kinds without objects in the API, by keyword."""
    return {kind: section for kind, section in every_kind().items() if isinstance(section, UnmodelledSection)}


@cache
def grammar(*, blocks: bool = False) -> Grammar:
    """The section kinds, as `syntax` needs them; `blocks`: see `Grammar`."""
    kinds = every_kind()
    return Grammar(
        tuple(kinds),
        merged=frozenset(kind for kind, section in by_kind().items() if section.shape is Shape.SINGLETON),
        inheriting=frozenset(kind for kind, section in kinds.items() if section.inherits),
        nameless=frozenset(kind for kind, section in kinds.items() if not section.named),
        anonymous=frozenset(kind for kind, section in by_kind().items() if section.anonymous),
        reads_over=frozenset(kind for kind, section in kinds.items() if section.reads_over),
        repeating=frozenset(kind for kind, section in kinds.items() if section.repeats),
        blocks=blocks,
    )


def parse(text: str, source: str = "haproxy.cfg", *, blocks: bool = False) -> Document:
    """`syntax.parse` with the section kinds of HAProxy; `blocks`: see `Grammar`."""
    return syntax.parse(text, source, grammar(blocks=blocks))
