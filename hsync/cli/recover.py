"""`hsync recover`: find what an interrupted run or a failed reload left, and plan a remedy."""

from __future__ import annotations

from pathlib import Path

from hsync.cli.options import OUT_FILE, lock_option, operator_options, option, target_options
from hsync.cli.verb import verb
from hsync.session.asked import Judging, TargetOptions


@verb("recover")
@target_options
@option("-o", "--out", type=OUT_FILE, metavar="PLAN", help="The plan file; default: TARGET.plan.json in this folder.")
@lock_option
@operator_options
def command(target: TargetOptions, out: Path | None, lock_timeout: float) -> int:
    """Recover from an interrupted run or a failed reload.

    Cleans up after an interrupted run. If disk and memory of a server differ after a failed reload, or HAProxy may not
    have been reloaded, writes a plan for `hsync apply` that makes HAProxy run the configuration on disk.
    """
    from hsync.cli.pages import page
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output import console
    from hsync.session.recovering import recover
    from hsync.session.saving import plan_file, refuse_rejected, save
    from hsync.store.planfile import refuse_other_file

    project = project_here()
    with open_target(meant(target, project), project) as session, session.locked(lock_timeout):
        path = out or plan_file(session)
        refuse_other_file(path)
        found = recover(session, Judging())
        for sentence in found.words:
            console.say(sentence)
        if found.plan is None:
            return 0
        console.out(page(found.plan, save(found.plan, path, project.settings.root, session.commands.own)))
    refuse_rejected(found.plan)
    return 0
