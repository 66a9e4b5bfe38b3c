"""words: sentences that several output formats share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from shlex import join

from hsync.lanes import lane_of
from hsync.plan.plan import RAW, Change, Operation, Plan, Unaddressed, Whose
from hsync.plan.verdict import Status, Verdict

__all__ = [
    "NOTHING_TO_APPLY",
    "NO_RELOADER",
    "REPAIR",
    "SETTLES",
    "TEXT_ONLY",
    "Saved",
    "by_reason",
    "count",
    "counted",
    "detail",
    "findings",
    "judgement",
    "laid_out_too",
    "nothing_to_do",
    "proof",
    "refused_by_haproxy",
    "reloads",
    "settles_drift",
    "short",
    "summary",
    "title",
    "undoes",
]

REPAIR = "HAProxy refuses the result: fix the errors, then make the plan again: hsync plan"
"""Shown instead of the command for a plan that HAProxy refuses."""

NO_RELOADER = "this target has no master_socket or reload_command"
"""Why applying a plan to this file does not reload HAProxy."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan file.

    Args:
        path: as typed.
        digest: of the plan, with the prefix `sha256:`.
        read: whether the plan was read from the file; False if this run has written it.
        asked: whether the next line asks for approval.
        words: further words of the command that applies the plan.
        signer: who signed the plan; "" if the signature was not checked.
        note: about the signature; "" for none.
    """

    path: str
    digest: str
    read: bool = False
    asked: bool = False
    words: tuple[str, ...] = ()
    signer: str = ""
    note: str = ""

    @property
    def facts(self) -> str:
        """Digest, signer and note, in a few words."""
        return "; ".join(filter(None, [short(self.digest), self.signer and f"signed by {self.signer}", self.note]))

    @property
    def command(self) -> str:
        """The command that applies the plan."""
        return join(["hsync", "apply", self.path, *self.words])

    @property
    def bound(self) -> str:
        """The command that applies this plan, and refuses any other plan in the file."""
        return f"{self.command} --expect {self.digest}"


def count(number: int, noun: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{number} {noun}" + "s" * (number != 1)


def short(digest: str) -> str:
    """The first twelve hex digits of a digest, with its prefix, for people."""
    return f"sha256:{digest.removeprefix('sha256:')[:12]}"


def title(plan: Plan) -> str:
    """The target of the plan, with its URL and API release."""
    return f"{plan.target.name}  {plan.target.url}  (Data Plane API {plan.target.api})"


def summary(plan: Plan) -> str:
    """One sentence: `Plan: 4 to add, 1 to change, 1 to move, 0 to delete.`."""
    found = plan.summary
    return (
        f"Plan: {found['create']} to add, {found['update']} to change, {found['move']} to move, "
        f"{found['delete']} to delete{_undone(plan)}{_warned(found['warnings'])}."
    )


def undoes(change: Change) -> bool:
    """Whether a change undoes what somebody else has changed."""
    return change.whose in {Whose.UNDOES, Whose.BOTH}


def _undone(plan: Plan) -> str:
    found = sum(map(undoes, plan.changes))
    return f"; {found} of them undo{'es' * (found == 1)} what somebody else has changed" if found else ""


_DONE = {"create": "added", "update": "changed", "move": "moved", "delete": "deleted"}


def counted(plan: Plan) -> str:
    """The changes of a plan for the history: `4 added, 1 deleted`; `text` for a change of the text only."""
    found = plan.summary
    counts = ", ".join(f"{found[name]} {word}" for name, word in _DONE.items() if found[name])
    return counts or ("text" if plan.operations else "nothing")


TEXT_ONLY = "No change of meaning: the text can differ only in layout."
"""Shown instead of changes if only the text differs."""


def laid_out_too(plan: Plan) -> str:
    """Number of lines that change only in layout, in words; "" for none."""
    lines = sum(max(len(hunk.added), hunk.removed) for hunk in plan.result.layout)
    what = "without a change of meaning: comments, blank lines, order, spelling"
    return f"{count(lines, 'more line')} {what}" if lines else ""


NOTHING_TO_APPLY = "There is nothing to apply"
"""Shown instead of the command for a plan without operations."""


def settles_drift(plan: Plan) -> bool:
    """Whether the target has drifted to the desired configuration: apply sends nothing, and records it as applied."""
    return bool(plan.drift) and not plan.operations and not refused_by_haproxy(plan)


SETTLES = "Nothing would be sent. To settle the drift"
"""Shown before the command for such a plan."""


def _warned(warnings: int) -> str:
    return f"; HAProxy: {count(warnings, 'warning')}" if warnings else ""


def nothing_to_do(plan: Plan) -> str:
    """Shown instead of operations."""
    return (
        f"No changes. {plan.target.name} runs the desired configuration "
        f"(version {plan.base.version}, {short(plan.base.sha256)})."
    )


def refused_by_haproxy(plan: Plan) -> bool:
    """Whether HAProxy refused the result when the plan was made."""
    return plan.verdict.status is Status.REFUSED


def findings(verdict: Verdict) -> str:
    """The heading of HAProxy's findings."""
    return "HAProxy refuses the result" if verdict.status is Status.REFUSED else "HAProxy warns"


def judgement(verdict: Verdict) -> str:
    """The verdict about the result of a plan, in a few words; "" if no check was wanted."""
    if verdict.status is Status.NOT_ASKED:
        return f"not asked: {verdict.reason}" if verdict.reason else ""
    errors = len(verdict.findings) - verdict.warnings
    told = {
        Status.ACCEPTED: "accepts the result",
        Status.WARNED: f"accepts the result, with {count(verdict.warnings, 'warning')}",
        Status.REFUSED: f"refuses the result: {count(errors, 'error')}",
    }[verdict.status]
    return f"{told} ({verdict.judge}{f'; {verdict.reason}' if verdict.reason else ''})"


def proof(plan: Plan) -> str:
    """How the result is proved, when the plan is made and when it is applied."""
    return f"{lane_of(plan.lane).proof} ({short(plan.result.sha256)})"


def reloads(plan: Plan) -> str:
    """The number of reloads; if there is none, why."""
    if plan.operations and not plan.changes and not plan.summary["reloads"]:
        return "none: only the layout changes"
    return f"none: {NO_RELOADER}" if _lacks_reloader(plan) else str(plan.summary["reloads"])


def _lacks_reloader(plan: Plan) -> bool:
    return bool(plan.operations) and not plan.summary["reloads"] and plan.target.keeps_text


def detail(operation: Operation, plan: Plan) -> str:
    """Details of an operation, in parentheses; "" for none: number of changes, length of a list, no reload."""
    told = []
    if len(operation.changes) > 1 or operation.address == RAW:
        told.append(count(len(operation.changes), "change"))
    if isinstance(operation.request.body, list):
        told.append(f"list of {len(operation.request.body)}")
    if not operation.reload and not _lacks_reloader(plan):
        told.append("no reload")
    return f"({', '.join(told)})" if told else ""


def by_reason(lines: Sequence[Unaddressed]) -> list[tuple[str, bool, list[Unaddressed]]]:
    """Lines that the API cannot address, grouped by reason and by `equal`, in the order of their first lines."""
    order = {key: n for n, key in reversed(list(enumerate((one.equal, one.reason) for one in lines)))}
    ordered = sorted(lines, key=lambda one: order[one.equal, one.reason])
    return [(key[1], key[0], list(group)) for key, group in groupby(ordered, lambda one: (one.equal, one.reason))]
