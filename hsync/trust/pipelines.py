"""pipelines: whether the project of a CI pipeline may come from an unknown author.

Source: GitLab, Predefined CI/CD variables (CI, CI_COMMIT_REF_PROTECTED); GitHub, Variables reference (CI,
GITHUB_REF_PROTECTED, GITHUB_EVENT_NAME).
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["why_untrusted"]

_PROTECTED = ("CI_COMMIT_REF_PROTECTED", "GITHUB_REF_PROTECTED")

_OTHERS_CODE = frozenset({"pull_request_target", "workflow_run"})
"""Events whose ref is a protected one, although the checked out commit often is from another."""


def why_untrusted(environment: Mapping[str, str]) -> str:
    """Why a project is not trusted by default; "" if it is.

    Args:
        environment: variables of the process.
    """
    if environment.get("CI", "").lower() in {"", "0", "false"}:
        return ""
    event = environment.get("GITHUB_EVENT_NAME", "")
    if event in _OTHERS_CODE:
        return f"CI is set, and the event is {event}"
    if any(environment.get(name) == "true" for name in _PROTECTED):
        return ""
    return "CI is set, and the ref is not protected"
