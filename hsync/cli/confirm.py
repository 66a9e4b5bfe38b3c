"""`hsync confirm`: confirm an apply that waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hsync.cli.options import lock_option, operator_options, option, probe_options, target_options
from hsync.cli.verb import no_effect, verb
from hsync.session.asked import Confirmation, TargetOptions

if TYPE_CHECKING:
    from hsync.session.session import Session

UNDONE = 3


@verb("confirm")
@target_options
@option("--wait", is_flag=True, help="Wait for the end: what `apply --confirm-within` starts in the background.")
@probe_options
@lock_option
@operator_options
def command(target: TargetOptions, wait: bool, confirmation: Confirmation, lock_timeout: float) -> int:
    """Confirm an apply that was made with --confirm-within.

    Its watcher ends, and the way back is not taken. With --wait, hsync is the watcher itself: it takes the way back if
    nobody confirms in time. Exits with 3 if the apply was undone.
    """
    from hsync.cli.targets import meant, open_target, project_here
    from hsync.output.console import out, say
    from hsync.session.confirming import accept
    from hsync.session.probes import Probing
    from hsync.session.watcher import LOCK_S, Watcher
    from hsync.store.stores import Owner

    project = project_here()
    run = meant(target, project)
    store = project.store(run.chosen.settings)
    if not wait:
        no_effect(["haproxy_bin", "timeout", "confirm_probe", "confirm_times"], "only --wait contacts anything")
        with run.commands.in_hints(), store.lock(Owner.here("hsync confirm"), timeout=lock_timeout):
            out(f"{accept(store)}\n")
        return 0

    @contextmanager
    def opened() -> Iterator[Session]:
        with open_target(run, project) as session, session.locked(LOCK_S, "hsync confirm --wait"):
            yield session

    with open_target(run, project) as session:
        watcher = Watcher(project, store, opened, say, session.clock, Probing.asked(confirmation, say))
        pending, words = watcher.ready(session)
    out(f"{words}\n")
    stays, words = watcher.watch(pending)
    say(words)
    return 0 if stays else UNDONE
