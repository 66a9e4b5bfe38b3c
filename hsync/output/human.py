"""human: a plan for people at a terminal.

Theory: the risks come first, then the changes, findings, notes, the operations, the lane and the proof. The last lines
are the summary and the next command. The text does not depend on the clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hsync.lanes import lane_of
from hsync.output.bodies import body_lines, request_line
from hsync.output.changes import change_rows
from hsync.output.look import PLAIN, Look
from hsync.output.rows import Row, laid_out, wrapped
from hsync.output.safe import cut, of_plain_text, width_of
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
    title,
)
from hsync.plan.plan import RAW, Plan, Unaddressed
from hsync.plan.verdict import Status, Verdict

__all__ = ["plan_text"]

MANY = 20
"""Maximum number of unaddressed lines that are listed for one reason, if they are equal on both sides."""


@of_plain_text
def plan_text(
    plan: Plan, look: Look = PLAIN, *, saved: Saved | None = None, diff: bool = False, bodies: bool = False
) -> str:
    """A plan for a terminal.

    Args:
        plan: the plan.
        look: of the terminal.
        saved: the plan file; None if there is none.
        diff: whether to include the text diff.
        bodies: whether to include the bodies of the requests.

    Returns:
        Lines, with a final line feed.
    """
    lines = [*_head(plan, look), "", *_risks(plan, look)]
    if plan.operations:
        lines += laid_out(list(change_rows(plan.changes, look.width)), look) if plan.changes else [TEXT_ONLY, ""]
        lines += _diff(plan, look) if diff else []
    lines += _facts(plan, look)
    lines += _sending(plan, look, bodies=bodies) if plan.operations else _resting(plan, look)
    lines += [how_to_run(plan, saved)] if saved else []
    return "\n".join(lines) + "\n"


def _head(plan: Plan, look: Look) -> Iterator[str]:
    yield look.paint(cut(f"hsync plan  {title(plan)}", look.width), "bold")
    yield cut(f"base        version {plan.base.version}, {short(plan.base.sha256)}", look.width)


_LEVEL_STYLES = {"high": ("bold", "red"), "medium": ("yellow",), "low": (), "accepted": ("dim",)}


def _risks(plan: Plan, look: Look) -> Iterator[str]:
    """The risks, each with its severity, rule and section; below it the line, if the reason does not have it."""
    if not plan.risks:
        return
    from hsync.output.risks import risk_heading, told_risks

    yield look.paint(risk_heading(plan.risks), "bold")
    for one in told_risks(plan.risks):
        place = f"{one.place}: " if one.place else ""
        source = f"  [{one.source}]" if one.source else ""
        first, *more = wrapped(f"  {one.level:<8}  {one.rule}  {place}{one.words}{source}", look, 12)
        yield look.paint(first, *_LEVEL_STYLES[one.level])
        yield from more
        if one.line and one.level == "high":
            yield from wrapped(f"            {one.line}", look, 14)
    yield f"  About a risk: hsync explain {plan.risks[0].rule}"
    yield ""


def diff_lines(plan: Plan, look: Look) -> Iterator[str]:
    """The text diff, coloured; indented by two columns."""
    for line in plan.result.diff:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        text = cut(f"  {line}", look.width)
        yield look.paint(text, colour) if colour else text


def _diff(plan: Plan, look: Look) -> Iterator[str]:
    if plan.result.diff:
        yield look.paint("Text", "bold")
        yield from diff_lines(plan, look)
        yield ""


def _facts(plan: Plan, look: Look) -> Iterator[str]:
    """Findings, lines that the API cannot address, drift and notes."""
    yield from _findings(plan.verdict, look)
    yield from _not_addressed(plan.unaddressed, look)
    yield from _list("Drift: the target differs from hsync's record", plan.drift, look, "yellow")
    yield from _list("Notes", plan.notes, look)


def _findings(verdict: Verdict, look: Look) -> Iterator[str]:
    """The findings of HAProxy, each with its line and a caret below the faulty word."""
    if verdict.findings:
        yield look.paint(findings(verdict), "bold", "red" if verdict.status is Status.REFUSED else "yellow")
        for one in verdict.findings:
            told, *line = one.fault.shown().splitlines()
            yield from wrapped(f"  {told}", look, 4)
            yield from (cut(f"  {shown}", look.width) for shown in line)
        yield ""


def _list(heading: str, items: Sequence[str], look: Look, *styles: str) -> Iterator[str]:
    if items:
        yield look.paint(heading, "bold", *styles)
        for item in items:
            yield from wrapped(f"  {item}", look, 4)
        yield ""


def _not_addressed(lines: Sequence[Unaddressed], look: Look) -> Iterator[str]:
    if not lines:
        return
    yield look.paint("Not addressed", "bold")
    for reason, equal, many in by_reason(lines):
        how = "equal on both sides" if equal else "not equal on both sides"
        yield from wrapped(f"  {count(len(many), 'line')}, {how}: {reason}", look, 4)
        named = many[:MANY] if equal else many
        places = max(width_of(one.where) for one in named)
        for one in named:
            yield cut(f"    {one.where}{' ' * (places - width_of(one.where))}  {one.line}", look.width)
        if len(many) > len(named):
            yield f"    and {len(many) - len(named)} more (--json lists all)"
    yield ""


def _sending(plan: Plan, look: Look, *, bodies: bool) -> Iterator[str]:
    yield look.paint(f"Operations, in this order, in {lane_of(plan.lane).sends}:", "bold")
    yield from laid_out(list(_operations(plan)), look)
    yield ""
    yield from _bodies(plan, look) if bodies else ()
    yield from wrapped(f"Lane     {plan.lane}: {plan.lane_reason}", look, 9)
    yield from wrapped(f"Proof    {proof(plan)}", look, 9)
    if layout := laid_out_too(plan):
        yield from wrapped(f"Text     {layout}", look, 9)
    if told := judgement(plan.verdict):
        yield from wrapped(f"HAProxy  {told}", look, 9)
    yield from wrapped(f"Reloads  {reloads(plan)}", look, 9)
    yield ""
    yield from (look.paint(line, "bold") for line in wrapped(summary(plan), look, 6))


def _resting(plan: Plan, look: Look) -> Iterator[str]:
    """The last lines of a plan without operations."""
    if told := judgement(plan.verdict):
        yield from wrapped(f"HAProxy  {told}", look, 9)
    yield look.paint(nothing_to_do(plan), "bold")


def _operations(plan: Plan) -> Iterator[Row]:
    digits = len(str(len(plan.operations)))
    for operation in plan.operations:
        what = "the whole text" if operation.address == RAW else operation.address
        number = str(operation.seq).rjust(digits)
        right = f"{operation.request.method:6}  {detail(operation, plan)}".rstrip()
        yield Row(0, f"{number}  {operation.action:7} {what}", " ", right)


def _bodies(plan: Plan, look: Look) -> Iterator[str]:
    yield look.paint("Requests", "bold")
    for operation in plan.operations:
        yield f"  {request_line(operation)}"
        yield from (f"     {line}".rstrip() for line in body_lines(operation))
    yield ""


def how_to_run(plan: Plan, saved: Saved) -> str:
    """The path of the plan file, and the next command."""
    command = saved.bound if saved.read else saved.command
    where = f"{'Read from' if saved.read else 'Saved'} {saved.path} ({saved.facts})."
    if settles_drift(plan):
        return where if saved.asked else f"{where} {SETTLES}: {command}"
    if not plan.operations:
        return f"{where} {NOTHING_TO_APPLY}."
    if refused_by_haproxy(plan):
        return f"{where} {REPAIR}"
    if saved.asked:
        return where
    return f"{where} To run exactly this: {command}"
