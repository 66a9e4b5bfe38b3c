"""registered: find the objects that the modules of a package define under a common name, without a list of them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import TypeVar

__all__ = ["registered"]

T = TypeVar("T")


def registered(package: str, attribute: str, kind: type[T]) -> Iterator[T]:
    """The objects that the modules of a package have as an attribute, sorted by the name of the module.

    Args:
        package: full name of the package, which is already imported.
        attribute: name of the attribute; modules without it are skipped.
        kind: type of the objects.

    Raises:
        TypeError: an object has another type.
    """
    for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
        found = getattr(importlib.import_module(f"{package}.{info.name}"), attribute, None)
        if found is None:
            continue
        if not isinstance(found, kind):
            raise TypeError(f"{package}.{info.name}.{attribute} is not a {kind.__name__}")
        yield found
