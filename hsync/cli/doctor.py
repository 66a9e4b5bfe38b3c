"""`hsync doctor`: check a target before an apply."""

from __future__ import annotations

from hsync.cli.options import json_option, operator_options, target_options
from hsync.cli.verb import verb
from hsync.session.asked import TargetOptions


@verb("doctor")
@target_options
@json_option
@operator_options
def command(target: TargetOptions, as_json: bool) -> int:
    """Check a target before an apply. Nothing is changed; each problem has a remedy.

    Reach, credentials, API release, permissions, disk against memory, HAProxy's verdict, open transactions, sockets,
    reloads, clocks, state and lock. Exit code 1 if something would make an apply fail.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.errors import HsyncError
    from hsync.output.console import out
    from hsync.output.reports import examined_document, examined_text
    from hsync.session.doctor import Level, examine, finding_of

    project, name = project_here(), target.target
    try:
        run = meant(target, project)
        name = run.chosen.settings.name
        with open_target(run, project) as session:
            found = [(one.level, one.what.split("\n"), run.commands.fill(one.remedy)) for one in examine(session)]
    except HsyncError as error:
        one = finding_of(error)
        found = [(one.level, one.what.split("\n"), one.remedy)]
    out((examined_document if as_json else examined_text)(name, found))
    return int(any(level == Level.ERROR for level, _, _ in found))
