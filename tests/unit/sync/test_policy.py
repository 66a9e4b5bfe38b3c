from __future__ import annotations

import dataclasses

import pytest

from hsync import SyncOptions, SyncPolicy, default_sync_options, dry_run_options


@pytest.mark.parametrize(
    ("policy", "text", "dry", "retries", "apply"),
    [
        (SyncPolicy.DRY_RUN, "dry-run", True, 0, False),
        (SyncPolicy.APPLY, "apply", False, 3, True),
        (SyncPolicy.APPLY_FORCE, "apply-force", False, -1, True),
    ],
)
def test_sync_policy(policy: SyncPolicy, text: str, dry: bool, retries: int, apply: bool) -> None:
    assert (str(policy), policy.is_dry_run, policy.max_retries, policy.should_apply) == (text, dry, retries, apply)
    assert SyncPolicy(text) is policy


def test_sync_options() -> None:
    assert default_sync_options() == SyncOptions(SyncPolicy.APPLY, continue_on_error=False, validate_before_apply=True)
    assert dry_run_options() == SyncOptions(SyncPolicy.DRY_RUN, continue_on_error=False, validate_before_apply=False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        default_sync_options().timeout = 1.0  # type: ignore[misc]
