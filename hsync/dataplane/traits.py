"""traits: how kinds of targets differ, for those who must act on it. Nobody asks for the kind itself."""

from __future__ import annotations

from dataclasses import dataclass

from hsync.plan.verdict import LOCAL, REMOTE

__all__ = ["FILE", "SERVER", "Traits"]


@dataclass(frozen=True, slots=True)
class Traits:
    """How a target differs from others.

    Args:
        keeps_text: it stores the text that it is given, byte for byte; a server rewrites it.
        is_folder: it is a folder of files, read by `haproxy -f DIR`: its text names them (see `syntax.folder`).
        judge: whose HAProxy checks a text: `LOCAL`, on this machine, or `REMOTE`, that of the server.
    """

    keeps_text: bool = False
    is_folder: bool = False
    judge: str = REMOTE


SERVER = Traits()
"""A Data Plane API behind a URL."""

FILE = Traits(keeps_text=True, judge=LOCAL)
"""A haproxy.cfg that hsync writes itself."""
