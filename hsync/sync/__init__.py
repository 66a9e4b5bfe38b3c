"""sync: the library: make a server hold a configuration, and say truthfully what came of it.

Rule 1: the engine is that of `hsync plan` and `hsync apply` (`session`): nothing here compares, sends or proves.
Rule 2: on a version conflict the target is read and compared again; operations made for another state are never sent.
Rule 3: what the caller wrote wrong is raised (`InputError`), so is a fault of hsync (`BugError`). What the target or
    the world did is a `SyncResult` that says so.
Rule 4: `applied_operations` holds what was committed, `failed_operations` what the server refused and what could not
    stand without it. No secret is in a message or in the log.

Theory of operation: an attempt is read, compare, prove, apply. `apply_plan` tells its journal how far it got; so an
error is known to come from before or after the commit. A conflict starts the next attempt, after a pause that grows
and is spread by chance, as long as the policy allows. With `continue_on_error` a refused operation is taken out of the
plan, and the rest is a plan of its own that goes the same way in a fresh transaction: after a refused write the server
may keep half of it where no read shows it.

Source: the Go package `pkg/dataplane/synchronizer` of the HAProxy Template Ingress Controller (names, argument orders,
promises); docs/reference/dataplane-api.md 2.2, 2.7, 2.9.
"""

from __future__ import annotations

import logging

from hsync.sync.operations import SyncOperationsResult, sync_operations
from hsync.sync.patience import SyncCancelledError
from hsync.sync.plans import Plan, make_plan
from hsync.sync.policy import SyncOptions, SyncPolicy, default_sync_options, dry_run_options
from hsync.sync.result import (
    OperationError,
    SyncResult,
    new_failure_result,
    new_no_changes_result,
    new_success_result,
)
from hsync.sync.synchronizer import Synchronizer
from hsync.sync.transaction import Transaction, VersionAdapter

__all__ = [
    "OperationError",
    "Plan",
    "SyncCancelledError",
    "SyncOperationsResult",
    "SyncOptions",
    "SyncPolicy",
    "SyncResult",
    "Synchronizer",
    "Transaction",
    "VersionAdapter",
    "default_sync_options",
    "dry_run_options",
    "make_plan",
    "new_failure_result",
    "new_no_changes_result",
    "new_success_result",
    "sync_operations",
]

logging.getLogger("hsync").addHandler(logging.NullHandler())
