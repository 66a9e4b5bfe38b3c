"""sync: the library: apply a configuration to a server, and return a result that reports what is certain.

Rule 1: it uses the same code as `hsync plan` and `hsync apply` (`session`): no module here compares, sends or proves.
Rule 2: on a version conflict the target is read and compared again; operations for an outdated text are never sent.
Rule 3: mistakes of the caller (`InputError`) and of hsync (`BugError`) are raised. For all other failures there is a
    `SyncResult`.
Rule 4: `applied_operations` has the committed operations; `failed_operations` has the operations that the server
    refused, and those that depend on them. No message or log line contains a secret.

Theory of operation: an attempt reads, compares, proves and applies. The events of `apply_plan` show whether an error
occurred before or after the commit. After a conflict the next attempt follows, with a growing, random pause, up to the
limit of the policy. With `continue_on_error`, refused operations are removed from the plan, and the remaining
operations become a plan of their own, which is applied in a new transaction: in the old one the server may have kept
half of the refused write.

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
