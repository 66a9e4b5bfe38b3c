"""`hsync import`: write the text of a target to a file, and record it in the state."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import OUT_FILE, json_option, lock_option, operator_options, option, target_options
from hsync.cli.verb import no_effect, verb
from hsync.session.asked import TargetOptions


@verb("import")
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="FILE", help="File for the text; default: TARGET.imported.cfg.")
@option("--force", is_flag=True, help="Overwrite a file with another text.")
@lock_option
@json_option
@operator_options
def command(target: TargetOptions, out: Path | None, force: bool, lock_timeout: float, as_json: bool) -> None:
    """Import the configuration of a target.

    Writes its text to a file, and records it in the state, so that hsync can detect drift.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output import console
    from hsync.output.reports import imported_document, imported_text
    from hsync.session.importing import take_over

    no_effect(["haproxy_bin"], "hsync import checks nothing")
    project = project_here()
    run = meant(target, project)
    with open_target(run, project) as session, session.locked(lock_timeout, "hsync import"):
        made = take_over(session, out, force=force)
    if made.split:
        console.say(made.split)
    state, snapshot = made.state, made.snapshot
    found = (str(made.file), snapshot.text_version, snapshot.sha256, len(state.owned))
    console.out(
        imported_document(state.target, *found) if as_json else imported_text(state.target, run.commands.spec, *found)
    )
