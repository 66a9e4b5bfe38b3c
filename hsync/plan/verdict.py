"""verdict: HAProxy's own check of the result of a plan. Plain data, part of the plan.

Rule 1: a refused result is never applied. With `strict`, a warning is a refusal, too.
Rule 2: outputs show findings unchanged, so a finding must not contain a secret.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from hsync.errors import Fault

__all__ = ["LOCAL", "REMOTE", "UNASKED", "Finding", "Severity", "Status", "Verdict"]

LOCAL = "haproxy -c"
REMOTE = "the server"
"""The two judges: a local HAProxy binary, or the server."""


class Severity(StrEnum):
    """Severity of a finding."""

    ERROR = "error"
    WARNING = "warning"


class Status(StrEnum):
    """Result of HAProxy's check."""

    ACCEPTED = "accepted"
    WARNED = "accepted with warnings"
    REFUSED = "refused"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """A message of HAProxy's check.

    Args:
        severity: error or warning.
        fault: HAProxy's message and its source line; `where` is `haproxy` if the message names no line.
    """

    severity: Severity
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of HAProxy's check of a text.

    Args:
        judge: LOCAL or REMOTE; "" if the text was not checked.
        reason: why the text was not checked, or which part of the outcome is unknown; for people.
        findings: messages in HAProxy's order.
    """

    judge: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> Status:
        """The result: refused if any finding is an error."""
        if not self.judge:
            return Status.NOT_ASKED
        if any(finding.severity is Severity.ERROR for finding in self.findings):
            return Status.REFUSED
        return Status.WARNED if self.findings else Status.ACCEPTED

    @property
    def warnings(self) -> int:
        """The number of warnings."""
        return sum(finding.severity is Severity.WARNING for finding in self.findings)

    def strict(self) -> Verdict:
        """The verdict with all warnings as errors."""
        if not self.warnings:
            return self
        reason = "; ".join(filter(None, (self.reason, "warnings count as errors")))
        errors = tuple(replace(finding, severity=Severity.ERROR) for finding in self.findings)
        return replace(self, reason=reason, findings=errors)


UNASKED = Verdict()
"""The verdict on a text that was not checked, because no check was requested."""
