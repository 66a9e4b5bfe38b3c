"""`hsync recover`: find what an interrupted run or a failed reload left, and plan a remedy."""

from __future__ import annotations

from hsync.cli.options import OutFlags, lock_option, operator_options, out_options, target_options
from hsync.cli.verb import verb
from hsync.session.asked import Confirmation, Judging, TargetOptions


@verb("recover")
@target_options
@out_options
@lock_option
@operator_options
def command(target: TargetOptions, writing: OutFlags, lock_timeout: float) -> None:
    """Recover from an interrupted run or a failed reload.

    Cleans up after an interrupted run. If disk and memory of a server differ after a failed reload, or HAProxy may not
    have been reloaded, writes a plan for `hsync apply` that makes HAProxy run the configuration on disk. If the watcher
    of an unconfirmed apply has died, takes the way back when it is due, or starts another watcher.
    """
    from hsync.cli.pages import drafting
    from hsync.cli.targets import meant, project_here
    from hsync.cli.watchers import starting
    from hsync.output.console import say
    from hsync.session.recovering import recover
    from hsync.session.watcher import resume

    project = project_here()
    with (
        drafting(meant(target, project), project, writing) as draft,
        draft.session.locked(lock_timeout, "hsync recover"),
    ):
        resumed = resume(draft.session, project, starting(draft.session, target, Confirmation()))
        found = recover(draft.session, Judging())
        for sentence in (*resumed, *found.words):
            say(sentence)
        if found.plan is not None:
            draft.save(found.plan)
