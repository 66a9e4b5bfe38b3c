"""verdict: what HAProxy says about the text that a plan leads to. Plain data, a part of the plan.

Rule 1: a refused result is never applied. Warnings are refusals where somebody asked for that (`strict`).
Rule 2: findings are shown to people as they are: no secret is in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from hsync.errors import Fault

__all__ = ["LOCAL", "REMOTE", "UNASKED", "Finding", "Severity", "Status", "Verdict"]

LOCAL = "haproxy -c"
REMOTE = "the server"
"""Who judged."""


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"


class Status(StrEnum):
    """What HAProxy makes of a text."""

    ACCEPTED = "accepted"
    WARNED = "accepted with warnings"
    REFUSED = "refused"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that HAProxy says.

    Args:
        severity: how bad it is.
        fault: its words, and the source line that they are about; `where` is `haproxy` when they name none.
    """

    severity: Severity
    fault: Fault


@dataclass(frozen=True, slots=True)
class Verdict:
    """What HAProxy says about a text.

    Args:
        judge: who was asked, LOCAL or REMOTE; "" for nobody.
        reason: why nobody was asked, or what of the answer is not known; for people.
        findings: in the order in which HAProxy tells them.
    """

    judge: str = ""
    reason: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def status(self) -> Status:
        """What follows from the findings."""
        if not self.judge:
            return Status.NOT_ASKED
        if any(one.severity is Severity.ERROR for one in self.findings):
            return Status.REFUSED
        return Status.WARNED if self.findings else Status.ACCEPTED

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return sum(one.severity is Severity.WARNING for one in self.findings)

    def strict(self) -> Verdict:
        """The same, with each warning an error."""
        if not self.warnings:
            return self
        reason = "; ".join(filter(None, (self.reason, "warnings count as errors")))
        errors = tuple(replace(one, severity=Severity.ERROR) for one in self.findings)
        return replace(self, reason=reason, findings=errors)


UNASKED = Verdict()
"""Nobody wanted to know."""
