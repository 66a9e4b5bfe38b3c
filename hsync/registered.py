"""registered: what the modules of a package offer under one name. So a new one is one file, and no list is edited."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TypeVar

__all__ = ["registered"]

T = TypeVar("T")


def registered(package: str, attribute: str, kind: type[T]) -> Iterator[T]:
    """The objects that the modules of a package have as an attribute, by the name of the module.

    Args:
        package: its full name; it is imported already.
        attribute: name of the attribute; modules without it are left out.
        kind: what the objects are.

    Raises:
        TypeError: an object is something else.
    """
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        found = getattr(importlib.import_module(f"{package}.{info.name}"), attribute, None)
        if found is None:
            continue
        if not isinstance(found, kind):
            raise TypeError(f"{package}.{info.name}.{attribute} is no {kind.__name__}")
        yield found
