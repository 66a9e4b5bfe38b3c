"""The section types, one data file each. A new file is found by its `SECTION`; there is no list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from hsync.schema import SectionType

__all__ = ["by_kind", "by_path"]


@cache
def by_kind() -> dict[str, SectionType]:
    """Every known section type by its keyword, in order of creation. Two files for one kind are an error."""
    found: dict[str, SectionType] = {}
    for info in pkgutil.iter_modules(__path__):
        section = getattr(importlib.import_module(f"{__name__}.{info.name}"), "SECTION", None)
        if section is None:
            continue
        if section.kind in found:
            raise ValueError(f"two section files for {section.kind}")
        found[section.kind] = section
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


@cache
def by_path() -> dict[str, SectionType]:
    """Every known section type by its API collection."""
    return {section.path: section for section in by_kind().values()}
