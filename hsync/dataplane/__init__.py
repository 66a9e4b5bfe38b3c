"""Targets: the client of the Data Plane API, the embedded one, and what is read from them. The only home of httpx."""

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
