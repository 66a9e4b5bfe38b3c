"""Test kit: servers for tests of templates and scripts, documented in docs/testing-your-templates.md.

Nothing in hsync imports it. Names are loaded at their first use, so that the pytest plugin does not slow down test runs
that do not need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

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

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(__all__, "testing.tap"),
        **dict.fromkeys(("KEEPING", "REWRITING", "damaging"), "testing.manners"),
        **dict.fromkeys(("Clock", "Server"), "testing.server"),
        "rewrite": "testing.rewriting",
    },
)
