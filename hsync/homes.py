"""homes: packages whose names are imported at their first use, so that a command imports only what it needs.

    __getattr__ = at_first_use(__name__, {"read_plan": "planfile", ...})

The package also imports the names under `TYPE_CHECKING`, for tools that read types.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module

__all__ = ["at_first_use"]


def at_first_use(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """The `__getattr__` of a package (PEP 562).

    Args:
        package: its full name.
        homes: the module of each name, below `hsync`: `render.template`.
    """

    def found(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(f"hsync.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return found
