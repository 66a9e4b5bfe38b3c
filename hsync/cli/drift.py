"""`hsync drift`: compare targets with the configuration that hsync recorded for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hsync.cli.options import OUT_FILE, desired_options, json_option, operator_options, option, target_options
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
@option("--all", "everything", is_flag=True, help="Compare all targets of hsync.toml and of the operator's file.")
@option("--prom", type=OUT_FILE, metavar="FILE", help="Write the results as metrics of Prometheus to FILE, too.")
@json_option
@operator_options
def command(wanted: Wanted, target: TargetOptions, everything: bool, prom: Path | None, as_json: bool) -> int:
    """Check a target for drift.

    Compares the target's text with the one that hsync recorded at its last apply or import. Exits with 2 on drift. With
    TEMPLATE, --config or the project's template, lists the changes of a plan to the desired configuration.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.console import out
    from hsync.output.drifts import Compared, drift_document, drift_text
    from hsync.output.look import look_of
    from hsync.session.drifts import compared, write_metrics

    no_effect(["haproxy_bin"], "hsync drift checks nothing")
    project = project_here(wanted.environment)
    if everything:
        return _all(project, target, prom, as_json=as_json)
    run = meant(target, project)
    found = Compared(run.chosen.settings.name, error=("not compared",))
    try:
        with open_target(run, project) as session:
            found = compared(session.name, session.drift())
            plan, untold = _difference(session, wanted, project) if found.drift else (None, "")
    finally:
        if prom is not None:
            write_metrics(prom, [found])
    if not found.drift:
        no_effect(["template", "config", "var", "vars"], "there is no drift")
    if as_json:
        out(drift_document(found, plan, untold))
    else:
        out(run.commands.fill(drift_text(found, plan, look_of(sys.stdout), untold.split("\n") if untold else [])))
    return DRIFT if found.drift else 0


def _all(project: Project, target: TargetOptions, prom: Path | None, *, as_json: bool) -> int:
    """All targets, one after the other; an error of one does not end the others."""
    from hsync.cli.targets import meant, open_target
    from hsync.output.console import out
    from hsync.output.drifts import drifts_document, drifts_text
    from hsync.output.look import look_of
    from hsync.session.drifts import compare_all, refuse_failed, write_metrics

    no_effect(["target"], "--all compares all targets")
    no_effect(["template", "config", "var", "var_json", "vars"], "--all compares with the records only")

    @contextmanager
    def opened(name: str) -> Iterator[Session]:
        options = replace(target, target=name, explicit=target.explicit | {"target"})
        with open_target(meant(options, project), project) as session:
            yield session

    found = compare_all(project.targets, opened)
    if prom is not None:
        write_metrics(prom, found)
    out(drifts_document(found) if as_json else drifts_text(found, look_of(sys.stdout)))
    refuse_failed(found)
    return DRIFT if any(one.drift for one in found) else 0


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
