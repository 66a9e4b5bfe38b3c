"""`hsync drift`: does a target still run what hsync left there?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hsync.cli.options import desired_options, json_option, operator_options, target_options
from hsync.cli.verb import no_effect, verb
from hsync.session.asked import TargetOptions, Wanted

if TYPE_CHECKING:
    from hsync.plan.plan import Plan
    from hsync.session.project import Project
    from hsync.session.session import Session

DRIFT = 2


@verb("drift")
@desired_options
@target_options
@json_option
@operator_options
def command(wanted: Wanted, target: TargetOptions, as_json: bool) -> int:
    """Tell whether somebody changed the target.

    Compares what it runs with what hsync last applied there, and exits with 2 when it differs.
    With TEMPLATE, --config or a project's template the difference is told in changes.
    """
    from hsync.cli.console import out
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.look import look_of
    from hsync.output.reports import drift_document, drift_text

    no_effect(["haproxy_bin"], "hsync drift checks nothing")
    project = project_here(wanted.environment)
    with open_target(meant(target, project), project) as session:
        drift = session.drift()
        found, snapshot = drift.words, drift.snapshot
        plan, untold = _difference(session, wanted, project) if found else (None, "")
    if not found:
        no_effect(["template", "config", "var", "vars"], "there is no drift to tell in changes")
    name, version, sha256 = session.name, snapshot.text_version, snapshot.sha256
    if as_json:
        out(drift_document(name, version, sha256, found, plan, untold, drift.changes))
    else:
        lines = untold.split("\n") if untold else []
        text = drift_text(name, version, sha256, found, plan, look_of(sys.stdout), lines, drift.changes)
        out(session.commands.fill(text))
    return DRIFT if found else 0


def _difference(session: Session, wanted: Wanted, project: Project) -> tuple[Plan | None, str]:
    """The plan that would put things right, and why there is none.

    Whether there is drift does not depend on the desired configuration: a fault in it is told, and changes no answer.
    """
    from hsync.cli.targets import read_source
    from hsync.errors import InputError

    if not wanted.is_given(project.settings):
        return None, ""
    try:
        return session.plan(read_source(wanted, project), project.scope(session)), ""
    except InputError as fault:
        return None, fault.message
