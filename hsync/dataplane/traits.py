"""traits: the properties in which kinds of targets differ. Other code tests a property, never the kind."""

from __future__ import annotations

from dataclasses import dataclass

from hsync.plan.verdict import LOCAL, REMOTE

__all__ = ["FILE", "SERVER", "Traits"]


@dataclass(frozen=True, slots=True)
class Traits:
    """The properties of a kind of target.

    Args:
        keeps_text: the target stores a text byte for byte; a server rewrites it.
        is_folder: the target is a folder for `haproxy -f DIR`; its text has the files one after another (see
            `syntax.folder`).
        judge: which HAProxy checks a text: `LOCAL`, on this machine, or `REMOTE`, that of the server.
    """

    keeps_text: bool = False
    is_folder: bool = False
    judge: str = REMOTE


SERVER = Traits()
"""A Data Plane API behind a URL."""

FILE = Traits(keeps_text=True, judge=LOCAL)
"""A haproxy.cfg that hsync writes."""
