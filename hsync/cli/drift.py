"""`hsync drift`: does a target still run what hsync left there?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hsync.cli.options import DesiredFlags, TargetFlags, desired_options, json_option, target_options
from hsync.cli.verb import no_effect, verb

if TYPE_CHECKING:
    from hsync.cli.targets import Opened
    from hsync.plan.plan import Plan
    from hsync.render import Project
    from hsync.store import State

DRIFT = 2


@verb("drift")
@desired_options
@target_options
@json_option
def command(desired: DesiredFlags, target: TargetFlags, as_json: bool) -> int:
    """Tell whether somebody changed the target.

    Compares what it runs with what hsync last applied there, and exits with 2 when it differs.
    With TEMPLATE, --config or a project's template the difference is told in changes.
    """
    from hsync.cli.console import out
    from hsync.cli.targets import open_target, project_here
    from hsync.output.look import look_of
    from hsync.output.reports import drift_document, drift_text

    no_effect(["haproxy_bin"], "hsync drift checks nothing")
    project = project_here(desired.environment)
    with open_target(target, project) as opened:
        state = _remembered(opened)
        snapshot = opened.client.at_rest()
        way_out = "; `hsync plan` makes both equal" if snapshot.memory_ahead else ""
        split = (f"{snapshot.split_brain}{way_out}",) if snapshot.split_brain else ()
        found = (*split, *drifted(state, snapshot.text_version, snapshot.sha256))
        plan, untold = _difference(opened, desired, project) if found else (None, "")
    if not found:
        no_effect(["template", "config", "var", "vars"], "there is no drift to tell in changes")
    name, version, sha256 = opened.name, snapshot.text_version, snapshot.sha256
    out(
        drift_document(name, version, sha256, found, plan, untold)
        if as_json
        else opened.commands.fill(drift_text(name, version, sha256, found, plan, look_of(sys.stdout), untold))
    )
    return DRIFT if found else 0


def drifted(state: State | None, version: int, sha256: str) -> tuple[str, ...]:
    """How what a target runs differs from what hsync last left there, in words.

    Args:
        state: what is remembered; None or nothing applied is no drift.
        version: of what it runs.
        sha256: of what it runs.
    """
    from hsync.output.words import short

    if state and state.journal:
        run = state.journal[-1]
        return (f"a run of {short(run.plan)} has not finished (phase {run.phase}): it is at work, or it died",)
    last = state.applied if state else None
    if last is None or last.sha256 == sha256:
        return ()
    how = f"applied {short(last.plan)}" if last.plan else "imported it"
    left = f"version {last.version}, {short(last.sha256)}"
    return (f"it runs version {version}, {short(sha256)}; hsync left {left} when it {how} at {last.when}",)


def _remembered(opened: Opened) -> State:
    from hsync.errors import InputError

    if opened.state is None or opened.state.applied is None:
        raise InputError(
            f"nothing is remembered about {opened.name}: there is no state that drift could be measured against",
            hint="take over what it runs: hsync import",
        )
    return opened.state


def _difference(opened: Opened, flags: DesiredFlags, project: Project) -> tuple[Plan | None, str]:
    """The plan that would put things right, and why there is none.

    Whether there is drift does not depend on the desired configuration: a fault in it is told, and changes no answer.
    """
    from hsync.cli.desired import has_desired, read_source
    from hsync.cli.plan import planned, scope_of
    from hsync.errors import InputError

    if not has_desired(flags, project):
        return None, ""
    try:
        return planned(opened, read_source(flags, project), scope_of(project, opened.state)), ""
    except InputError as fault:
        return None, fault.message
