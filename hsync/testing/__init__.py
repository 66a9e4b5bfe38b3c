"""Test kit: servers for tests of templates and scripts, documented in docs/testing-your-templates.md.

Nothing in hsync imports it. Names are loaded at their first use, so that the pytest plugin does not slow down test runs
that do not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hsync.testing.manners import KEEPING, REWRITING, damaging
    from hsync.testing.rewriting import rewrite
    from hsync.testing.server import Clock, Server
    from hsync.testing.tap import BEGIN, CHECK, COMMIT, LAYOUT, OPERATION, PUSH, READ, RELOAD, STAGED, Seen, Tap

__all__ = [
    "BEGIN",
    "CHECK",
    "COMMIT",
    "KEEPING",
    "LAYOUT",
    "OPERATION",
    "PUSH",
    "READ",
    "RELOAD",
    "REWRITING",
    "STAGED",
    "Clock",
    "Seen",
    "Server",
    "Tap",
    "damaging",
    "rewrite",
]

_HOMES = {
    **dict.fromkeys(("KEEPING", "REWRITING", "damaging"), "hsync.testing.manners"),
    **dict.fromkeys(("Clock", "Server"), "hsync.testing.server"),
    "rewrite": "hsync.testing.rewriting",
}
"""The modules of names; all other names are in `hsync.testing.tap`."""


def __getattr__(name: str) -> object:
    """Load a name of the kit at its first use."""
    if name not in __all__:
        raise AttributeError(f"module 'hsync.testing' has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES.get(name, "hsync.testing.tap")), name)
    globals()[name] = value
    return value
