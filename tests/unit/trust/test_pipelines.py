"""When a project is not trusted without a word of the operator."""

from __future__ import annotations

import pytest

from hsync.trust import why_untrusted

PROTECTED = {"CI": "true", "GITHUB_REF_PROTECTED": "true"}


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, ""),
        ({"CI": ""}, ""),
        ({"CI": "false"}, ""),
        ({"CI": "0"}, ""),
        ({"GITHUB_REF_PROTECTED": "false"}, ""),
        ({"CI": "true"}, "CI is set, and the ref is not protected"),
        ({"CI": "1"}, "CI is set, and the ref is not protected"),
        ({"CI": "woodpecker"}, "CI is set, and the ref is not protected"),
        ({"CI": "true", "GITHUB_REF_PROTECTED": "false"}, "CI is set, and the ref is not protected"),
        ({"CI": "true", "CI_COMMIT_REF_PROTECTED": "false"}, "CI is set, and the ref is not protected"),
        ({"CI": "true", "CI_COMMIT_REF_PROTECTED": "true"}, ""),
        (PROTECTED, ""),
        ({**PROTECTED, "GITHUB_EVENT_NAME": "push"}, ""),
        ({**PROTECTED, "GITHUB_EVENT_NAME": "pull_request_target"}, "CI is set, and the event is pull_request_target"),
        ({**PROTECTED, "GITHUB_EVENT_NAME": "workflow_run"}, "CI is set, and the event is workflow_run"),
    ],
)
def test_why_a_project_is_not_trusted(environment: dict[str, str], why: str) -> None:
    assert why_untrusted(environment) == why
