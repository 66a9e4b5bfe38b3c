"""hsync: plan, review and apply HAProxy configuration through the Data Plane API.

Everything in `__all__` is the library, documented in docs/library.md. A name is loaded when it is first used:
`import hsync` alone costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hsync.homes import at_first_use
from hsync.version import __version__

if TYPE_CHECKING:
    from hsync.dataplane import DataplaneClient, Snapshot
    from hsync.dataplane.embedded import EmbeddedSettings, find_haproxy
    from hsync.errors import (
        BugError,
        CommittedError,
        ConfigError,
        HsyncError,
        InputError,
        LockedError,
        NotAllowedError,
        OutcomeUnknown,
        PlanFileError,
        ReloadFailedError,
        ServerRefused,
        StalePlanError,
        TargetError,
        UnsafePlanError,
        UsageError,
    )
    from hsync.events import Event, Phase, PhaseBegan, Recovered, Step, TakenOver
    from hsync.model import Configuration
    from hsync.plan.plan import Change, Operation, Request
    from hsync.session import Outcome, apply_plan
    from hsync.session.asked import Wanted
    from hsync.session.project import Project
    from hsync.session.session import Session
    from hsync.session.sources import Source
    from hsync.sync import (
        OperationError,
        Plan,
        SyncCancelledError,
        Synchronizer,
        SyncOperationsResult,
        SyncOptions,
        SyncPolicy,
        SyncResult,
        Transaction,
        VersionAdapter,
        default_sync_options,
        dry_run_options,
        make_plan,
        new_failure_result,
        new_no_changes_result,
        new_success_result,
        sync_operations,
    )
    from hsync.trust import Operator, read_operator

__all__ = [
    "BugError",
    "Change",
    "CommittedError",
    "ConfigError",
    "Configuration",
    "DataplaneClient",
    "EmbeddedSettings",
    "Event",
    "HsyncError",
    "InputError",
    "LockedError",
    "NotAllowedError",
    "Operation",
    "OperationError",
    "Operator",
    "Outcome",
    "OutcomeUnknown",
    "Phase",
    "PhaseBegan",
    "Plan",
    "PlanFileError",
    "Project",
    "Recovered",
    "ReloadFailedError",
    "Request",
    "ServerRefused",
    "Session",
    "Snapshot",
    "Source",
    "StalePlanError",
    "Step",
    "SyncCancelledError",
    "SyncOperationsResult",
    "SyncOptions",
    "SyncPolicy",
    "SyncResult",
    "Synchronizer",
    "TakenOver",
    "TargetError",
    "Transaction",
    "UnsafePlanError",
    "UsageError",
    "VersionAdapter",
    "Wanted",
    "__version__",
    "apply_plan",
    "default_sync_options",
    "dry_run_options",
    "find_haproxy",
    "make_plan",
    "new_failure_result",
    "new_no_changes_result",
    "new_success_result",
    "read_operator",
    "sync_operations",
]

_HOMES = {
    **dict.fromkeys((name for name in __all__ if not name.startswith("_")), "sync"),
    "Change": "plan.plan",
    "Configuration": "model",
    "DataplaneClient": "dataplane",
    "EmbeddedSettings": "dataplane.embedded",
    "Operation": "plan.plan",
    **dict.fromkeys(("Operator", "read_operator"), "trust"),
    "Outcome": "session",
    "Project": "session.project",
    "Session": "session.session",
    "Source": "session.sources",
    "Wanted": "session.asked",
    **dict.fromkeys(("Event", "Phase", "PhaseBegan", "Recovered", "Step", "TakenOver"), "events"),
    "Request": "plan.plan",
    "Snapshot": "dataplane",
    "apply_plan": "session",
    "find_haproxy": "dataplane.embedded",
    **dict.fromkeys((
        "BugError", "CommittedError", "ConfigError", "HsyncError", "InputError", "LockedError",
        "NotAllowedError", "OutcomeUnknown",
        "PlanFileError", "ReloadFailedError", "ServerRefused", "StalePlanError", "TargetError", "UnsafePlanError",
        "UsageError",
    ), "errors"),
}  # fmt: skip
"""The module of a name; names that are not listed are in `hsync.sync`."""

__getattr__ = at_first_use(__name__, _HOMES)


def __dir__() -> list[str]:
    """The names of the library, for completion."""
    return sorted({*globals(), *__all__})
