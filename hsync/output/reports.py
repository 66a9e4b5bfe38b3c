"""reports: the output of verify, validate, apply, drift and import, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from shlex import quote

from hsync.output.machine import report, verdict_object
from hsync.output.safe import of_plain_text, width_of
from hsync.output.words import count, short
from hsync.plan.plan import Plan, Target
from hsync.plan.verdict import Status, Verdict
from hsync.schema import Json

__all__ = [
    "examined_document",
    "examined_text",
    "imported_document",
    "imported_text",
    "judged_document",
    "judged_text",
    "outcome_document",
    "outcome_text",
    "table",
    "verified_document",
    "verified_text",
]


@of_plain_text
def verified_text(shown: Iterable[str], unproved: Iterable[str] = ()) -> str:
    """The results of verify, a line each: first the proved sentences, then the unproved ones."""
    marked = (*(("ok", sentence) for sentence in shown), *(("--", sentence) for sentence in unproved))
    return "".join(f"{mark}  {sentence}\n" for mark, sentence in marked)


def verified_document(digest: str, shown: Iterable[str], unproved: Iterable[str] = ()) -> str:
    """The same for programs.

    Args:
        digest: of the plan.
        shown: sentences about everything that was proved.
        unproved: sentences about everything that could not be proved.
    """
    return report("verify", {"plan": digest, "verified": True, "shown": list(shown), "unproved": list(unproved)})


@of_plain_text
def judged_text(name: str, verdict: Verdict, checker: str) -> str:
    """The verdict about a configuration.

    Args:
        name: of the configuration.
        verdict: of HAProxy.
        checker: path of the binary.
    """
    told = [f"  {line}" for one in verdict.findings for line in one.fault.shown().splitlines()]
    if verdict.status is Status.REFUSED:
        return "\n".join(["Error: HAProxy does not accept the configuration:", *told])
    if verdict.status is Status.NOT_ASKED:
        return f"{name}: no faults found; not checked by HAProxy: {verdict.reason}"
    warned = f", with {count(verdict.warnings, 'warning')}" if verdict.warnings else ""
    head = ["Warning: HAProxy accepts the configuration, and warns:"] if told else []
    return "\n".join([*head, *told, f"{name}: valid{warned}, checked by {checker}"])


def judged_document(name: str, verdict: Verdict) -> str:
    """The same for programs."""
    return report(
        "validate",
        {"configuration": name, "valid": verdict.status is not Status.REFUSED, "verdict": verdict_object(verdict)},
    )


@of_plain_text
def examined_text(name: str, findings: Sequence[tuple[str, Sequence[str], str]]) -> str:
    """The findings about a target.

    Args:
        name: of the target.
        findings: level (`ok`, `warning`, `error`), lines that say what was found, and the remedy or "".
    """
    lines = []
    for level, what, remedy in findings:
        lines += [f"{level if not number else '':<8} {line}" for number, line in enumerate(what)]
        if remedy:
            lines.append(f"{'':<8} hint: {remedy}")
    count_of = {level: sum(one == level for one, _, _ in findings) for level in ("error", "warning")}
    told = " and ".join(count(number, level) for level, number in count_of.items() if number) or "no problems found"
    return "".join(f"{line}\n" for line in [*lines, f"{name}: {told}"])


def examined_document(name: str, findings: Sequence[tuple[str, Sequence[str], str]]) -> str:
    """The same for programs."""
    found: list[Json] = [
        {"level": str(level), "what": "\n".join(what), "remedy": remedy} for level, what, remedy in findings
    ]
    return report("doctor", {"target": name, "findings": found})


@of_plain_text
def outcome_text(message: str, plan: Plan) -> str:
    """The outcome of apply."""
    return f"{plan.target.name}: {message}\n"


def outcome_document(
    message: str, plan: Plan, digest: str, version: int, sha256: str, reload_id: str, sent: int, *, changed: bool
) -> str:
    """The same for programs.

    Args:
        message: one sentence.
        plan: the applied plan.
        digest: of the plan.
        version: of the target after the run.
        sha256: of the target's text after the run.
        reload_id: of the reload for which apply waited; "" for none.
        sent: number of operations sent.
        changed: whether the target was changed.
    """
    return report(
        "apply",
        {
            "target": plan.target.name,
            "plan": digest,
            "changed": changed,
            "message": message,
            "version": version,
            "sha256": sha256,
            "reload": reload_id,
            "operations": sent,
        },
    )


@of_plain_text
def imported_text(target: Target, spec: str, file: str, version: int, sha256: str, sections: int) -> str:
    """The result of import.

    Args:
        target: the target.
        spec: the argument of `-t` for the target: its name, or its URL or path if hsync.toml has no table for it.
        file: the file with the text.
        version: of the target.
        sha256: of the target's text.
        sections: number of its sections.
    """
    return (
        f"{target.name}: took over version {version} ({short(sha256)}), {count(sections, 'section')}.\n"
        f"Its text is in {file}. Next: hsync plan --config {quote(file)} -t {quote(spec)}\n"
    )


def imported_document(target: Target, file: str, version: int, sha256: str, sections: int) -> str:
    """The same for programs."""
    return report(
        "import",
        {
            "target": {"name": target.name, "url": target.url, "api": target.api},
            "file": file,
            "version": version,
            "sha256": sha256,
            "sections": sections,
        },
    )


@of_plain_text
def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of texts in columns, with two blanks between them."""
    columns = max(map(len, rows), default=0)
    widths = [max(width_of(row[n]) for row in rows if n < len(row)) for n in range(columns)]
    lines = ("  ".join(cell + " " * (widths[n] - width_of(cell)) for n, cell in enumerate(row)) for row in rows)
    return "".join(line.rstrip() + "\n" for line in lines)
