"""Targets: the client of the Data Plane API, the embedded one, and what is read from them. The only home of httpx."""

from hsync.dataplane.client import Committed, DataplaneClient, Pushed
from hsync.dataplane.reloads import Reload
from hsync.dataplane.targets import TargetSettings, connect, target_for
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
    "connect",
    "digest",
    "target_for",
]
