"""The policy and the options of a sync."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["SyncOptions", "SyncPolicy", "default_sync_options", "dry_run_options"]


class SyncPolicy(StrEnum):
    """Whether a sync writes, and how often it retries."""

    DRY_RUN = "dry-run"
    """Compare and validate; write nothing."""
    APPLY = "apply"
    """Apply, with 3 retries on version conflicts."""
    APPLY_FORCE = "apply-force"
    """Apply, with retries on version conflicts until it succeeds, is cancelled or reaches its time limit."""

    @property
    def is_dry_run(self) -> bool:
        """Whether nothing is written."""
        return self is SyncPolicy.DRY_RUN

    @property
    def should_apply(self) -> bool:
        """Whether changes are written."""
        return not self.is_dry_run

    @property
    def max_retries(self) -> int:
        """Maximum number of retries on version conflicts; -1 for no limit."""
        return _MAX_RETRIES[self]


_MAX_RETRIES = {SyncPolicy.DRY_RUN: 0, SyncPolicy.APPLY: 3, SyncPolicy.APPLY_FORCE: -1}


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """The options of a sync.

    Args:
        policy: see `SyncPolicy`.
        continue_on_error: apply the other operations if the server refuses one, provided that the server's validation
            accepts the result.
        validate_before_apply: let the server validate the staged text before the commit.
        timeout: time limit in seconds; the sync ends at the next step before a commit. None for no limit.
        cancel: an event that ends the sync in the same way.
    """

    policy: SyncPolicy = SyncPolicy.APPLY
    continue_on_error: bool = False
    validate_before_apply: bool = True
    timeout: float | None = None
    cancel: threading.Event | None = None


def default_sync_options() -> SyncOptions:
    """Apply, stop at the first error, validate before the commit."""
    return SyncOptions()


def dry_run_options() -> SyncOptions:
    """Compare and validate here; write nothing."""
    return SyncOptions(policy=SyncPolicy.DRY_RUN, validate_before_apply=False)
