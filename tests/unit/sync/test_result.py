from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest

from hsync import (
    HsyncError,
    OperationError,
    ServerRefused,
    Synchronizer,
    SyncPolicy,
    SyncResult,
    make_plan,
    new_failure_result,
    new_no_changes_result,
    new_success_result,
    sync_operations,
)
from tests.unit.sync.runs import OPERATION, run
from tests.unit.sync_server import Server, more, refusing

SECOND = timedelta(seconds=1)
FAILURE = OperationError(OPERATION, ServerRefused("answered 400: no", status=400, server_message="no"))
DIFF = make_plan(Server().client(), more(1))


def test_result_constructors_have_the_argument_order_of_go() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 2)
    assert success == SyncResult(
        success=True,
        policy=SyncPolicy.APPLY,
        diff=DIFF,
        applied_operations=(OPERATION,),
        failed_operations=(),
        duration=SECOND,
        retries=2,
        message="1 operation applied",
    )
    failure = new_failure_result(SyncPolicy.APPLY_FORCE, DIFF, [OPERATION], [FAILURE], SECOND, 3, "words")
    assert failure == SyncResult(
        success=False,
        policy=SyncPolicy.APPLY_FORCE,
        diff=DIFF,
        applied_operations=(OPERATION,),
        failed_operations=(FAILURE,),
        duration=SECOND,
        retries=3,
        message="words",
    )
    nothing = new_no_changes_result(SyncPolicy.APPLY, SECOND)
    assert nothing == SyncResult(
        success=True,
        policy=SyncPolicy.APPLY,
        diff=None,
        applied_operations=(),
        failed_operations=(),
        duration=SECOND,
        retries=0,
        message="no changes",
    )


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (new_success_result, ["policy", "diff", "applied", "duration", "retries"]),
        (new_failure_result, ["policy", "diff", "applied", "failed", "duration", "retries", "message"]),
        (new_no_changes_result, ["policy", "duration"]),
        (Synchronizer.sync, ["self", "current", "desired", "options"]),
        (Synchronizer.sync_from_strings, ["self", "current_text", "desired_text", "options"]),
        (sync_operations, ["client", "operations", "transaction"]),
        (OperationError.__init__, ["self", "operation", "cause"]),
    ],
)
def test_argument_orders(function: Any, names: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == names


def test_result_says_whether_there_are_changes_and_failures() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 0)
    failure = new_failure_result(SyncPolicy.APPLY, DIFF, [], [FAILURE], SECOND, 0, "words")
    nothing = new_no_changes_result(SyncPolicy.APPLY, SECOND)
    assert [one.has_changes for one in (success, failure, nothing)] == [True, True, False]
    assert [one.has_failures for one in (success, failure, nothing)] == [False, True, False]
    with pytest.raises(HsyncError, match="words"):
        failure.raise_for_failure()


def test_result_as_text() -> None:
    success = new_success_result(SyncPolicy.APPLY, DIFF, [OPERATION], SECOND, 1)
    assert str(success) == (
        "success: 1 operation applied\npolicy apply, 1.000 s, 1 retry\nchanges: 1 to create\napplied: 1 operation"
    )
    failure = new_failure_result(SyncPolicy.APPLY, DIFF, [], [FAILURE], SECOND, 0, "words")
    assert str(failure) == (
        "failed: words\npolicy apply, 1.000 s, 0 retries\nchanges: 1 to create\nnot applied: 1 operation\n"
        "  create backends/b1: answered 400: no"
    )
    dry = new_success_result(SyncPolicy.DRY_RUN, DIFF, [], SECOND, 0)
    assert str(dry).startswith("success: dry run: 1 operation would be sent, nothing was written\npolicy dry-run")
    assert (
        str(new_no_changes_result(SyncPolicy.APPLY, SECOND)) == "success: no changes\npolicy apply, 1.000 s, 0 retries"
    )


def test_operation_error_chains_its_cause_and_has_the_servers_message() -> None:
    result = run(Server(before=refusing({"b1": "the disk is full"})))
    error = result.failed_operations[0]
    assert isinstance(error, HsyncError)
    assert error.operation == OPERATION
    assert error.__cause__ is error.cause
    assert isinstance(error.cause, ServerRefused)
    assert error.cause.status == 400
    assert "create backends/b1: " in str(error)
    assert "the disk is full" in str(error)
