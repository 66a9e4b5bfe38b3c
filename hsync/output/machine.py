"""machine: plans and reports as JSON, for programs.

Rule 1: one document, keys sorted, ASCII only: control characters for a terminal or a log are escaped.
Rule 2: no inverses, and bodies of requests only on demand, with masked secrets.
Rule 3: a later release may add names, and does not remove any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hsync.output.safe import ascii_json
from hsync.output.schemas import format_of
from hsync.output.words import Saved, laid_out_too
from hsync.plan.plan import Change, Operation, Plan, Unaddressed
from hsync.plan.risk import Risk
from hsync.plan.secrets import shown_body
from hsync.plan.verdict import Finding, Verdict

if TYPE_CHECKING:
    from hsync.schema import Json

__all__ = ["change_object", "document", "plan_document", "plan_object", "report", "verdict_object"]


def document(value: Mapping[str, Json]) -> str:
    """A JSON object as text with a final line feed."""
    return ascii_json(value) + "\n"


def report(name: str, value: Mapping[str, Json]) -> str:
    """A document of hsync: a JSON object with its format.

    Args:
        name: a name in `schemas.FORMATS`.
        value: the other fields.
    """
    return document({"format": format_of(name), **value})


def plan_document(plan: Plan, saved: Saved | None = None, *, bodies: bool = False) -> str:
    """A plan for programs.

    Args:
        plan: the plan.
        saved: the plan file; None if there is none.
        bodies: whether to include the bodies of the requests.
    """
    return report("show", plan_object(plan, saved, bodies=bodies))


def plan_object(plan: Plan, saved: Saved | None = None, *, bodies: bool = False) -> dict[str, Json]:
    """The object of `plan_document`, without its format. It is not a plan file, and cannot be applied."""
    return {
        "target": {"name": plan.target.name, "url": plan.target.url, "api": plan.target.api},
        "base": {
            "version": plan.base.version,
            "sha256": plan.base.sha256,
            **({} if plan.base.disk_version is None else {"disk_version": plan.base.disk_version}),
        },
        "lane": plan.lane,
        "lane_reason": plan.lane_reason,
        "inputs": dict(plan.inputs),
        "changes": [change_object(one) for one in plan.changes],
        "operations": [_operation(one, bodies=bodies) for one in plan.operations],
        "result": {"sha256": plan.result.sha256, "diff": list(plan.result.diff), "layout": laid_out_too(plan)},
        "unaddressed": [_unaddressed(one) for one in plan.unaddressed],
        "risks": [_risk(one) for one in plan.risks],
        "attention": [f"{_risk_place(one)}{one.reason}" for one in plan.risks if not one.accepted],
        "drift": list(plan.drift),
        "notes": list(plan.notes),
        "summary": dict(plan.summary),
        "verdict": verdict_object(plan.verdict),
        "plan_file": {"path": saved.path, "digest": saved.digest, "signer": saved.signer} if saved else None,
    }


def verdict_object(verdict: Verdict) -> Json:
    """A verdict as a JSON object."""
    return {
        "status": verdict.status.value,
        "judge": verdict.judge,
        "reason": verdict.reason,
        "findings": [_finding(one) for one in verdict.findings],
    }


def _finding(one: Finding) -> Json:
    fault = one.fault
    return {
        "severity": one.severity.value,
        "where": fault.where,
        "words": fault.what,
        "remedy": fault.remedy,
        "line": fault.line.strip(),
        "column": fault.column,
    }


def change_object(change: Change) -> Json:
    """A change, as in the document of a plan."""
    return {
        "action": change.action.value,
        "address": str(change.address),
        "before": change.before,
        "after": change.after,
        "line_before": change.line_before,
        "line_after": change.line_after,
        "was": change.was,
        "source": change.source,
        "units": dict(change.units),
        "whose": change.whose,
    }


def _risk(one: Risk) -> Json:
    return {
        "rule": one.rule,
        "level": one.level.value,
        "address": str(one.address) if one.address is not None else "",
        "names": list(one.names),
        "reason": one.reason,
        "line": one.line,
        "source": one.source,
        "accepted": one.accepted,
    }


def _risk_place(one: Risk) -> str:
    return f"{one.address}: " if one.address is not None else ""


def _operation(operation: Operation, *, bodies: bool) -> Json:
    return {
        **({"body": shown_body(operation)} if bodies else {}),
        "seq": operation.seq,
        "phase": operation.phase,
        "action": operation.action.value,
        "address": operation.address,
        "method": operation.request.method,
        "path": operation.request.path,
        "query": dict(operation.request.query),
        "changes": list(operation.changes),
        "reload": operation.reload,
    }


def _unaddressed(one: Unaddressed) -> Json:
    return {"where": one.where, "line": one.line, "reason": one.reason, "equal": one.equal}
