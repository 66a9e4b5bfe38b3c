"""Clients of the Data Plane API, remote and embedded, and the values that they return. Only this package uses httpx."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use

if TYPE_CHECKING:
    from hsync.dataplane.client import Committed, DataplaneClient, Pushed
    from hsync.dataplane.kinds import TargetSettings
    from hsync.dataplane.reloads import Reload
    from hsync.dataplane.targets import target_for
    from hsync.dataplane.traits import FILE, SERVER
    from hsync.plan.snapshot import Snapshot, digest

__all__ = [
    "FILE",
    "SERVER",
    "Committed",
    "DataplaneClient",
    "Pushed",
    "Reload",
    "Snapshot",
    "TargetSettings",
    "digest",
    "target_for",
]

__getattr__ = at_first_use(
    __name__,
    {
        **dict.fromkeys(("Committed", "DataplaneClient", "Pushed"), "dataplane.client"),
        "TargetSettings": "dataplane.kinds",
        "Reload": "dataplane.reloads",
        "target_for": "dataplane.targets",
        **dict.fromkeys(("FILE", "SERVER"), "dataplane.traits"),
        **dict.fromkeys(("Snapshot", "digest"), "plan.snapshot"),
    },
)
