"""drifts: the differences between targets and what hsync recorded, for people, for programs and as metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hsync.output.changes import change_rows
from hsync.output.look import Look
from hsync.output.machine import change_object, plan_object, report
from hsync.output.reports import table
from hsync.output.rows import laid_out, wrapped
from hsync.output.safe import hanging, of_plain_text
from hsync.output.words import count, short, summary
from hsync.plan.plan import Change, Plan
from hsync.schema import Json

__all__ = ["Compared", "drift_document", "drift_text", "drifts_document", "drifts_text", "metrics_text"]


@dataclass(frozen=True, slots=True)
class Compared:
    """A target, compared with its record.

    Args:
        name: of the target.
        version: of its configuration.
        sha256: of its text.
        drift: the differences in words; empty for none.
        since: the changes that somebody else has made since the configuration was recorded.
        error: why it could not be compared, in lines; empty if it was.
        hint: what helps against the error.
    """

    name: str
    version: int = 0
    sha256: str = ""
    drift: tuple[str, ...] = ()
    since: tuple[Change, ...] = ()
    error: tuple[str, ...] = ()
    hint: str = ""


@of_plain_text
def drift_text(found: Compared, plan: Plan | None, look: Look, untold: Sequence[str] = ()) -> str:
    """The difference between a target and the configuration that hsync recorded for it.

    Args:
        found: the difference.
        plan: the changes to the desired configuration; None without one.
        look: of the terminal.
        untold: why there is no comparison with the desired configuration, in lines; empty if there is a comparison, or
            no desired configuration.
    """
    if not found.drift:
        return f"No drift. {found.name} runs the recorded configuration ({_version(found)}).\n"
    lines = list(_lines(found, look))
    lines += [*([""] if lines[-1] else []), *(_remedy(plan, look) if plan else _no_remedy(untold))]
    return "\n".join(lines) + "\n"


def _lines(found: Compared, look: Look) -> Iterator[str]:
    yield look.paint(f"Drift: {found.name} differs from the recorded configuration", "bold", "yellow")
    for sentence in found.drift:
        yield from wrapped(f"  {sentence}", look, 4)
    if found.since:
        yield from ("", look.paint("Changes by somebody else since then:", "bold"), "")
        yield from laid_out(list(change_rows(found.since, look.width)), look)


def _version(found: Compared) -> str:
    return f"version {found.version}, {short(found.sha256)}"


def _no_remedy(untold: Sequence[str]) -> Iterator[str]:
    if not untold:
        yield "Give a template or --config to see the changes, or record the target's configuration: hsync import"
        return
    why = "\n".join(untold)
    yield from hanging(f"The desired configuration could not be compared with: {why}").split("\n")


def _remedy(plan: Plan, look: Look) -> Iterator[str]:
    if not plan.changes:
        yield "It has the meaning of the desired configuration. To settle the drift: hsync plan, then hsync apply."
        return
    yield look.paint("A plan would make these changes:", "bold")
    yield ""
    yield from laid_out(list(change_rows(plan.changes, look.width)), look)
    yield look.paint(summary(plan), "bold")
    yield "Next: add the changes to keep to the template, then hsync plan; it reverts the others."


def drift_document(found: Compared, plan: Plan | None, untold: str = "") -> str:
    """The same for programs; `changes` is null without a comparison, and `note` may have the reason."""
    changes = plan_object(plan)["changes"] if plan else None
    return report("drift", {**_compared(found), "changes": changes, "note": untold})


def _compared(found: Compared) -> dict[str, Json]:
    return {
        "target": found.name,
        "version": found.version,
        "sha256": found.sha256,
        "drift": bool(found.drift),
        "words": list(found.drift),
        "since": [change_object(one) for one in found.since],
    }


# Several targets


@of_plain_text
def drifts_text(found: Sequence[Compared], look: Look) -> str:
    """Several targets: a line each, then the details of those that differ or could not be compared.

    Args:
        found: the targets.
        look: of the terminal.
    """
    lines = table([(one.name, *_row(one)) for one in found])
    return lines + "".join("\n" + _details(one, look) for one in found if one.drift or one.error)


def _row(found: Compared) -> tuple[str, str]:
    if found.error:
        return "failed", found.error[0]
    known = f"; {count(len(found.since), 'change')} by somebody else" if found.since else ""
    return "drift" if found.drift else "no drift", _version(found) + known


def _details(found: Compared, look: Look) -> str:
    if found.error:
        hint = f"  hint: {found.hint}\n" if found.hint else ""
        return hanging("\n".join([f"Error: {found.name}: {found.error[0]}", *found.error[1:]])) + "\n" + hint
    return "\n".join(_lines(found, look)).rstrip() + "\n"


def drifts_document(found: Sequence[Compared]) -> str:
    """The same for programs; a target that could not be compared has an `error`, and no `drift`."""
    objects: list[Json] = [
        {
            **_compared(one),
            "drift": None if one.error else bool(one.drift),
            "error": "\n".join(one.error),
            "hint": one.hint,
        }
        for one in found
    ]
    return report("drift-all", {"targets": objects})


# Metrics

_METRICS = (
    ("hsync_drift_checked", "Whether the target could be compared with the configuration that hsync recorded."),
    ("hsync_drift", "Whether the target differs from the configuration that hsync recorded."),
    ("hsync_drift_changes", "Changes that somebody else has made since the last apply, as far as they are known."),
    ("hsync_target_version", "Version of the configuration of the target."),
)


def metrics_text(found: Sequence[Compared]) -> str:
    """Targets as metrics in the text format of Prometheus, for a collector of text files such as node_exporter.

    A target that could not be compared has only the first metric.

    Args:
        found: the targets.
    """
    lines = []
    for number, (name, about) in enumerate(_METRICS):
        lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
        values = [(_escaped(one.name), _values(one)) for one in found]
        lines += [f'{name}{{target="{label}"}} {many[number]}' for label, many in values if number < len(many)]
    return "".join(f"{line}\n" for line in lines)


def _values(one: Compared) -> tuple[int, ...]:
    """The values in the order of `_METRICS`."""
    return (0,) if one.error else (1, int(bool(one.drift)), len(one.since), one.version)


def _escaped(label: str) -> str:
    readable = label.encode("utf-8", "replace").decode()
    return readable.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
