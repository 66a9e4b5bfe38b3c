"""masking: replaces the values of secrets in the parts of a plan that people read.

Rule 1: operations keep the values, since they are sent. `plan.secrets` replaces them in the plan file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hsync.plan.fields import masked_line
from hsync.plan.plan import Change, Plan
from hsync.schema import Fields, Json
from hsync.secrecy import MASK

__all__ = ["without_secrets"]


def without_secrets(plan: Plan, secrets: Sequence[str]) -> Plan:
    """A plan with masked secrets in its changes, lines, risks, notes and diff.

    Args:
        plan: the plan; its addresses are not changed.
        secrets: the values of the secrets.
    """
    if not secrets:
        return plan
    hide = _Hide(secrets)
    return replace(
        plan,
        lane_reason=hide.text(plan.lane_reason),
        changes=tuple(hide.change(change) for change in plan.changes),
        result=replace(plan.result, diff=tuple(hide.text(line) for line in plan.result.diff)),
        unaddressed=tuple(
            replace(one, line=hide.text(one.line), reason=hide.text(one.reason)) for one in plan.unaddressed
        ),
        risks=tuple(
            replace(one, reason=hide.text(one.reason), names=tuple(map(hide.text, one.names)), line=hide.text(one.line))
            for one in plan.risks
        ),
        notes=tuple(hide.text(note) for note in plan.notes),
    )


class _Hide:
    """Replaces secrets in texts and JSON values, the longest secret first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self.secrets = frozenset(secrets)

    def text(self, text: str) -> str:
        """A text with masked secrets."""
        return masked_line(text, self.secrets)

    def value(self, value: Json) -> Json:
        """A JSON value with masked secrets; names are not changed."""
        if isinstance(value, int) and str(value) in self.secrets:
            return MASK
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return {name: self.value(item) for name, item in value.items()} if isinstance(value, dict) else value

    def fields(self, fields: Fields | None) -> Fields | None:
        """Attributes with masked secrets."""
        return None if fields is None else {name: self.value(value) for name, value in fields.items()}

    def change(self, change: Change) -> Change:
        """A change with masked secrets."""
        return replace(
            change,
            before=self.fields(change.before),
            after=self.fields(change.after),
            line_before=self.text(change.line_before),
            line_after=self.text(change.line_after),
        )
