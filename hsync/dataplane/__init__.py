"""Targets: the client of the Data Plane API, the embedded one, and what is read from them. The only home of httpx."""

from hsync.dataplane.client import Committed, DataplaneClient, Pushed
from hsync.dataplane.reloads import Reload
from hsync.dataplane.targets import TargetSettings, connect, target_for
from hsync.plan.snapshot import Snapshot, digest

__all__ = [
    "Committed",
    "DataplaneClient",
    "Pushed",
    "Reload",
    "Snapshot",
    "TargetSettings",
    "connect",
    "digest",
    "target_for",
]
