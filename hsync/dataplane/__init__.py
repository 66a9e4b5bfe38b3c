"""Clients of the Data Plane API, remote and embedded, and the values that they return. Only this package uses httpx."""

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
