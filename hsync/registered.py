"""registered: the registration by file: every module of a package that has a certain attribute is registered."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

__all__ = ["modules", "registered", "registered_by_name"]

T = TypeVar("T")


def modules(folder: Path) -> list[str]:
    """The names of the modules in the folder of a package, sorted. Nothing is imported.

    Args:
        folder: of the package.
    """
    return [info.name for info in pkgutil.iter_modules([str(folder)])]


def registered_by_name(package: str, attribute: str, kind: type[T]) -> dict[str, T]:
    """The registered objects of a package, by the names of their modules.

    Args:
        package: its full name; it is imported already.
        attribute: name of the attribute; a module without it has no registered object.
        kind: type of the objects.

    Raises:
        TypeError: an attribute has another type.
    """
    found = {}
    for name in modules(Path(*importlib.import_module(package).__path__)):
        one = getattr(importlib.import_module(f"{package}.{name}"), attribute, None)
        if one is None:
            continue
        if not isinstance(one, kind):
            raise TypeError(f"{package}.{name}.{attribute} is not a {kind.__name__}")
        found[name] = one
    return found


def registered(package: str, attribute: str, kind: type[T]) -> Iterator[T]:
    """The same without names, in the order of the names of the modules."""
    yield from registered_by_name(package, attribute, kind).values()
