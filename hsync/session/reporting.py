"""reporting: the report of apply, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass

from hsync.lanes import Outcome
from hsync.output.reports import outcome_document, outcome_text
from hsync.output.words import NO_RELOADER
from hsync.plan.plan import Plan

__all__ = ["Report"]


@dataclass(frozen=True, slots=True)
class Report:
    """The report of an apply.

    Args:
        outcome: the outcome.
        plan: the applied plan.
        digest: the digest of the plan.
        reloaded: whether a commit on the target reloads HAProxy.
    """

    outcome: Outcome
    plan: Plan
    digest: str
    reloaded: bool

    @property
    def message(self) -> str:
        """One sentence."""
        unreloaded = self.outcome.changed and not self.reloaded
        return self.outcome.message + (f" (not reloaded: {NO_RELOADER})" if unreloaded else "")

    def text(self) -> str:
        """For people."""
        return outcome_text(self.message, self.plan)

    def document(self) -> str:
        """For programs."""
        now, done = self.outcome.snapshot, self.outcome
        return outcome_document(
            self.message, self.plan, self.digest, now.version, now.sha256, done.reload_id, done.sent,
            changed=done.changed,
        )  # fmt: skip
