"""markdown: a plan for a comment in a pull request.

Rule 1: text from outside is in a fenced block, in inline code, or escaped: it is never a link, a mention or HTML.
Rule 2: the document fits into a comment (GitHub: 65,536 characters): long parts are cut, with a note about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsync.lanes import lane_of
from hsync.output.bodies import body_lines, request_line
from hsync.output.changes import change_rows
from hsync.output.look import PLAIN
from hsync.output.risks import risk_heading, told_risks
from hsync.output.rows import Row, laid_out
from hsync.output.safe import cell, code, fenced, of_plain_text, prose
from hsync.output.words import (
    NOTHING_TO_APPLY,
    REPAIR,
    SETTLES,
    TEXT_ONLY,
    Saved,
    by_reason,
    count,
    detail,
    findings,
    judgement,
    laid_out_too,
    nothing_to_do,
    proof,
    refused_by_haproxy,
    reloads,
    settles_drift,
    short,
    summary,
)
from hsync.plan.plan import RAW, Plan, Unaddressed

__all__ = ["plan_page"]

ROOM = 48_000
"""Maximum number of characters of the long parts together: risks, changes, text diff, and bodies on demand."""

LEAST_ROOM = 4_000
"""The same for changes, text diff and bodies, however many risks there are."""

MANY = 50
"""Maximum number of rows of a table."""

LONG_LINE = 400
"""Maximum number of characters of a line in a fenced block."""

_DIFF_MARKS = {"+": "+", "-": "-", "~": "!", ">": "!"}


@of_plain_text
def plan_page(plan: Plan, *, saved: Saved | None = None, bodies: bool = False) -> str:
    """A plan as Markdown.

    Args:
        plan: the plan.
        saved: the plan file; None if there is none.
        bodies: whether to include the bodies of the requests.
    """
    risks = list(_risks(plan))
    room = max(ROOM - len("\n".join(risks)), LEAST_ROOM) // (3 if bodies else 2)
    target = f"{code(plan.target.name)} ({code(plan.target.url)}, Data Plane API {prose(plan.target.api)})"
    lines = [f"### hsync plan for {target}", ""]
    lines += [f"**{prose(summary(plan) if plan.operations else nothing_to_do(plan))}**", ""]
    lines += risks
    lines += _attention(plan)
    if plan.operations:
        lines += [*_fence(_changes(plan), room), ""] if plan.changes else [TEXT_ONLY, ""]
        lines += _operations(plan)
        lines += _folded("Requests", _fence(list(_bodies(plan)), room, "text")) if bodies else []
        lines += _folded("Text diff", _fence(list(plan.result.diff), room) if plan.result.diff else [])
    lines += _not_addressed(plan.unaddressed)
    lines += _bullets("Notes", plan.notes)
    lines += _foot(plan, saved)
    return "\n".join(lines).rstrip() + "\n"


def _risks(plan: Plan) -> Iterator[str]:
    """The risks, of which none is left out."""
    if not plan.risks:
        return
    yield f"**{risk_heading(plan.risks)}**"
    yield ""
    for one in told_risks(plan.risks):
        place = f" {code(one.place)}:" if one.place else ""
        level = f"**{one.level}**" if one.level == "high" else one.level
        line = f" — {code(one.line)}" if one.line else ""
        source = f" ({code(one.source)})" if one.source else ""
        yield f"- {level} {code(one.rule)}{place} {prose(one.words)}{line}{source}"
    yield ""


def _attention(plan: Plan) -> Iterator[str]:
    yield from _bullets(findings(plan.verdict), [str(one.fault) for one in plan.verdict.findings])
    yield from _bullets("Drift: the target differs from hsync's record", plan.drift)


def _bullets(heading: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"**{heading}**"
        yield ""
        yield from (f"- {prose(item)}" for item in items[:MANY])
        yield from _more(len(items))
        yield ""


def _more(number: int) -> Iterator[str]:
    if number > MANY:
        yield ""
        yield f"and {number - MANY} more."


def _changes(plan: Plan) -> list[str]:
    """The changes as lines; the sign in the first column gives them a colour in a diff block."""
    rows = list(change_rows(plan.changes, LONG_LINE))
    # Without a maximum width each row is one line.
    return [_marked(row, line) for row, line in zip(rows, laid_out(rows, PLAIN), strict=True)]


def _marked(row: Row, line: str) -> str:
    sign = _DIFF_MARKS.get(row.mark, " ")
    return f"{sign} {line[2:]}" if line else ""


def _bodies(plan: Plan) -> Iterator[str]:
    for operation in plan.operations:
        yield request_line(operation)
        yield from (f"   {line}".rstrip() for line in body_lines(operation))


def _fence(lines: Sequence[str], room: int, language: str = "diff") -> list[str]:
    kept, used = [], 0
    for number, line in enumerate(lines):
        used += len(line) + 1
        if used > room:
            kept.append(f"  ... {count(len(lines) - number, 'more line')}: see the plan file")
            break
        kept.append(line if len(line) <= LONG_LINE else line[:LONG_LINE] + "…")
    return fenced(kept, language)


def _folded(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"<details><summary>{heading}</summary>"
        yield ""
        yield from lines
        yield ""
        yield "</details>"
        yield ""


def _operations(plan: Plan) -> Iterator[str]:
    rows = ["| # | operation | address | request |", "|--:|---|---|---|"]
    for operation in plan.operations[:MANY]:
        what = "the whole text" if operation.address == RAW else code(operation.address)
        request = prose(" ".join(filter(None, [operation.request.method, detail(operation, plan)])))
        rows.append(f"| {operation.seq} | {operation.action} | {cell(what)} | {cell(request)} |")
    rows += _more(len(plan.operations))
    yield from _folded(f"{count(len(plan.operations), 'operation')}, in {lane_of(plan.lane).sends}", rows)


def _not_addressed(lines: Sequence[Unaddressed]) -> Iterator[str]:
    if not lines:
        return
    rows = ["| where | line | why | equal |", "|---|---|---|---|"]
    ordered = [one for _, _, many in by_reason(lines) for one in many]
    for one in ordered[:MANY]:
        equal = "yes" if one.equal else "**no**"
        where, line, reason = code(one.where), code(one.line[:LONG_LINE]), prose(one.reason)
        rows.append(f"| {cell(where)} | {cell(line)} | {cell(reason)} | {equal} |")
    rows += _more(len(lines))
    yield from _folded(f"{count(len(lines), 'line')} that the API cannot address", rows)


def _foot(plan: Plan, saved: Saved | None) -> Iterator[str]:
    if plan.operations:
        yield f"- Lane: {prose(plan.lane)}, {prose(plan.lane_reason)}"
        yield f"- Proof: {prose(proof(plan))}"
        if layout := laid_out_too(plan):
            yield f"- Text: {layout}"
    if told := judgement(plan.verdict):
        yield f"- HAProxy: {prose(told)}"
    yield f"- Base: version {plan.base.version}, {prose(short(plan.base.sha256))}"
    yield f"- Reloads: {prose(reloads(plan))}"
    if saved and settles_drift(plan):
        yield f"- {SETTLES} ({prose(saved.facts)}): {code(saved.bound)}"
    elif saved and not plan.operations:
        yield f"- {NOTHING_TO_APPLY} ({prose(saved.facts)})"
    elif saved and refused_by_haproxy(plan):
        yield f"- {REPAIR} ({prose(saved.facts)})"
    elif saved:
        yield f"- To run exactly this ({prose(saved.facts)}): {code(saved.bound)}"
