"""`hsync drift`: compare a target with the configuration that hsync recorded for it."""

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
    """Check a target for drift.

    Compares the target's text with the one that hsync recorded at its last apply or import. Exits with 2 on drift. With
    TEMPLATE, --config or the project's template, lists the changes of a plan to the desired configuration.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.console import out
    from hsync.output.look import look_of
    from hsync.output.reports import drift_document, drift_text

    no_effect(["haproxy_bin"], "hsync drift checks nothing")
    project = project_here(wanted.environment)
    with open_target(meant(target, project), project) as session:
        drift = session.drift()
        found, snapshot = drift.words, drift.snapshot
        plan, untold = _difference(session, wanted, project) if found else (None, "")
    if not found:
        no_effect(["template", "config", "var", "vars"], "there is no drift")
    name, version, sha256 = session.name, snapshot.text_version, snapshot.sha256
    if as_json:
        out(drift_document(name, version, sha256, found, plan, untold, drift.changes))
    else:
        lines = untold.split("\n") if untold else []
        text = drift_text(name, version, sha256, found, plan, look_of(sys.stdout), lines, drift.changes)
        out(session.commands.fill(text))
    return DRIFT if found else 0


def _difference(session: Session, wanted: Wanted, project: Project) -> tuple[Plan | None, str]:
    """The plan to the desired configuration, or None and the reason.

    A fault in the desired configuration is no error here: it does not matter for the question whether there is drift.
    """
    from hsync.cli.targets import read_source
    from hsync.errors import InputError

    if not wanted.is_given(project.settings):
        return None, ""
    try:
        return session.plan(read_source(wanted, project), project.scope(session)), ""
    except InputError as fault:
        return None, fault.message
