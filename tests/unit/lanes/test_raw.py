"""The raw lane: what a plan file of it may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hsync.lanes import lane_of
from hsync.model import CONFIGURATION
from hsync.plan.plan import RAW, Action, Operation, Request

RAW_OPERATION = Operation(1, "update", Action.REPLACE, RAW, Request("POST", f"{CONFIGURATION}/raw", (), "global\n"))


def test_the_raw_operation_is_allowed() -> None:
    assert lane_of("raw").fault_of(RAW_OPERATION) == ""


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"action": Action.CREATE}, "replaces the whole text"),
        ({"inverse": (Request("DELETE", f"{CONFIGURATION}/backends/x"),)}, "its inverse is the base"),
        ({"request": Request("PUT", f"{CONFIGURATION}/raw", (), "")}, "the raw operation must be POST"),
        ({"request": Request("POST", f"{CONFIGURATION}/global", (), "")}, "the raw operation must be POST"),
        ({"request": Request("POST", f"{CONFIGURATION}/raw", (("skip_version", "true"),), "")}, "without a query"),
        ({"request": Request("POST", f"{CONFIGURATION}/raw", (), {})}, "must be a text"),
    ],
)
def test_another_raw_operation_is_refused(change: dict[str, Any], what: str) -> None:
    assert what in lane_of("raw").fault_of(replace(RAW_OPERATION, **change))
